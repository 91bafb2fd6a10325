// The editor of code: a custom element that is used like a text area (`value`, `input`, `change`), with colours, marks at
// mistakes and notes on instructions. It stands in a shadow root, where the page's policy lets it have style sheets. What the
// text means, and what is wrong with it, it is told.
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { json } from '@codemirror/lang-json'
import { bracketMatching, HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language'
import { lintKeymap, setDiagnostics } from '@codemirror/lint'
import { Compartment, EditorState } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  hoverTooltip,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { assembly } from './assembly.js'
import { edge, look } from './look.js'

/** The page's own keys, which the editor does not take. */
const PAGES = ['Mod-Enter']

/** Text that is put in all at once and is longer than this is handed to the page, which keeps it elsewhere. */
const MOST = 100_000

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.propertyName], fontWeight: '600' },
  { tag: tags.labelName, color: 'var(--accent)' },
  { tag: tags.comment, color: 'var(--soft)', fontStyle: 'italic' },
  { tag: tags.invalid, color: 'var(--wrong)' },
])

/** The place in a document of a line and a column, both from 1; columns count characters, not UTF-16 units. */
function placeOf(doc, line, column) {
  if (line > doc.lines) return doc.length
  const { from, to, text } = doc.line(Math.max(1, line))
  let at = 0
  for (let left = column - 1; left > 0 && at < text.length; left -= 1) at += text.codePointAt(at) > 0xffff ? 2 : 1
  return Math.min(to, from + at)
}

/** The word that begins at a place, or the character there. */
function wordEnd(doc, from) {
  const { to, text, from: start } = doc.lineAt(from)
  const word = /^[\w.$@]+/.exec(text.slice(from - start))
  return Math.min(to, from + (word ? word[0].length : 1))
}

class CodeEditor extends HTMLElement {
  #view
  #language = ''
  #label = ''
  #wrong = ''
  #said
  #changed = false
  #problems = []
  /** What is said of a word, as the page says it; kept, since colours ask for every word. */
  #known = new Map()
  #tell
  #compartments = { language: new Compartment(), attributes: new Compartment() }

  constructor() {
    super()
    const root = this.attachShadow({ mode: 'open', delegatesFocus: true })
    root.adoptedStyleSheets = [edge]
    // In the document's tree the editor's field could not refer to it.
    this.#said = document.createElement('span')
    this.#said.id = 'wrong'
    this.#said.hidden = true
    this.#view = new EditorView({ root, parent: root, state: this.#state('') })
    root.append(this.#said)
    this.#view.contentDOM.addEventListener('focusout', () => this.#left())
  }

  disconnectedCallback() {
    // It may only be on its way to another place.
    queueMicrotask(() => this.isConnected || this.#view.destroy())
  }

  #about(word) {
    const key = word.toUpperCase()
    if (!this.#known.has(key)) this.#known.set(key, this.#tell?.(key))
    return this.#known.get(key)
  }

  /** A state of its own: what was typed before cannot be undone into it. */
  #state(doc) {
    return EditorState.create({
      doc,
      extensions: [
        history(),
        drawSelection(),
        highlightSpecialChars(),
        bracketMatching(),
        EditorView.lineWrapping,
        EditorState.allowMultipleSelections.of(false),
        syntaxHighlighting(colours),
        look,
        // Tab is not among them: it leaves the editor, as it leaves any field.
        keymap.of([...historyKeymap, ...lintKeymap, ...defaultKeymap].filter(({ key }) => !PAGES.includes(key))),
        this.#compartments.language.of(this.#extensions()),
        this.#compartments.attributes.of(this.#attributes()),
        EditorView.domEventHandlers({
          paste: (event) => this.#pasted(event),
          beforeinput: (event, view) => this.#replaced(event, view),
        }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return
          this.#changed = true
          this.dispatchEvent(new Event('input', { bubbles: true }))
        }),
      ],
    })
  }

  #extensions() {
    const about = (word) => this.#about(word)
    const lines = [lineNumbers(), highlightActiveLine(), highlightActiveLineGutter()]
    switch (this.#language) {
      case 'assembly':
        return [StreamLanguage.define(assembly(about)), hoverTooltip((...asked) => this.#note(...asked)), lines]
      case 'json':
        return [json(), lines]
      case 'lines':
        return lines
      default:
        return []
    }
  }

  #attributes() {
    const wrong = this.#wrong ? { 'aria-invalid': 'true', 'aria-describedby': 'wrong' } : { 'aria-invalid': 'false' }
    return [
      // The place among fields is said outright: not every tool knows that what can be edited can have the focus.
      EditorView.contentAttributes.of({ 'aria-label': this.#label, tabindex: '0', ...wrong }),
      EditorView.editorAttributes.of(this.#wrong ? { class: 'cm-wrong' } : {}),
    ]
  }

  #set(compartment, extensions) {
    this.#view.dispatch({ effects: this.#compartments[compartment].reconfigure(extensions) })
  }

  #note(view, at) {
    const { from, text } = view.state.doc.lineAt(at)
    const before = /[\w.$]*$/.exec(text.slice(0, at - from))[0]
    const after = /^[\w.$]*/.exec(text.slice(at - from))[0]
    const words = this.#about(before + after)
    if (!words) return null
    const create = () => {
      const dom = document.createElement('div')
      dom.className = 'cm-note'
      dom.textContent = words
      return { dom }
    }
    return { pos: at - before.length, end: at + after.length, above: true, create }
  }

  #pasted(event) {
    const text = event.clipboardData?.getData('text/plain') ?? ''
    if (text.length <= MOST) return false
    event.preventDefault()
    this.dispatchEvent(new CustomEvent('flood', { detail: text }))
    return true
  }

  /** What an event is about to replace, as places in the text. The editor hears of a selection after the page has made it, so
   * it is the page's selection that counts, not the editor's. */
  #meant(event, view) {
    const inside = ({ startContainer, endContainer }) =>
      view.contentDOM.contains(startContainer) && view.contentDOM.contains(endContainer)
    // Of places in a shadow root not every browser tells in the same way, nor in all of these.
    const { root } = view
    const asked = [
      () => event.getTargetRanges()[0],
      () => document.getSelection().getComposedRanges({ shadowRoots: [root] })[0],
      () => root.getSelection().getRangeAt(0),
    ]
    for (const ask of asked) {
      try {
        const range = ask()
        if (range && inside(range)) {
          const { startContainer, startOffset, endContainer, endOffset } = range
          return { from: view.posAtDOM(startContainer, startOffset), to: view.posAtDOM(endContainer, endOffset) }
        }
      } catch {
        // This browser cannot be asked so.
      }
    }
    return view.state.selection.main
  }

  /** Puts typed text in the place of what is selected, or takes that out. Browsers would give it the old text's looks as an
   * attribute, which the page's policy forbids and reports. */
  #replaced(event, view) {
    if (event.isComposing || view.composing) return false
    const typed = ['insertText', 'insertReplacementText'].includes(event.inputType)
    if (typed ? event.data === null : !event.inputType.startsWith('deleteContent')) return false
    const { from, to } = this.#meant(event, view)
    if (from === to) return false
    event.preventDefault()
    const insert = view.state.toText(typed ? event.data : '')
    view.dispatch({
      changes: { from, to, insert },
      selection: { anchor: from + insert.length },
      userEvent: typed ? 'input.type' : 'delete.selection',
      scrollIntoView: true,
    })
    return true
  }

  #left() {
    if (!this.#changed) return
    this.#changed = false
    this.dispatchEvent(new Event('change', { bubbles: true }))
  }

  /** The text. One that is put in ends what can be undone: the page has an undo of its own for that. */
  get value() {
    return this.#view.state.doc.toString()
  }

  set value(text) {
    // The editor's lines end with \n, whatever came.
    if (this.value === text.replace(/\r\n?/g, '\n')) return
    this.#changed = false
    this.#problems = []
    this.#view.setState(this.#state(text))
  }

  get selectionStart() {
    return this.#view.state.selection.main.from
  }

  get selectionEnd() {
    return this.#view.state.selection.main.to
  }

  setSelectionRange(from, to) {
    const { length } = this.#view.state.doc
    this.#view.dispatch({ selection: { anchor: Math.min(from, length), head: Math.min(to, length) }, scrollIntoView: true })
  }

  /** Selects from column to column of a line, all from 1, and has the focus. */
  mark(line, from, to) {
    const { doc } = this.#view.state
    this.#view.focus()
    this.setSelectionRange(placeOf(doc, line, from), placeOf(doc, line, Math.max(to, from + 1)))
  }

  focus() {
    this.#view.focus()
  }

  get language() {
    return this.#language
  }

  set language(language) {
    if (language === this.#language) return
    this.#language = language
    this.#set('language', this.#extensions())
  }

  /** What is said of a word, or nothing. Setting it again forgets what was said. */
  set about(tell) {
    this.#tell = tell
    this.#known.clear()
    this.#set('language', this.#extensions())
  }

  set label(words) {
    this.#label = words
    this.#set('attributes', this.#attributes())
  }

  /** What is wrong with the field as a whole, in words; empty where nothing is. */
  set wrong(words) {
    if (words === this.#wrong) return
    this.#wrong = words
    this.#said.textContent = words
    this.#set('attributes', this.#attributes())
  }

  /** What is wrong where: `[line, from, to, message, whether it is an error]`, columns from 1; `to` 0 is the word's end. */
  set problems(problems) {
    if (JSON.stringify(problems) === JSON.stringify(this.#problems)) return
    this.#problems = problems
    const { doc } = this.#view.state
    const marks = problems.map(([line, first, last, message, error]) => {
      const from = placeOf(doc, line, first)
      const to = last > first ? placeOf(doc, line, last) : wordEnd(doc, from)
      return { from, to: Math.max(from, to), message, severity: error ? 'error' : 'warning' }
    })
    this.#view.dispatch(setDiagnostics(this.#view.state, marks))
  }
}

customElements.define('lanevm-editor', CodeEditor)
