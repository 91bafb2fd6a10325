// What passes between the engine's front and its worker. Only bytes, numbers and names: the front has checked everything.

import type { WireError } from './errors.js'

/** Bytes that can be moved to another thread. */
export type Bytes = Uint8Array<ArrayBuffer>

/** An account of the world. */
export interface WireAccount {
  address: Bytes
  nonce: bigint
  balance: Bytes
  /** Index into the programs. */
  code: number | undefined
  /** Slot and value after slot and value, 32 bytes each. */
  storage: Bytes
}

/** The block; numbers of 256 bits are 32 big-endian bytes. */
export interface WireBlock {
  number: Bytes
  timestamp: Bytes
  coinbase: Bytes
  gasLimit: bigint
  baseFee: bigint
  difficulty: Bytes
  prevRandao: Bytes
  chainId: bigint
  excessBlobGas: bigint
  hashes: [bigint, Bytes][]
}

/** What a transaction has beyond a message call. */
export interface WireTransaction {
  kind: number
  nonce: bigint | undefined
  origin: Bytes | undefined
  gasPrice: Bytes
  priorityFee: Bytes | undefined
  chainId: bigint | undefined
  accessList: { address: Bytes; slots: Bytes }[]
  /** Hashes of 32 bytes, one after another. */
  blobHashes: Bytes
  maxFeePerBlobGas: Bytes
  authorizations: WireAuthorization[]
}

/** An authorisation of EIP-7702. */
export interface WireAuthorization {
  chainId: Bytes
  address: Bytes
  nonce: bigint
  yParity: number
  r: Bytes
  s: Bytes
}

/**
 * A generator: one word; or `from` and `step`; or `from`, `to` and count; or the list; or nothing but the column's name; or
 * `min` and `max`. 32 big-endian bytes each.
 */
export interface WireGenerator {
  kind: 'fixed' | 'range' | 'steps' | 'list' | 'column' | 'random' | 'logUniform'
  words: Bytes
  column: string | undefined
  axis: string | undefined
}

/** A template whose fields vary from call to call. */
export interface WireTemplate {
  seed: bigint
  /** Names and lengths; the last varies fastest. */
  axes: [string, number][]
  /** Names and values, 32 big-endian bytes each. */
  columns: [string, Bytes][]
  caller: WireGenerator
  value: WireGenerator
  gas: WireGenerator
  data: Bytes
  fields: { name: string; offset: number; width: number; generator: WireGenerator }[]
}

/** Columns of calls: each holds one value for all, or one for each. Integers are little-endian, words big-endian. */
export interface WireColumns {
  /** 20 bytes each. */
  caller: Bytes
  /** 32 bytes each. */
  value: Bytes
  /** 8 bytes each. */
  gas: Bytes
  /** The call data of all calls, one after another; of every call, where `ends` is empty. */
  data: Bytes
  /** Where each call's data ends, 4 bytes each. */
  ends: Bytes
}

/** Calls by function and arguments. */
export interface WireNamed {
  /** ABIs as JSON. */
  interfaces: string[]
  /** Index of the ABI, and the function's name. */
  functions: [number, string][]
  /** Index of each call's function, or 2^32-1; 4 bytes each. */
  function: Bytes
  /** A JSON array of arguments for each call that has a function. */
  args: string
}

/** What is kept of each call. */
export type WireKeep = 'summary' | 'status' | 'return' | 'all'

/** A batch. */
export interface WireBatch {
  hardfork: string
  level: string
  maxSteps: bigint | undefined
  /** Whether state that the world does not hold is unknown, and not empty. */
  partial: boolean
  keep: WireKeep
  coverage: boolean
  programs: Bytes[]
  accounts: WireAccount[]
  block: WireBlock
  transactions: WireTransaction[]
  count: number
  /** 20 bytes each. */
  to: Bytes
  /** 1 where the call creates a contract; one byte each. */
  create: Bytes
  /** Index of the program run in the place of the account's code, or 2^32-1; 4 bytes each. */
  code: Bytes
  /** Index of the transaction, or 2^32-1; 4 bytes each. */
  transaction: Bytes
  /** Either this or `template`. */
  columns: WireColumns | undefined
  template: WireTemplate | undefined
  named: WireNamed | undefined
}

/** Byte strings, one a row: row `i` is `bytes[offsets[i] .. offsets[i + 1]]`. */
export interface WireByteColumn {
  offsets: Uint32Array<ArrayBuffer>
  bytes: Bytes
}

/** Outcomes in columns. */
export interface WireOutcomes {
  count: number
  keep: WireKeep
  status: Bytes
  gasUsed: BigUint64Array<ArrayBuffer>
  refund: BigInt64Array<ArrayBuffer>
  refundGranted: BigUint64Array<ArrayBuffer>
  steps: BigUint64Array<ArrayBuffer>
  executor: Bytes
  reason: Uint32Array<ArrayBuffer>
  reasons: string[]
  output: WireByteColumn
  logs: WireByteColumn
  changes: WireByteColumn
  created: [number, string][]
  detail: [number, string][]
  /** What execution-spec-tests call the refusals of rows. */
  rejected: [number, string][]
  /** For each row the number of its text in `reverts`, from 1 on, or 0; empty where there are none. */
  revert: Uint32Array<ArrayBuffer>
  /** JSON of `{words, kind}`. */
  reverts: string[]
  /**
   * For each row the number of its text in `results`, from 1 on; 0 where it has none, 2^32-1 where there were too many; empty
   * where no call of the batch named a function.
   */
  result: Uint32Array<ArrayBuffer>
  /** JSON of `{value}` (`abi-value.ts`), or of `{error, function}`. */
  results: WireByteColumn
  coverage: WireCoverage[] | undefined
  summary: WireSummary
  cancelled: boolean
}

/** Calls by block and branch of a program. */
export interface WireCoverage {
  hash: string
  size: number
  blocks: [number, bigint][]
  branches: [number, bigint, bigint][]
}

/** What a document is, made ready. */
export interface WireDocument {
  lanes: number
  steps: number
  json: string
}

/** Lanes by the value of a column. */
export interface WireGroup {
  key: string | null
  lanes: Uint32Array<ArrayBuffer>
  gasMin: bigint
  gasMax: bigint
  gasTotal: bigint
}

/** Values of a column in some rows. */
export interface WireColumnPart {
  name: string
  type: 'count' | 'bool' | 'text'
  present: Bytes
  cells: Bytes
  ends?: Uint32Array<ArrayBuffer>
}

/** Counts and the spread of gas. */
export interface WireSummary {
  count: number
  byStatus: [string, bigint][]
  onGpu: bigint
  onCpu: [string, bigint][]
  hostServices: [number, bigint][]
  escalated: [string, bigint][]
  compiled: bigint
  compiledWrong: bigint
  gasMin: bigint
  gasMedian: bigint
  gasMax: bigint
  gasTotal: string
  stepsTotal: string
}

/** A status that a row can have, by its code. */
export interface WireStatus {
  code: number
  name: string
  class: string
}

/** What the engine is. */
export interface WireInfo {
  kind: string
  adapter: string
  backend: string
  software: boolean
  details: [string, string][]
  /** The device's limits by WebGPU's names; none on the CPU. */
  limits: [string, bigint][]
}

/** What a fork brought, as blocks and estimates show it. */
export interface WireFork {
  name: string
  baseFee: boolean
  withdrawals: boolean
  blobs: boolean
  gasCap: boolean
}

/** What the worker says once, when the engine stands. */
export interface Ready {
  type: 'ready'
  info: WireInfo
  /** How many calls run at once; 0 where it is not known yet. */
  lanesAtOnce: number
  /** Why the GPU was not taken, where `auto` fell back. */
  whyNotGpu: string | undefined
  statuses: WireStatus[]
  workers: number
  /** The engine's own fork. */
  fork: WireFork
}

/** What is asked of a kept result, of one of its steps. */
export type Question =
  | { ask: 'digest' }
  | { ask: 'trace'; row: number; maxSteps: number }
  | { ask: 'lines'; format: 'csv' | 'ndjson'; first: number }
  | { ask: 'parquet'; first: number }
  | { ask: 'group'; by: string }
  | { ask: 'filter'; filter: string }
  | { ask: 'decode'; row: number }

/** What can be run: a batch, alone or as the next step of a session, or lanes of a document. */
export type Run =
  | { run: 'batch'; batch: WireBatch }
  | { run: 'session'; session: number; batch: WireBatch }
  | { run: 'document'; document: number; from: number; count: number; keep: WireKeep; coverage: boolean }

/** What the front asks. */
export type Request =
  | { type: 'open'; open: OpenRequest }
  | { type: 'run'; id: number; run: Run; progress: boolean }
  | { type: 'cancel'; id: number }
  | { type: 'question'; id: number; result: number; step: number; question: Question }
  | { type: 'release'; result: number }
  | { type: 'open-document'; id: number; text: string }
  | { type: 'close-document'; document: number }
  | { type: 'branch-session'; id: number; session: number; branch: number; lanes: number[] }
  | { type: 'close-session'; session: number }
  | { type: 'close'; id: number }

/** What the worker is asked to open. */
export interface OpenRequest {
  device: 'auto' | 'webgpu' | 'cpu'
  gpu: { module: string | undefined; flags: string[]; defaultLimits: boolean }
  workers: number
  wasm: Bytes | WebAssembly.Module | string | undefined
  /** The engine's own fork; empty for the newest. */
  hardfork: string
}

/** What the worker answers. */
export type Reply =
  | Ready
  | { type: 'failed'; error: WireError }
  | { type: 'progress'; id: number; lanes: number; done: number; steps: number; submits: number }
  | { type: 'lanes'; atOnce: number }
  | { type: 'done'; id: number; value: unknown }
  | { type: 'error'; id: number; error: WireError }

/** What the engine's worker asks of a lane worker. The bytes are the engine's own encoding. */
export type LaneRequest =
  | { type: 'lane'; module: WebAssembly.Module }
  | { type: 'serve'; request: Bytes }
  | { type: 'stop' }

/** What a lane worker answers. */
export type LaneReply = { type: 'served'; reply: Bytes } | { type: 'lane-failed'; details: string }
