// How the editor looks: the page's colours, by the variables that its style sheet sets, so that light, dark and forced colours
// are the page's. No pictures: the page's policy allows none that stand in a style sheet.
import { EditorView } from '@codemirror/view'

const wave = (colour) => ({
  backgroundImage: 'none',
  textDecoration: `underline wavy ${colour}`,
  textDecorationSkipInk: 'none',
  textUnderlineOffset: '3px',
})

const box = { backgroundColor: 'var(--raised)', color: 'var(--ink)', border: '1px solid var(--line)' }

export const look = EditorView.theme({
  '&': { ...box, height: '100%', borderRadius: '4px', fontSize: '12px' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '1px' },
  '&.cm-wrong': { borderColor: 'var(--wrong)', backgroundColor: 'var(--wrong-ground)' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5', overflow: 'auto' },
  '.cm-content': { padding: '4px 0', caretColor: 'var(--ink)' },
  '.cm-line': { padding: '0 8px', overflowWrap: 'anywhere' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--accent) 25%, transparent)',
  },
  '.cm-gutters': { backgroundColor: 'var(--sunk)', color: 'var(--soft)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--sunk) 60%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLineGutter': { color: 'var(--ink)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'transparent', outline: '1px solid var(--soft)' },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'transparent', outline: '1px solid var(--wrong)' },
  '.cm-lintRange-error': wave('var(--wrong)'),
  '.cm-lintRange-warning': wave('var(--revert)'),
  '.cm-lintPoint:after': { borderBottomColor: 'var(--wrong)' },
  '.cm-tooltip': { ...box, fontFamily: 'var(--sans)', maxWidth: '46ch', boxShadow: '0 4px 16px rgb(0 0 0 / 18%)' },
  '.cm-note': { padding: '4px 8px' },
  '.cm-diagnostic': { padding: '4px 8px', whiteSpace: 'normal' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--wrong)' },
  '.cm-diagnostic-warning': { borderLeft: '3px solid var(--revert)' },
  '.cm-panels': { ...box, borderWidth: '1px 0 0', borderStyle: 'solid' },
  '.cm-panel.cm-panel-lint ul [aria-selected]': { backgroundColor: 'var(--sunk)', color: 'var(--ink)' },
  '.cm-panel.cm-panel-lint ul': { maxHeight: '72px' },
})
