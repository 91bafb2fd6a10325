// Random words by counter, the same as the engine's and the device's: Threefry-2x32-20 (Salmon et al., "Parallel random
// numbers: as easy as 1, 2, 3", 2011) under a key of seed and field.

import { toQuantity } from './hex.js'
import type { Quantity } from './hex.js'
import { keccak256 } from './keccak.js'

/** Two words of 32 bits. */
export type Pair = readonly [number, number]

const TURNS = [13, 15, 26, 6, 17, 29, 16, 24] as const

/** A block of Threefry: two random words of a key and a counter. */
export function threefry(key: Pair, counter: Pair): [number, number] {
  const keys = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd11bda]
  const keyAt = (index: number): number => keys[index % 3] ?? 0
  let x = (counter[0] + keyAt(0)) | 0
  let y = (counter[1] + keyAt(1)) | 0
  for (let round = 0; round < 20; round++) {
    const bits = TURNS[round % 8] ?? 0
    x = (x + y) | 0
    y = ((y << bits) | (y >>> (32 - bits))) ^ x
    if (round % 4 === 3) {
      const group = (round + 1) / 4
      x = (x + keyAt(group)) | 0
      y = (y + keyAt(group + 1) + group) | 0
    }
  }
  return [x >>> 0, y >>> 0]
}

/** The key of a field's random values: the begin of keccak-256 over the seed, eight bytes, and the field's name. */
export function fieldKey(seed: Quantity, field: string): [number, number] {
  const name = new TextEncoder().encode(field)
  const message = new Uint8Array(8 + name.length)
  new DataView(message.buffer).setBigUint64(0, toQuantity(seed, 64, 'seed'))
  message.set(name, 8)
  const hash = new DataView(keccak256(message).buffer)
  return [hash.getUint32(0), hash.getUint32(4)]
}

/** The 256 random bits of an index: the blocks of counters `[index, 0]` to `[index, 3]`, lowest bits first. */
export function randomWord(key: Pair, index: number): bigint {
  let word = 0n
  for (let block = 3; block >= 0; block--) {
    const [low, high] = threefry(key, [index, block])
    word = (word << 64n) | (BigInt(high) << 32n) | BigInt(low)
  }
  return word
}
