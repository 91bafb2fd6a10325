// An EIP-3155 trace as geth's structLogs. Storage is what a frame has read and written so far, from the stack alone.

import { toHex, toWord } from '../hex.js'
import type { TraceLine } from '../trace.js'

/** What of a step is wanted. */
export interface StructLogOptions {
  disableStack: boolean
  disableStorage: boolean
}

/** A step. */
export interface StructLog {
  pc: number
  op: string
  gas: number
  gasCost: number
  depth: number
  stack?: string[]
  storage?: Record<string, string>
  error?: string
}

const SLOAD = 0x54
const SSTORE = 0x55

const word = (value: string | undefined): string => toHex(toWord(value ?? '0x0', 'stack')).slice(2)

/** Whose storage each frame has. */
class Frames {
  readonly #open: { account: string; seen: Map<string, Record<string, string>> }[] = []
  #next: string | undefined
  #fresh = 0

  constructor(private readonly first: string) {}

  /** The storage seen in the frame of that depth. */
  at(depth: number): Record<string, string> {
    while (this.#open.length > depth) this.#open.pop()
    while (this.#open.length < depth) {
      const account = this.#open.length === 0 ? this.first : (this.#next ?? this.first)
      const seen = this.#open[0]?.seen ?? new Map<string, Record<string, string>>()
      this.#open.push({ account, seen })
    }
    const { account, seen } = this.#open[depth - 1]!
    let storage = seen.get(account)
    if (storage === undefined) seen.set(account, (storage = {}))
    return storage
  }

  /** Notes whose storage a frame has that this step may open. */
  calls({ opName, stack = [], depth = 1 }: TraceLine): void {
    const target = stack.at(-2)
    if (opName === 'CALL' || opName === 'STATICCALL') this.#next = word(target).slice(24)
    else if (opName === 'CREATE' || opName === 'CREATE2') this.#next = `create ${(this.#fresh += 1)}`
    else if (opName === 'CALLCODE' || opName === 'DELEGATECALL') this.#next = this.#open[depth - 1]?.account
  }
}

/** The steps of a trace, one line after another. */
export class StructLogs {
  readonly #frames: Frames
  readonly #logs: StructLog[] = []
  /** The step before, whose storage the next one tells, and the storage of its frame. */
  #last: { line: TraceLine; log: StructLog; storage: Record<string, string> } | undefined

  /** No steps yet; `account` is the one called, in small letters without 0x. */
  constructor(account: string, private readonly options: StructLogOptions) {
    this.#frames = new Frames(account)
  }

  /** Adds a step. */
  push(line: TraceLine): void {
    const { pc = 0, opName = '', gas = '0x0', gasCost = '0x0', depth = 1, stack = [] } = line
    this.#finish(line)
    const log: StructLog = { pc, op: opName, gas: Number(gas), gasCost: Number(gasCost), depth }
    if (typeof line['error'] === 'string') log.error = line['error']
    if (!this.options.disableStack) log.stack = stack
    this.#logs.push(log)
    this.#last = { line, log, storage: this.#frames.at(depth) }
  }

  /** All steps. */
  end(): StructLog[] {
    this.#finish(undefined)
    return this.#logs
  }

  #finish(next: TraceLine | undefined): void {
    if (this.#last === undefined) return
    const { line, log, storage } = this.#last
    const { op = 0, depth = 1, stack = [] } = line
    const went = next !== undefined && (next.depth ?? 1) === depth
    if (op === SLOAD && went) storage[word(stack.at(-1))] = word(next.stack?.at(-1))
    else if (op === SSTORE && went) storage[word(stack.at(-1))] = word(stack.at(-2))
    if (!this.options.disableStorage && (op === SLOAD || op === SSTORE)) log.storage = { ...storage }
    this.#frames.calls(line)
    this.#last = undefined
  }
}
