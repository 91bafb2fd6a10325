// What the public functions take, and the check that nothing else was given.

import { AbortError, InvalidArgumentError, UnsupportedError } from './errors.js'
import { show } from './hex.js'
import type { Address, BytesLike, Hex, Quantity } from './hex.js'

/** Where calls run: on the GPU where there is one (`auto`), on the GPU or not at all, or on the CPU. */
export type Device = 'auto' | 'webgpu' | 'cpu'

/**
 * What a call goes through before and after its code runs: a raw message call without intrinsic gas (`frame`), what
 * `eth_call` does (`call`), or a transaction with every check (`transaction`).
 */
export type Level = 'frame' | 'call' | 'transaction'

/** How the GPU is asked for. */
export interface GpuOptions {
  /** Node: the module that gives WebGPU, where it is not the peer `webgpu` as the package itself resolves it. */
  module?: string | URL
  /** Node: flags for Dawn, such as `backend=vulkan`. */
  flags?: string[]
  /** Ask the adapter for WebGPU's default limits and nothing more. */
  defaultLimits?: boolean
}

/** An account of the state that calls start from. `state` and `stateDiff` are two names for its storage. */
export interface AccountState {
  /** Balance in wei. */
  balance?: Quantity | undefined
  /** Transactions sent, or contracts created. */
  nonce?: Quantity | undefined
  /** Code. */
  code?: BytesLike | undefined
  /** Storage: a map from slot to value, or viem's list. */
  state?: Storage | undefined
  /** The same as `state`. */
  stateDiff?: Storage | undefined
}

/** Storage as a map from slot to value, or as viem's list. */
export type Storage = Readonly<Record<Hex, Quantity>> | readonly { slot: Hex; value: Quantity }[]

/** The state that calls start from: a map from address to account, or viem's state-override array. */
export type State = Readonly<Record<Address, AccountState>> | readonly (AccountState & { address: Address })[]

/** An account as calls are to find it, whatever the state says. What is left out stays. */
export interface AccountOverride {
  /** Balance in wei. */
  balance?: Quantity | undefined
  /** Transactions sent, or contracts created. */
  nonce?: Quantity | undefined
  /** Code. */
  code?: BytesLike | undefined
  /** All of its storage. */
  state?: Storage | undefined
  /** Slots of its storage; the others stay. */
  stateDiff?: Storage | undefined
}

/** Overrides of the state: viem's array, or ox's map from address to override. */
export type StateOverrides =
  | Readonly<Record<Address, AccountOverride>>
  | readonly (AccountOverride & { readonly address: Address })[]

/** Overrides of the block, by ox's names. What is left out stays. */
export interface BlockOverrides {
  /** NUMBER. */
  number?: Quantity | undefined
  /** TIMESTAMP in seconds. */
  time?: Quantity | undefined
  /** GASLIMIT. */
  gasLimit?: Quantity | undefined
  /** COINBASE. */
  feeRecipient?: Address | undefined
  /** PREVRANDAO: a number, or 32 bytes of hex. */
  prevRandao?: Quantity | undefined
  /** BASEFEE in wei per gas. */
  baseFeePerGas?: Quantity | undefined
}

/** What is kept of each call: everything; all but logs and state changes; no return data either; or only the summary. */
export type Keep = 'all' | 'return' | 'status' | 'summary'

/** The block that calls run in; what is left out is zero, but for `time` (1), `gasLimit` (30,000,000) and `chainId` (1). */
export interface BlockContext {
  /** NUMBER. */
  number?: Quantity
  /** TIMESTAMP in seconds. */
  time?: Quantity
  /** The same as `time`. */
  timestamp?: Quantity
  /** COINBASE. */
  feeRecipient?: Address
  /** The same as `feeRecipient`. */
  coinbase?: Address
  /** GASLIMIT. */
  gasLimit?: Quantity
  /** BASEFEE in wei per gas. */
  baseFeePerGas?: Quantity
  /** PREVRANDAO, from the Merge on. */
  prevRandao?: Hex
  /** DIFFICULTY, before the Merge. */
  difficulty?: Quantity
  /** CHAINID. */
  chainId?: Quantity
  /** The header's excess blob gas, from which BLOBBASEFEE follows. */
  excessBlobGas?: Quantity
  /** BLOCKHASH by block number; any other number gives zero. */
  blockHashes?: Record<string, Hex>
}

/** Options of `createEngine`. */
export interface EngineOptions {
  /** Where calls run; `auto` where it is left out. */
  device?: Device
  /** How the GPU is asked for. */
  gpu?: GpuOptions
  /** CPU workers for batches of many calls; the number of cores, at most 8, where it is left out. */
  workers?: number
  /** The wasm file: its bytes, a compiled module, or where it is. The package's own where it is left out. */
  wasm?: Uint8Array | WebAssembly.Module | URL | string
  /** The worker's script, where a bundler has moved it. */
  worker?: URL | string
  /** Gives up creating the engine. */
  signal?: AbortSignal
  /** The state of batches that bring none. It is read once. */
  state?: State
  /** The block of batches that bring none. It is read once. */
  block?: BlockContext
  /** CHAINID; that of the block, or 1, where it is left out. */
  chainId?: Quantity
  /** BLOCKHASH by block number, beside those of the block. */
  blockHashes?: Record<string, Hex>
  /** The fork of batches that name none; the newest where it is left out. */
  hardfork?: string
}

/** How far a batch is. */
export interface Progress {
  /** Calls of the batch. */
  lanes: number
  /** Calls that have ended. */
  done: number
  /** Instructions executed, where the engine knows it. */
  steps: number
  /** Submits to the device. */
  submits: number
}

/** Refuses a value that is no plain object, and keys that are not known: nothing is ever ignored. */
export function known<K extends string>(
  value: unknown,
  path: string,
  keys: readonly K[],
  later: Record<string, string> = {},
): Partial<Record<K, unknown>> {
  // What can be iterated, such as an array or a Map, has no fields that are meant here.
  if (typeof value !== 'object' || value === null || Symbol.iterator in value) {
    throw new InvalidArgumentError(`${path} is ${value instanceof Map ? 'a Map' : show(value)}; give an object.`)
  }
  for (const key of Object.keys(value)) {
    if ((keys as readonly string[]).includes(key) || (value as Record<string, unknown>)[key] === undefined) continue
    const hint = later[key]
    throw new UnsupportedError(`${path}.${key} is not supported.`, {
      metaMessages: hint ? [hint] : [`Supported: ${keys.join(', ')}.`],
    })
  }
  return value as Partial<Record<K, unknown>>
}

/** The entries of a map from names to values. What is no plain object, such as a `Map`, has names that nobody would see. */
export function plainEntries(value: unknown, path: string, what: string): [string, unknown][] {
  const prototype: unknown = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined
  // Plain objects of another realm have another Object.
  const plain = prototype === null || (prototype !== undefined && Object.getPrototypeOf(prototype) === null)
  if (plain && !(Symbol.iterator in (value as object))) return Object.entries(value as object)
  const map = value instanceof Map
  throw new InvalidArgumentError(`${path} is ${map ? 'a Map' : show(value)}; give ${what}.`, {
    metaMessages: map ? ['A plain object is meant: Object.fromEntries(map) makes one.'] : [],
  })
}

/** Refuses a value that is not one of the words. */
export function oneOf<W extends string>(value: unknown, path: string, words: readonly W[]): W {
  if ((words as readonly unknown[]).includes(value)) return value as W
  throw new InvalidArgumentError(`${path} is ${show(value)}; give ${words.map((word) => `'${word}'`).join(', ')}.`)
}

/** Refuses a value that is given but is no abort signal, and a signal that was aborted already. */
export function liveSignal(value: unknown, path: string): AbortSignal | undefined {
  if (value === undefined) return undefined
  if (!(value instanceof AbortSignal)) {
    throw new InvalidArgumentError(`${path} is ${show(value)}; give an AbortSignal.`)
  }
  if (value.aborted) throw new AbortError(`${path} was aborted before anything began.`, { cause: value.reason })
  return value
}
