// Accounts as a node answers for them: what requests read, and what simulated blocks carry from call to call.

import type { AccountChange } from '../decode.js'
import { toHex, toWord } from '../hex.js'
import type { Address, Hex } from '../hex.js'
import type { AccountState } from '../options.js'
import type { Bytes, WireAccount } from '../protocol.js'

const ZERO: Hex = `0x${'00'.repeat(32)}`

/** An account. */
interface Entry {
  nonce: bigint
  balance: bigint
  code: Hex
  storage: Map<Hex, Hex>
}

function entry(): Entry {
  return { nonce: 0n, balance: 0n, code: '0x', storage: new Map() }
}

/** Accounts by address. */
export class Ledger {
  readonly #accounts: Map<Hex, Entry>

  private constructor(accounts: Map<Hex, Entry>) {
    this.#accounts = accounts
  }

  /** The accounts as the engine's worker takes them. */
  static of(accounts: readonly WireAccount[], programs: readonly Bytes[]): Ledger {
    return new Ledger(
      new Map(
        accounts.map(({ address, nonce, balance, code, storage }) => {
          const slots = new Map<Hex, Hex>()
          for (let at = 0; at < storage.length; at += 64) {
            slots.set(toHex(storage.subarray(at, at + 32)), toHex(storage.subarray(at + 32, at + 64)))
          }
          const held = { nonce, balance: BigInt(toHex(balance)), code: code === undefined ? '0x' : toHex(programs[code]!), storage: slots }
          return [toHex(address), held as Entry]
        }),
      ),
    )
  }

  balance(address: Hex): bigint {
    return this.#accounts.get(address)?.balance ?? 0n
  }

  nonce(address: Hex): bigint {
    return this.#accounts.get(address)?.nonce ?? 0n
  }

  code(address: Hex): Hex {
    return this.#accounts.get(address)?.code ?? '0x'
  }

  /** The value of a slot, whose number is 32 bytes of hex. */
  slot(address: Hex, slot: Hex): Hex {
    return this.#accounts.get(address)?.storage.get(slot) ?? ZERO
  }

  /** Takes over what a call changed. */
  apply(changes: readonly AccountChange[]): void {
    for (const change of changes) {
      if (change.removed) {
        this.#accounts.delete(change.address)
        continue
      }
      let held = this.#accounts.get(change.address)
      if (held === undefined) this.#accounts.set(change.address, (held = entry()))
      if (change.storageCleared) held.storage.clear()
      if (change.nonce !== undefined) held.nonce = change.nonce
      if (change.balance !== undefined) held.balance = change.balance
      if (change.code !== undefined) held.code = change.code
      for (const { slot, value } of change.stateDiff) {
        if (value === ZERO) held.storage.delete(slot)
        else held.storage.set(slot, value)
      }
    }
  }

  /** The accounts as `state` of a batch. */
  state(): (AccountState & { address: Address })[] {
    return [...this.#accounts].map(([address, { nonce, balance, code, storage }]) => ({
      address,
      nonce,
      balance,
      ...(code === '0x' ? {} : { code }),
      state: [...storage].map(([slot, value]) => ({ slot, value })),
    }))
  }
}

/** A slot's number as 32 bytes of hex. */
export function slotHex(slot: unknown, path: string): Hex {
  return toHex(toWord(slot, path))
}
