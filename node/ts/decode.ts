// Logs and state changes of a row, from the encoding that the digest covers (docs/digest.md, version 1). It reads what
// the engine wrote; foreign bytes are none of its business.

import { toHex } from './hex.js'
import type { Address, Hex } from './hex.js'

/** A log. */
export interface Log {
  /** The account that logged. */
  address: Address
  /** Topics, at most four. */
  topics: Hex[]
  /** Data. */
  data: Hex
  /** Its place among the call's logs. */
  logIndex: number
}

/** What a call changed of one account, in the shape of a state override. Only real differences stand here. */
export interface AccountChange {
  /** The account. */
  address: Address
  /** The account is gone: self-destructed, or empty and touched (EIP-161). */
  removed?: true
  /** All storage the account had was dropped before `stateDiff`. */
  storageCleared?: true
  /** New nonce. */
  nonce?: bigint
  /** New balance. */
  balance?: bigint
  /** New code. */
  code?: Hex
  /** Slots with another value than before, in order. */
  stateDiff: { slot: Hex; value: Hex }[]
}

const REMOVED = 1
const STORAGE_CLEARED = 2
const NONCE = 4
const BALANCE = 8
const CODE = 16

class Reader {
  #at = 0

  constructor(private readonly bytes: Uint8Array) {}

  get ended(): boolean {
    return this.#at === this.bytes.length
  }

  take(length: number): Uint8Array {
    this.#at += length
    return this.bytes.subarray(this.#at - length, this.#at)
  }

  byte(): number {
    return this.take(1)[0]!
  }

  hex(length: number): Hex {
    return toHex(this.take(length))
  }

  length(): number {
    const [a, b, c, d] = this.take(4) as unknown as [number, number, number, number]
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
  }
}

/** The logs of a row. */
export function decodeLogs(bytes: Uint8Array): Log[] {
  const reader = new Reader(bytes)
  const logs: Log[] = []
  while (!reader.ended) {
    const address = reader.hex(20)
    const topics = Array.from({ length: reader.byte() }, () => reader.hex(32))
    logs.push({ address, topics, data: reader.hex(reader.length()), logIndex: logs.length })
  }
  return logs
}

/** The state changes of a row, by address. */
export function decodeChanges(bytes: Uint8Array): AccountChange[] {
  const reader = new Reader(bytes)
  const changes: AccountChange[] = []
  while (!reader.ended) {
    const change: AccountChange = { address: reader.hex(20), stateDiff: [] }
    const flags = reader.byte()
    if (flags & REMOVED) change.removed = true
    if (flags & STORAGE_CLEARED) change.storageCleared = true
    if (flags & NONCE) change.nonce = BigInt(reader.hex(8))
    if (flags & BALANCE) change.balance = BigInt(reader.hex(32))
    if (flags & CODE) change.code = reader.hex(reader.length())
    const slots = reader.length()
    for (let slot = 0; slot < slots; slot++) {
      change.stateDiff.push({ slot: reader.hex(32), value: reader.hex(32) })
    }
    changes.push(change)
  }
  return changes
}
