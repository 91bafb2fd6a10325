// A document as the text that the engine reads. Bigints become decimal text, which is what documents have.

import { DocumentError, InvalidArgumentError } from './errors.js'
import { show } from './hex.js'

/** The text of a document: an object, its JSON, a link, or a link's fragment. */
export function documentText(value: unknown, path: string): string {
  if (typeof value === 'string') {
    const text = value.trim()
    if (text.startsWith('{')) return text
    const at = text.indexOf('#')
    const fragment = at < 0 ? text : text.slice(at + 1)
    if (fragment === '') throw new DocumentError(`${path} is ${show(value)}, a link without a document behind its #.`)
    return fragment
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError(`${path} is ${show(value)}; give a document, its JSON, or a link to one.`)
  }
  try {
    return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part))
  } catch (cause) {
    throw new DocumentError(`${path} cannot be written as JSON.`, { cause })
  }
}
