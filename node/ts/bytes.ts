// Byte strings put together. What stands in them is others'.

import type { Bytes } from './protocol.js'

/** Parts one behind another. */
export function joined(parts: Iterable<Uint8Array>): Bytes {
  const all = [...parts]
  const bytes = new Uint8Array(all.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of all) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
