// Colours of EVM assembly, as `docs/assembly.md` defines its words. Whether a word is an instruction is asked of the page.

const WORD = /^[\w.$]+/

/** A stream parser. `about` says what is known of a word, in any case. */
export function assembly(about) {
  return {
    name: 'assembly',
    languageData: { commentTokens: { line: ';' } },
    token(stream) {
      if (stream.eatSpace() || stream.eat(',')) return null
      if (stream.match(/^(;|#|\/\/)/)) {
        stream.skipToEnd()
        return 'comment'
      }
      if (stream.match(/^@[\w.$]*/)) return 'labelName'
      const word = stream.match(WORD)
      if (!word) {
        stream.next()
        return 'invalid'
      }
      const [text] = word
      if (stream.eat(':')) return 'labelName'
      if (/^\d/.test(text)) return 'number'
      if (/^(\.data|\.mark|db)$/i.test(text) || /^push$/i.test(text) || about(text)) return 'keyword'
      return 'labelName'
    },
  }
}
