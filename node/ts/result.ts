// What came of a batch: columns, with rows decoded when they are asked for.

/// <reference lib="esnext.disposable" preserve="true" />

import { decodeChanges, decodeLogs } from './decode.js'
import type { AccountChange, Log } from './decode.js'
import { InvalidNumberError } from './errors.js'
import { show, toHex } from './hex.js'
import type { Address, Hex } from './hex.js'
import type { WireByteColumn, WireOutcomes, WireStatus } from './protocol.js'

/** How a call ended, coarsely: viem's two words, and one for a call that did not end (cancelled, or at its step limit). */
export type RowStatus = 'success' | 'failure' | 'unfinished'

/** One call's outcome. */
export interface Row {
  /** The call's index. */
  index: number
  /** How it ended. */
  status: RowStatus
  /** Why it failed or did not end: `revert`, `out_of_gas`, `invalid_jump`, `rejected`, …; absent after a success. */
  halt?: string
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

/** Where a result's digest comes from: the worker that holds the batch. */
export interface ResultSource {
  digest(): Promise<Hex>
  release(): void
}

function counts(entries: [string | number, bigint][]): Record<string, number> {
  return Object.fromEntries(entries.map(([name, count]) => [name, Number(count)]))
}

function slice(column: WireByteColumn, row: number): Uint8Array {
  return column.bytes.subarray(column.offsets[row]!, column.offsets[row + 1]!)
}

/** The outcomes of a batch, in the order of its calls. */
export class BatchResult {
  /** How many calls there were. */
  readonly length: number
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
  readonly #statuses: readonly (WireStatus | undefined)[]
  readonly #source: ResultSource
  readonly #created: Map<number, string>
  readonly #detail: Map<number, string>

  /** Results are made by an engine. @internal */
  constructor(wire: WireOutcomes, statuses: readonly (WireStatus | undefined)[], source: ResultSource) {
    this.#wire = wire
    this.#statuses = statuses
    this.#source = source
    this.#created = new Map(wire.created)
    this.#detail = new Map(wire.detail)
    this.length = wire.status.length
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

  /** Return data, revert data or deployed code of a call, without decoding the rest of its row. */
  dataAt(index: number): Uint8Array {
    return slice(this.#wire.output, this.#row(index))
  }

  /** A row, decoded. */
  at(index: number): Row {
    const row = this.#row(index)
    const status = this.#statuses[this.status[row]!]!
    const coarse = status.class === 'success' ? 'success' : status.class === 'unfinished' ? 'unfinished' : 'failure'
    const detail = this.#detail.get(row)
    const created = this.#created.get(row)
    return {
      index: row,
      status: coarse,
      ...(coarse === 'success' ? {} : { halt: status.name }),
      ...(detail === undefined ? {} : { detail }),
      gasUsed: this.gasUsed[row]!,
      refund: this.refund[row]!,
      refundGranted: this.refundGranted[row]!,
      steps: this.steps[row]!,
      data: toHex(slice(this.#wire.output, row)),
      logs: decodeLogs(slice(this.#wire.logs, row)),
      stateChanges: decodeChanges(slice(this.#wire.changes, row)),
      ...(created === undefined ? {} : { createdAddress: created as Address }),
      executedOn: this.#wire.executor[row] === 1 ? 'gpu' : 'cpu',
      reason: this.#wire.reasons[this.#wire.reason[row]!]!,
    }
  }

  /** All rows, one after another. */
  *[Symbol.iterator](): IterableIterator<Row> {
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
      gasMin: summary.gasMin,
      gasMedian: summary.gasMedian,
      gasMax: summary.gasMax,
      gasTotal: BigInt(summary.gasTotal),
      stepsTotal: BigInt(summary.stepsTotal),
    }
  }

  /**
   * The digest over all rows: a Merkle root that does not depend on where or how the batch ran. The engine computes it
   * when it is asked, so the engine must still stand.
   */
  digest(): Promise<Hex> {
    return this.#source.digest()
  }

  /**
   * Frees what the engine keeps for `digest` and `trace`; the columns stay. It is also freed when the result is
   * collected.
   */
  release(): void {
    this.#source.release()
  }

  /** The same as {@link BatchResult.release}. */
  [Symbol.dispose](): void {
    this.release()
  }

  #row(index: number): number {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new InvalidNumberError(`Row ${show(index)} does not exist: the result has ${this.length} rows.`)
    }
    return index
  }
}
