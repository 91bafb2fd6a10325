// The package's errors: one class per kind of mistake, with the parts that viem's errors have. How an EVM call ended is
// never an error here; it is a row of a result.

import type { Hex } from './hex.js'
import type { BatchResult } from './result.js'

/** What an error can be given beyond its message. */
export interface ErrorParts {
  /** What was underneath, in that layer's words. */
  details?: string
  /** Lines that help: where it was, what was expected. */
  metaMessages?: string[]
  /** The error underneath. */
  cause?: unknown
}

/** The base of every error this package throws. */
export class LanevmError extends Error {
  override name = 'LanevmError'
  /** The message in one line. */
  readonly shortMessage: string
  /** What was underneath, in that layer's words; empty where nothing was. */
  readonly details: string
  /** Lines that help: where it was, what was expected. */
  readonly metaMessages: string[]

  constructor(shortMessage: string, parts: ErrorParts = {}) {
    const metaMessages = parts.metaMessages ?? []
    const details = parts.details ?? (parts.cause instanceof Error ? parts.cause.message : '')
    const lines = [shortMessage, ...metaMessages, ...(details ? [`Details: ${details}`] : [])]
    super(lines.join('\n'), parts.cause === undefined ? undefined : { cause: parts.cause })
    this.shortMessage = shortMessage
    this.details = details
    this.metaMessages = metaMessages
  }

  /** The first error of the chain of causes that `match` accepts; without `match`, the last of the chain. */
  walk(match?: (error: unknown) => boolean): unknown {
    let at: unknown = this
    for (;;) {
      if (match?.(at)) return at
      const cause = at instanceof Error ? at.cause : undefined
      if (cause === undefined || cause === null) return match ? null : at
      at = cause
    }
  }
}

/** A text that should be hex is not, or has the wrong length. */
export class InvalidHexError extends LanevmError {
  override name = 'InvalidHexError'
}

/** A value that should be a 20-byte address is not. */
export class InvalidAddressError extends LanevmError {
  override name = 'InvalidAddressError'
}

/** A number is negative, too large, not whole, or no number at all. */
export class InvalidNumberError extends LanevmError {
  override name = 'InvalidNumberError'
}

/** An argument has the wrong shape, is missing, or contradicts another. */
export class InvalidArgumentError extends LanevmError {
  override name = 'InvalidArgumentError'
}

/** An option or field that this version does not support. Nothing is ever ignored. */
export class UnsupportedError extends LanevmError {
  override name = 'UnsupportedError'
}

/** A name that is no hard fork. */
export class UnknownHardforkError extends LanevmError {
  override name = 'UnknownHardforkError'
}

/** Columns of calls have different lengths. */
export class ColumnLengthError extends LanevmError {
  override name = 'ColumnLengthError'
}

/** An ABI cannot be read, has no such function, or the arguments do not fit it. */
export class AbiError extends LanevmError {
  override name = 'AbiError'
}

/** A document, or a link to one, is not as it should be. */
export class DocumentError extends LanevmError {
  override name = 'DocumentError'
}

/** The engine refused the batch as a whole. */
export class BatchError extends LanevmError {
  override name = 'BatchError'
}

/** The engine could not be made: no GPU where one was demanded, no wasm, no worker. */
export class EngineSetupError extends LanevmError {
  override name = 'EngineSetupError'
}

/** The GPU device failed and nothing was left to fall back to. */
export class DeviceError extends LanevmError {
  override name = 'DeviceError'
}

/** The engine's worker died. The engine cannot be used any more. */
export class EngineCrashedError extends LanevmError {
  override name = 'EngineCrashedError'
}

/** The engine was destroyed before or during the call, or is destroyed for a second time. */
export class EngineDestroyedError extends LanevmError {
  override name = 'EngineDestroyedError'
}

/** The signal was aborted. */
export class AbortError extends LanevmError {
  override name = 'AbortError'
  /** What was finished when a running batch was aborted; its other rows are `unfinished`. */
  readonly partial: BatchResult | undefined

  constructor(shortMessage: string, parts: ErrorParts & { partial?: BatchResult } = {}) {
    super(shortMessage, parts)
    this.partial = parts.partial
  }
}

/** Revert data that were not kept. @internal */
export interface NotKept {
  /** What was kept. */
  keep: string
  /** Throws what says so. */
  refuse(): never
}

/** Message and parts of a revert: its words where they are known, or how long the data are. */
function revertWords(data: Hex | NotKept, said: RevertSaid | undefined): [string, ErrorParts?] {
  if (typeof data !== 'string') return [`The call reverted; its data were not kept (keep: '${data.keep}').`]
  if (said !== undefined && said.kind !== 'empty') return [`The call reverted: ${said.words}`]
  if (data === '0x') return ['The call reverted without data.']
  return [`The call reverted with ${data.length / 2 - 1} bytes of data.`, { metaMessages: ['result.decode says what they mean.'] }]
}

/** A call reverted. It stands in a row, and is thrown by nothing. */
export class ExecutionRevertedError extends LanevmError {
  override name = 'ExecutionRevertedError'
  /** Revert data. Where they were not kept, reading them throws, as `row.data` does. */
  declare readonly data: Hex
  /** The error's name, where it is known: `Error`, `Panic`, or one of the ABI's. */
  readonly errorName: string | undefined
  /** Name and types of an error of the ABI. */
  readonly signature: string | undefined
  /** What it says, in order; a panic's code. */
  readonly args: readonly { name: string; value: unknown }[]
  /** The text of `require` or `revert`, or what a panic means. */
  readonly reason: string | undefined

  /** Errors of rows are made by results. @internal */
  constructor(data: Hex | NotKept, said: RevertSaid | undefined) {
    super(...revertWords(data, said))
    const own = typeof data === 'string' ? { value: data, enumerable: true } : { get: () => data.refuse() }
    Object.defineProperty(this, 'data', own)
    const kind = said !== undefined && typeof said.kind === 'object' ? said.kind : {}
    this.errorName = kind.error ? 'Error' : kind.panic ? 'Panic' : kind.custom?.name
    this.signature = kind.error ? 'Error(string)' : kind.panic ? 'Panic(uint256)' : kind.custom?.signature
    this.args = kind.error
      ? [{ name: 'message', value: kind.error.text }]
      : kind.panic
        ? [{ name: 'code', value: BigInt(kind.panic.code) }]
        : (kind.custom?.fields ?? [])
    this.reason = kind.error ? kind.error.text : kind.panic ? said?.words : undefined
  }
}

/** A call failed other than by a revert: out of gas, an invalid jump, a refused transaction, … It stands in a row. */
export class ExecutionHaltedError extends LanevmError {
  override name = 'ExecutionHaltedError'
  /** Why, in the engine's words. */
  readonly halt: string
  /** What execution-spec-tests call the refusal of a transaction: `NONCE_MISMATCH_TOO_LOW`, `INSUFFICIENT_ACCOUNT_FUNDS`, … */
  readonly rejection: string | undefined

  constructor(halt: string, details: string | undefined, rejection?: string) {
    super(`The call ended: ${halt.replaceAll('_', ' ')}.`, details === undefined ? {} : { details })
    this.halt = halt
    this.rejection = rejection
  }
}

/** What the engine says of revert data. */
export interface RevertSaid {
  words: string
  kind:
    | 'empty'
    | {
        error?: { text: string }
        panic?: { code: string }
        custom?: { name: string; signature: string; fields: { name: string; value: unknown }[] }
        undecoded?: { hex: string; reason: string }
        unknown?: { hex: string }
      }
}

/** How an error crosses from the engine's worker. */
export interface WireError {
  kind: 'hardfork' | 'argument' | 'abi' | 'document' | 'batch' | 'setup' | 'device' | 'crash'
  message: string
  details?: string
}

const WIRE_CLASSES = {
  hardfork: UnknownHardforkError,
  argument: InvalidArgumentError,
  abi: AbiError,
  document: DocumentError,
  batch: BatchError,
  setup: EngineSetupError,
  device: DeviceError,
  crash: EngineCrashedError,
} as const

/** The error that a worker's message stands for. */
export function fromWire(error: WireError): LanevmError {
  return new WIRE_CLASSES[error.kind](error.message, error.details ? { details: error.details } : {})
}
