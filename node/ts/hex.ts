// Hex text, bytes and numbers, checked. Each function takes the path of the value, so that an error says where it was.

import { InvalidAddressError, InvalidHexError, InvalidNumberError } from './errors.js'

/** `0x` and hex digits. */
export type Hex = `0x${string}`
/** A 20-byte address in hex. */
export type Address = Hex
/** A whole number: a bigint, a number up to 2^53-1, or `0x` hex. */
export type Quantity = bigint | number | Hex
/** Bytes: `0x` hex or a byte array. */
export type BytesLike = Hex | Uint8Array

const NOT_HEX = 255
const DIGIT = new Uint8Array(128).fill(NOT_HEX)
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16)
  DIGIT[digit.charCodeAt(0)] = value
  DIGIT[digit.toUpperCase().charCodeAt(0)] = value
}

const BYTE_TEXT = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** A value as an error message shows it: short, and never throwing. */
export function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'string') return value.length > 80 ? `"${value.slice(0, 77)}..."` : `"${value}"`
  if (typeof value === 'function') return 'a function'
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}

/** The bytes as `0x` hex. */
export function toHex(bytes: Uint8Array): Hex {
  let text = '0x'
  for (const byte of bytes) text += BYTE_TEXT[byte]
  return text as Hex
}

/** How many bytes the value holds; refuses what is neither hex with an even number of digits nor a byte array. */
export function byteLength(value: unknown, path: string): number {
  if (value instanceof Uint8Array) return value.length
  if (typeof value !== 'string') throw new InvalidHexError(`${path} is ${show(value)}; give 0x hex or a Uint8Array.`)
  if (value.charCodeAt(0) !== 48 || (value.charCodeAt(1) | 32) !== 120) {
    throw new InvalidHexError(`${path} is ${show(value)}, which does not start with 0x.`)
  }
  if (value.length % 2 !== 0) {
    throw new InvalidHexError(`${path} has an odd number of hex digits (${value.length - 2}).`, {
      metaMessages: [`Value: ${show(value)}`, 'One digit is missing or one too many.'],
    })
  }
  return (value.length - 2) / 2
}

/** Writes bytes whose length {@link byteLength} gave into `target` at `at`. */
export function writeBytes(target: Uint8Array, at: number, value: BytesLike, path: string): void {
  if (typeof value !== 'string') {
    target.set(value, at)
    return
  }
  for (let index = 2; index < value.length; index += 2) {
    const high = DIGIT[value.charCodeAt(index)] ?? NOT_HEX
    const low = DIGIT[value.charCodeAt(index + 1)] ?? NOT_HEX
    if (high === NOT_HEX || low === NOT_HEX) {
      const wrong = high === NOT_HEX ? index : index + 1
      throw new InvalidHexError(`${path}: ${show(value[wrong])} at position ${wrong + 1} is not a hex digit.`, {
        metaMessages: [`Value: ${show(value)}`],
      })
    }
    target[at++] = (high << 4) | low
  }
}

/** The value's bytes. */
export function toBytes(value: unknown, path: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(byteLength(value, path))
  writeBytes(bytes, 0, value as BytesLike, path)
  return bytes
}

/** Writes a 20-byte address. */
export function writeAddress(target: Uint8Array, at: number, value: unknown, path: string): void {
  if (!(value instanceof Uint8Array ? value.length === 20 : typeof value === 'string' && value.length === 42)) {
    throw new InvalidAddressError(`${path} is ${show(value)}; an address is 0x and 40 hex digits.`)
  }
  try {
    byteLength(value, path)
    writeBytes(target, at, value as BytesLike, path)
  } catch (cause) {
    throw new InvalidAddressError(`${path} is ${show(value)}; an address is 0x and 40 hex digits.`, { cause })
  }
}

/** An address as its 20 bytes. */
export function toAddressBytes(value: unknown, path: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(20)
  writeAddress(bytes, 0, value, path)
  return bytes
}

/** A whole number of at most `bits` bits. */
export function toQuantity(value: unknown, bits: number, path: string): bigint {
  let number: bigint
  if (typeof value === 'bigint') number = value
  else if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) {
      throw new InvalidNumberError(`${path} is ${value}; give a whole number up to 2^53-1, or a bigint.`)
    }
    number = BigInt(value)
  } else if (typeof value === 'string' && /^0x[0-9a-fA-F]+$/.test(value)) number = BigInt(value)
  else throw new InvalidNumberError(`${path} is ${show(value)}; give a bigint, a whole number or 0x hex.`)
  if (number < 0n) throw new InvalidNumberError(`${path} is ${number}; it must not be negative.`)
  if (number >> BigInt(bits) !== 0n) {
    throw new InvalidNumberError(`${path} is ${number}; it must be below 2^${bits}.`)
  }
  return number
}

/** A whole number that counts something in JavaScript: `least` to 2^53-1. */
export function toCount(value: unknown, least: number, path: string): number {
  const number = toQuantity(value, 53, path)
  if (number < BigInt(least)) throw new InvalidNumberError(`${path} is ${number}; it must be at least ${least}.`)
  return Number(number)
}

/** Writes a 256-bit number as 32 big-endian bytes. */
export function writeWord(target: Uint8Array, at: number, value: bigint): void {
  let rest = value
  for (let end = at + 32; rest !== 0n; end -= 4) {
    const limb = Number(rest & 0xffff_ffffn)
    target[end - 1] = limb
    target[end - 2] = limb >>> 8
    target[end - 3] = limb >>> 16
    target[end - 4] = limb >>> 24
    rest >>= 32n
  }
}

/** A 256-bit number as 32 big-endian bytes. */
export function toWord(value: unknown, path: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(32)
  writeWord(bytes, 0, toQuantity(value, 256, path))
  return bytes
}

/** A 32-byte value in hex of that length, such as a hash or a slot. */
export function toBytes32(value: unknown, path: string): Uint8Array<ArrayBuffer> {
  const bytes = toBytes(value, path)
  if (bytes.length !== 32) throw new InvalidHexError(`${path} has ${bytes.length} bytes; it must have 32.`)
  return bytes
}
