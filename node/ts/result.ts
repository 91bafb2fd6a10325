// What came of a batch: columns, with rows decoded when they are asked for.

/// <reference lib="esnext.disposable" preserve="true" />

import type { CallAt, ResultAt } from './abi.js'
import { abiValue } from './abi-value.js'
import type { Calls } from './batch.js'
import { decodeChanges, decodeLogs } from './decode.js'
import type { AccountChange, Log } from './decode.js'
import { AbiError, ExecutionHaltedError, ExecutionRevertedError, InvalidArgumentError, InvalidNumberError } from './errors.js'
import type { RevertSaid } from './errors.js'
import { show, toHex } from './hex.js'
import type { Address, Hex } from './hex.js'
import type { Keep } from './options.js'
import type { Question, WireByteColumn, WireGroup, WireOutcomes, WireStatus } from './protocol.js'

/** How a call ended, coarsely: viem's two words, and one for a call that did not end (cancelled, or at its step limit). */
export type RowStatus = 'success' | 'failure' | 'unfinished'

/** A row of a call that succeeded. */
export interface SuccessRow<R = unknown> extends RowFacts {
  /** How it ended. */
  status: 'success'
  /**
   * What the function called returned, where the call was given as `abi` and `functionName`: nothing, its one value, or all of
   * them in order. Reading it throws an `AbiError` where the data are no such values.
   */
  result: R
  /** Absent. */
  error?: undefined
  /** Absent. */
  halt?: undefined
}

/** A row of a call that failed. */
export interface FailureRow extends RowFacts {
  /** How it ended. */
  status: 'failure'
  /** Absent. */
  result?: undefined
  /** Why it failed, as an error that was not thrown. */
  error: ExecutionRevertedError | ExecutionHaltedError
  /** Why it failed: `revert`, `out_of_gas`, `invalid_jump`, `rejected`, … */
  halt: string
}

/** A row of a call that did not end. */
export interface UnfinishedRow extends RowFacts {
  /** How it ended. */
  status: 'unfinished'
  /** Absent. */
  result?: undefined
  /** Absent. */
  error?: undefined
  /** Why it did not end: `unfinished`, `step_limit`. */
  halt: string
}

/** One call's outcome. */
export type Row<R = unknown> = SuccessRow<R> | FailureRow | UnfinishedRow

/** What every row has. */
export interface RowFacts {
  /** The call's index. */
  index: number
  /** What a rejection, missing state or a host limit says in words. */
  detail?: string
  /** Gas used: at level `frame` the frame's, before refunds; otherwise the transaction's, after refunds and floor. */
  gasUsed: bigint
  /** The raw refund counter. */
  refund: bigint
  /** The refund granted. */
  refundGranted: bigint
  /** Instructions executed. */
  steps: bigint
  /** Return data, revert data, or the code deployed. */
  data: Hex
  /** Logs in order. */
  logs: Log[]
  /** What changed, by address. */
  stateChanges: AccountChange[]
  /** The contract that the call created. */
  createdAddress?: Address
  /** Which engine answered. */
  executedOn: 'gpu' | 'cpu'
  /** Why it was not the GPU, where that was asked; `none` otherwise. */
  reason: string
}

/** Counts of a batch's outcomes and the spread of gas. */
export interface Summary {
  /** Rows. */
  count: number
  /** Rows by status, in the engine's words: `return`, `stop`, `revert`, `out_of_gas`, … */
  byStatus: Record<string, number>
  /** Finished rows that the GPU answered. */
  onGpu: number
  /** Finished rows that the CPU answered, by reason. */
  onCpu: Record<string, number>
  /** Precompile calls that the host answered for calls on the GPU, by precompile number. */
  hostServices: Record<string, number>
  /** Calls that one tier of the GPU handed to the next, by reason. */
  escalated: Record<string, number>
  /** Calls that went compiled paths on the GPU: what many calls alike do, compiled; the others were interpreted. */
  compiled: number
  /**
   * Calls that a compiled path answered wrongly, as a check against the CPU engine showed: all calls were run again without, so
   * that no outcome here is one's, and the engine takes none any more. Above 0 only by a bug in lanevm; please report it.
   */
  compiledWrong: number
  /** Least gas used by a finished row. */
  gasMin: bigint
  /** Median gas used. */
  gasMedian: bigint
  /** Most gas used. */
  gasMax: bigint
  /** Gas used by all finished rows. */
  gasTotal: bigint
  /** Instructions executed by all finished rows. */
  stepsTotal: bigint
}

/** Calls that have the same value in a column. */
export interface Group {
  /** The value as files have it; `null` for calls that have none. */
  key: string | null
  /** The calls. */
  lanes: Uint32Array
  /** How many. */
  count: number
  /** Least gas used. */
  gasMin: bigint
  /** Most gas used. */
  gasMax: bigint
  /** Gas used by all of them. */
  gasTotal: bigint
}

/** Calls by block and branch of a program. */
export interface ProgramCoverage {
  /** keccak-256 of the code. */
  hash: Hex
  /** Bytes of code. */
  size: number
  /** Every block in order: where it begins, and calls that entered it. */
  blocks: { pc: number; lanes: number }[]
  /** Every JUMPI in order: where it stands, calls that jumped, and calls that fell through. */
  branches: { pc: number; jumped: number; fell: number }[]
}

/** Values of ABI types: integers as decimal text, bytes and addresses as hex. */
export type DecodedValues = { name: string; value: unknown }[]

/** The name of the function that a call was given with. */
type NameOf<C> = C extends { abi: unknown; functionName: infer N extends string } ? N : string

/** What the data of a call mean, by its ABI. */
export interface DecodedCall<C = unknown> {
  /** The function called, where it is known. */
  functionName?: NameOf<C>
  /** Its name and types. */
  signature?: string
  /** Its arguments; or the data and why they are none. */
  args?: { values: DecodedValues } | { raw: unknown }
  /** What it returned; or the data and why they are none. */
  result?: { values: DecodedValues } | { raw: unknown }
  /** What the revert says. */
  revert?: RevertSaid
  /** What each log says; `null` for one of no event that is known. */
  logs?: (unknown | null)[]
}

/** Where results come from: the worker that holds the run. @internal */
export interface ResultSource {
  ask(step: number, question: Question): Promise<unknown>
  release(): void
}

function counts(entries: [string | number, bigint][]): Record<string, number> {
  return Object.fromEntries(entries.map(([name, count]) => [name, Number(count)]))
}

function slice(column: WireByteColumn, row: number): Uint8Array {
  return column.bytes.subarray(column.offsets[row]!, column.offsets[row + 1]!)
}

/** What the engine says of a result: its value; or why there is none, and of which function. */
interface ResultSaid {
  value?: unknown
  error?: string
  function?: string
}

/** The number of a result that is not held. */
const TOO_MANY = 0xffff_ffff

const KEEPS: readonly Keep[] = ['summary', 'status', 'return', 'all']

/** What happened before a step of a result: the outcomes of all steps, and which this one is. @internal */
export interface Place {
  wires: readonly WireOutcomes[]
  step: number
  /** The first call's number among all that the run has: those of a part of a document. */
  first: number
}

/** The outcomes of a run, in the order of its calls: of the last step, where it has several. */
export class BatchResult<C extends Calls = Calls> {
  /** How many calls there were. */
  readonly length: number
  /** The number of the first call: above 0 for a part of a document. */
  readonly first: number
  /** How many steps each lane made. */
  readonly stepCount: number
  /** What was kept. */
  readonly keep: Keep
  /** Status codes; {@link BatchResult.statusName} names them. */
  readonly status: Uint8Array
  /** Gas used. */
  readonly gasUsed: BigUint64Array
  /** The raw refund counters. */
  readonly refund: BigInt64Array
  /** Refunds granted. */
  readonly refundGranted: BigUint64Array
  /** Instructions executed. */
  readonly steps: BigUint64Array
  readonly #wire: WireOutcomes
  readonly #place: Place
  readonly #statuses: readonly (WireStatus | undefined)[]
  readonly #source: ResultSource
  readonly #created: Map<number, string>
  readonly #detail: Map<number, string>
  readonly #rejected: Map<number, string>
  readonly #steps: (BatchResult<C> | undefined)[] = []
  #digest: Promise<Hex> | undefined

  /** Results are made by an engine. @internal */
  constructor(place: Place, statuses: readonly (WireStatus | undefined)[], source: ResultSource) {
    const wire = place.wires[place.step]!
    this.#wire = wire
    this.#place = place
    this.#statuses = statuses
    this.#source = source
    this.#created = new Map(wire.created)
    this.#detail = new Map(wire.detail)
    this.#rejected = new Map(wire.rejected)
    this.length = wire.count
    this.first = place.first
    this.stepCount = place.wires.length
    this.keep = wire.keep
    this.status = wire.status
    this.gasUsed = wire.gasUsed
    this.refund = wire.refund
    this.refundGranted = wire.refundGranted
    this.steps = wire.steps
  }

  /** The engine's word for a status code: `return`, `revert`, `out_of_gas`, … */
  statusName(code: number): string {
    const status = this.#statuses[code]
    if (status === undefined) throw new InvalidNumberError(`${show(code)} is no status code.`)
    return status.name
  }

  /** The outcomes of one step of the run, by its number from 0. */
  step(step: number): BatchResult<C> {
    if (step === this.#place.step) return this
    if (!Number.isInteger(step) || step < 0 || step >= this.stepCount) {
      throw new InvalidNumberError(`Step ${show(step)} does not exist: the run has ${this.stepCount}.`)
    }
    return (this.#steps[step] ??= new BatchResult({ ...this.#place, step }, this.#statuses, this.#source))
  }

  /** Return data, revert data or deployed code of a call, without decoding the rest of its row. */
  dataAt(index: number): Uint8Array {
    const row = this.#row(index)
    this.#kept('return')
    return slice(this.#wire.output, row)
  }

  /** The row of a call, decoded: of the last step, or of that step. What was not kept cannot be read. */
  at<const I extends number>(index: I, step?: number): Row<ResultAt<C, I>> {
    if (step !== undefined && step !== this.#place.step) return this.step(step).at(index)
    const row = this.#row(index)
    this.#kept('status')
    const status = this.#statuses[this.status[row]!]!
    const coarse = status.class === 'success' ? 'success' : status.class === 'unfinished' ? 'unfinished' : 'failure'
    const detail = this.#detail.get(row)
    const created = this.#created.get(row)
    const wire = this.#wire
    const error = coarse === 'failure' ? this.#error(row, status, detail) : undefined
    const found = {
      index: row,
      status: coarse,
      ...(coarse === 'success' ? {} : { halt: status.name }),
      ...(error === undefined ? {} : { error }),
      ...(coarse === 'success' ? this.#result(row) : {}),
      ...(detail === undefined ? {} : { detail }),
      gasUsed: this.gasUsed[row]!,
      refund: this.refund[row]!,
      refundGranted: this.refundGranted[row]!,
      steps: this.steps[row]!,
      ...(this.#has('return') ? { data: toHex(slice(wire.output, row)) } : {}),
      ...(this.#has('all')
        ? { logs: decodeLogs(slice(wire.logs, row)), stateChanges: decodeChanges(slice(wire.changes, row)) }
        : {}),
      ...(created === undefined ? {} : { createdAddress: created as Address }),
      executedOn: wire.executor[row] === 1 ? 'gpu' : 'cpu',
      reason: wire.reasons[wire.reason[row]!]!,
    }
    for (const [key, keep] of [['data', 'return'], ['logs', 'all'], ['stateChanges', 'all']] as const) {
      if (!(key in found)) Object.defineProperty(found, key, { get: () => this.#kept(keep) })
    }
    if (coarse === 'success' && !('result' in found)) Object.defineProperty(found, 'result', { get: () => this.#noResult(row) })
    return found as Row<ResultAt<C, I>>
  }

  /** What the engine says of the data that a call of a function returned. */
  #said(row: number): ResultSaid {
    const number = this.#wire.result[row] ?? 0
    if (number === 0 || number === TOO_MANY) return {}
    return JSON.parse(new TextDecoder().decode(slice(this.#wire.results, number - 1))) as ResultSaid
  }

  #result(row: number): { result?: unknown } {
    const said = this.#said(row)
    return 'value' in said ? { result: said.value === null ? undefined : abiValue(said.value) } : {}
  }

  /** Nothing, where the call named no function; otherwise why there is no result. */
  #noResult(row: number): undefined {
    this.#kept('return')
    const { error, function: name } = this.#said(row)
    if (error !== undefined) {
      throw new AbiError(`Call ${row} did not return what ${name} does: ${error}.`, {
        metaMessages: ["The row's data are what it returned; an account without code returns nothing."],
      })
    }
    if (this.#wire.result[row] === TOO_MANY) {
      throw new InvalidArgumentError('There are too many different results to hold them all; result.decode says what one is.')
    }
    return undefined
  }

  #error(row: number, status: WireStatus, detail: string | undefined): Row['error'] {
    if (status.class !== 'revert') {
      const rejection = this.#rejected.get(row)?.split('.')[1]
      return new ExecutionHaltedError(status.name, detail, rejection)
    }
    if (!this.#has('return')) {
      return new ExecutionRevertedError({ keep: this.keep, refuse: () => this.#kept('return') as never }, undefined)
    }
    const number = this.#wire.revert[row] ?? 0
    const text = number === 0 ? undefined : this.#wire.reverts[number - 1]
    const said = text === undefined ? undefined : (JSON.parse(text) as RevertSaid)
    return new ExecutionRevertedError(toHex(slice(this.#wire.output, row)), said)
  }

  /** All rows, one after another. */
  *[Symbol.iterator](): IterableIterator<Row<ResultAt<C, number>>> {
    for (let row = 0; row < this.length; row++) yield this.at(row)
  }

  /** Counts and the spread of gas. */
  summary(): Summary {
    const summary = this.#wire.summary
    return {
      count: summary.count,
      byStatus: counts(summary.byStatus),
      onGpu: Number(summary.onGpu),
      onCpu: counts(summary.onCpu),
      hostServices: counts(summary.hostServices),
      escalated: counts(summary.escalated),
      compiled: Number(summary.compiled),
      compiledWrong: Number(summary.compiledWrong),
      gasMin: summary.gasMin,
      gasMedian: summary.gasMedian,
      gasMax: summary.gasMax,
      gasTotal: BigInt(summary.gasTotal),
      stepsTotal: BigInt(summary.stepsTotal),
    }
  }

  /** Calls by block and branch of each program of the state, where `coverage` was asked for. */
  get coverage(): ProgramCoverage[] {
    const { coverage } = this.#wire
    if (coverage === undefined) throw new InvalidArgumentError('Nothing was counted: run with coverage: true.')
    return coverage.map(({ hash, size, blocks, branches }) => ({
      hash: hash as Hex,
      size,
      blocks: blocks.map(([pc, lanes]) => ({ pc, lanes: Number(lanes) })),
      branches: branches.map(([pc, jumped, fell]) => ({ pc, jumped: Number(jumped), fell: Number(fell) })),
    }))
  }

  /**
   * The calls by the value of a column, as the filter language has them: `status`, `error`, `reason`, `executed_on`,
   * `ret.amountOut`, `gas_used / 1000`, … Groups stand in the order in which their values occur.
   */
  async groupBy(by: string): Promise<Group[]> {
    if (typeof by !== 'string') throw new InvalidArgumentError(`groupBy was given ${show(by)}; give a column.`)
    this.#kept('status')
    const groups = (await this.#source.ask(this.#place.step, { ask: 'group', by })) as WireGroup[]
    return groups.map((group) => ({ ...group, count: group.lanes.length }))
  }

  /** The calls that a filter accepts: `status == revert && gas_used > 50000`. */
  async filter(filter: string): Promise<Uint32Array> {
    if (typeof filter !== 'string') throw new InvalidArgumentError(`filter was given ${show(filter)}; give a text.`)
    this.#kept('status')
    return (await this.#source.ask(this.#place.step, { ask: 'filter', filter })) as Uint32Array
  }

  /** What the data of a call mean, by the ABI that it was called with or that the document has. */
  async decode<const I extends number>(index: I): Promise<DecodedCall<CallAt<C, I>>> {
    const row = this.#row(index)
    this.#kept('return')
    return JSON.parse((await this.#source.ask(this.#place.step, { ask: 'decode', row })) as string) as DecodedCall<CallAt<C, I>>
  }

  /** The calls as CSV (RFC 4180), with the columns that the page's files have. */
  async toCSV(): Promise<string> {
    return new TextDecoder().decode(await this.bytesOf('csv'))
  }

  /** The calls as JSON, an object a line, with the columns that the page's files have. */
  async toNDJSON(): Promise<string> {
    return new TextDecoder().decode(await this.bytesOf('ndjson'))
  }

  /** The calls as lines, in UTF-8. @internal */
  async bytesOf(format: 'csv' | 'ndjson'): Promise<Uint8Array> {
    this.#kept('status')
    return (await this.#source.ask(this.#place.step, { ask: 'lines', format, first: this.first })) as Uint8Array
  }

  /** The calls as a Parquet file, with the columns that the page's files have. */
  async toParquet(): Promise<Uint8Array> {
    this.#kept('status')
    return (await this.#source.ask(this.#place.step, { ask: 'parquet', first: this.first })) as Uint8Array
  }

  /**
   * The digest over all rows: a Merkle root that does not depend on where or how the batch ran. The engine computes it
   * when it is asked, so the engine must still stand.
   */
  digest(): Promise<Hex> {
    this.#digest ??= this.#source.ask(this.#place.step, { ask: 'digest' }) as Promise<Hex>
    return this.#digest
  }

  /**
   * Frees what the engine keeps for `digest`, `trace`, files and groups; the columns stay. It is also freed when the result
   * is collected.
   */
  release(): void {
    this.#source.release()
  }

  /** The same as {@link BatchResult.release}. */
  [Symbol.dispose](): void {
    this.release()
  }

  /** What asks the worker of this result. @internal */
  ask(question: Question): Promise<unknown> {
    return this.#source.ask(this.#place.step, question)
  }

  #has(keep: Keep): boolean {
    return KEEPS.indexOf(this.keep) >= KEEPS.indexOf(keep)
  }

  #kept(keep: Keep): undefined {
    if (this.#has(keep)) return undefined
    throw new InvalidArgumentError(`This was not kept: it needs keep: '${keep}', and the run had keep: '${this.keep}'.`)
  }

  #row(index: number): number {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new InvalidNumberError(`Row ${show(index)} does not exist: the result has ${this.length} rows.`)
    }
    return index
  }
}
