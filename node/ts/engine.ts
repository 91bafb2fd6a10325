// The engine's public face: it checks what it is given, queues batches, and asks the worker that runs them.

/// <reference lib="esnext.disposable" preserve="true" />

import { prepareBatch, transfers } from './batch.js'
import type { PreparedBatch, SimulateCallsParameters } from './batch.js'
import {
  AbortError,
  EngineCrashedError,
  EngineDestroyedError,
  EngineSetupError,
  fromWire,
  InvalidArgumentError,
  InvalidNumberError,
} from './errors.js'
import type { LanevmError } from './errors.js'
import { show, toCount } from './hex.js'
import type { Hex } from './hex.js'
import { checkOptions } from './open.js'
import type { CheckedOptions } from './open.js'
import { known } from './options.js'
import type { EngineOptions, Progress } from './options.js'
import type { EngineWorker, Platform } from './platform.js'
import type { Ready, Reply, Request, WireOutcomes, WireStatus } from './protocol.js'
import { BatchResult } from './result.js'
import { parseTrace } from './trace.js'
import type { TraceLine } from './trace.js'

/** What an engine is and what it runs on. */
export interface EngineInfo {
  /** Where calls run. */
  device: 'webgpu' | 'cpu'
  /** The adapter's name, or the CPU engine's name and version. */
  adapter: string
  /** The graphics API below; `none` for the CPU. */
  backend: string
  /** Whether the adapter is software. */
  software: boolean
  /** CPU workers that a large batch is shared among. */
  workers: number
  /** Why the GPU was not taken, where `auto` fell back to the CPU. */
  whyNotGpu?: string
  /** Further facts for people: limits, driver, threads. */
  details: Record<string, string>
}

/** A request that waits for its answer. */
interface Pending {
  resolve(value: unknown): void
  reject(error: unknown): void
  progress?: (progress: Progress) => void
}

interface Job extends PreparedBatch {
  resolve(result: BatchResult): void
  reject(error: unknown): void
}

/** Most instructions of a trace, unless more are asked for. */
const DEFAULT_TRACE = 100_000
/** How long a worker may take to close its device before it is ended anyway, in milliseconds. */
const CLOSE_TIMEOUT = 2_000

/** Runs batches of EVM calls. Make one with `createEngine`, and destroy it when it is no longer needed. */
export class Engine {
  /** What the engine is and what it runs on. */
  readonly info: EngineInfo
  readonly #worker: EngineWorker
  readonly #defaults: CheckedOptions['defaults']
  readonly #statuses: (WireStatus | undefined)[] = []
  readonly #pending = new Map<number, Pending>()
  readonly #queue: Job[] = []
  readonly #results = new WeakMap<BatchResult, number>()
  readonly #collected: FinalizationRegistry<number>
  #running = false
  #next = 1
  #ended: LanevmError | undefined

  private constructor(worker: EngineWorker, ready: Ready, defaults: CheckedOptions['defaults']) {
    this.#worker = worker
    this.#defaults = defaults
    for (const status of ready.statuses) this.#statuses[status.code] = status
    this.info = Object.freeze({
      device: ready.info.kind === 'gpu' ? ('webgpu' as const) : ('cpu' as const),
      adapter: ready.info.adapter,
      backend: ready.info.backend,
      software: ready.info.software,
      workers: ready.workers,
      ...(ready.whyNotGpu === undefined ? {} : { whyNotGpu: ready.whyNotGpu }),
      details: Object.fromEntries(ready.info.details),
    })
    this.#collected = new FinalizationRegistry((id) => this.#post({ type: 'release', result: id }, []))
  }

  /** Makes an engine on a platform. @internal */
  static async create(options: EngineOptions, platform: Platform): Promise<Engine> {
    const { open, script, signal, defaults } = checkOptions(options, platform)
    let engine: Engine | undefined
    return new Promise<Engine>((resolve, reject) => {
      const abort = (): void => fail(new AbortError('signal was aborted before the engine stood.', { cause: signal?.reason }))
      const fail = (error: unknown): void => {
        signal?.removeEventListener('abort', abort)
        void worker?.terminate()
        reject(error)
      }
      let worker: EngineWorker | undefined
      try {
        worker = platform.spawn(script, {
          reply: (reply) => {
            if (engine !== undefined) engine.#hear(reply)
            else if (reply.type === 'failed') fail(fromWire(reply.error))
            else if (reply.type === 'ready') {
              signal?.removeEventListener('abort', abort)
              engine = new Engine(worker!, reply, defaults)
              worker!.keepAlive(false)
              resolve(engine)
            }
          },
          failed: (cause) => {
            if (engine === undefined) fail(new EngineSetupError("The engine's worker did not start.", { cause }))
            else engine.#end(new EngineCrashedError("The engine's worker ended unexpectedly.", { cause }))
          },
        })
      } catch (cause) {
        reject(new EngineSetupError("The engine's worker could not be started.", { cause }))
        return
      }
      signal?.addEventListener('abort', abort)
      worker.post({ type: 'open', open }, [])
    })
  }

  /** Runs a batch of calls, each on its own from the same state. Batches queue. */
  async simulateCalls(parameters: SimulateCallsParameters): Promise<BatchResult> {
    this.#alive()
    const prepared = prepareBatch(parameters, this.#defaults)
    const { signal } = prepared
    let leave: (() => void) | undefined
    const done = new Promise<BatchResult>((resolve, reject) => {
      const job = { ...prepared, resolve, reject }
      leave = () => {
        const place = this.#queue.indexOf(job)
        if (place < 0) return
        this.#queue.splice(place, 1)
        reject(new AbortError('signal was aborted while the batch waited.', { cause: signal?.reason }))
      }
      signal?.addEventListener('abort', leave)
      this.#queue.push(job)
      this.#advance()
    })
    return done.finally(() => signal?.removeEventListener('abort', leave!))
  }

  /**
   * Replays one call of a result on the CPU engine, as EIP-3155: one object an instruction, the summary last. After
   * `maxSteps` instructions (100,000 where it is left out) the trace is cut, and its summary has `cut: true`.
   */
  async *trace(
    result: BatchResult,
    index: number,
    options: { maxSteps?: number } = {},
  ): AsyncGenerator<TraceLine, void, undefined> {
    this.#alive()
    const { maxSteps = DEFAULT_TRACE } = known(options, 'options', ['maxSteps'])
    const most = toCount(maxSteps, 1, 'options.maxSteps')
    const id = this.#results.get(result)
    if (id === undefined) {
      throw new InvalidArgumentError('The result is not of this engine, or it was released.')
    }
    if (!Number.isInteger(index) || index < 0 || index >= result.length) {
      throw new InvalidNumberError(`Row ${show(index)} does not exist: the result has ${result.length} rows.`)
    }
    const text = await this.#ask({ type: 'trace', id: this.#next++, result: id, row: index, maxSteps: most })
    yield* parseTrace(text as Uint8Array)
  }

  /** Ends the engine: its worker, its device, and batches that run or wait. A second time is an error. */
  async destroy(): Promise<void> {
    if (this.#ended instanceof EngineDestroyedError) {
      throw new EngineDestroyedError('The engine was destroyed already.')
    }
    const crashed = this.#ended !== undefined
    for (const id of this.#pending.keys()) this.#post({ type: 'cancel', id }, [])
    this.#end(new EngineDestroyedError('The engine was destroyed.'))
    if (!crashed) await this.#close()
    await this.#worker.terminate()
  }

  /** Ends the engine, if that was not done yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!(this.#ended instanceof EngineDestroyedError)) await this.destroy()
  }

  #alive(): void {
    if (this.#ended) throw this.#ended
  }

  #post(request: Request, transfer: ArrayBuffer[]): void {
    if (this.#ended === undefined || request.type === 'close') this.#worker.post(request, transfer)
  }

  /** Sends a request and waits for its answer, keeping the process alive meanwhile. */
  #ask(
    request: Request & { id: number },
    transfer: ArrayBuffer[] = [],
    progress?: (progress: Progress) => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#pending.set(request.id, { resolve, reject, ...(progress ? { progress } : {}) })
      this.#worker.keepAlive(true)
      this.#post(request, transfer)
    })
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (this.#pending.size === 0) this.#worker.keepAlive(false)
    return pending
  }

  #hear(reply: Reply): void {
    if (reply.type === 'done') this.#settle(reply.id)?.resolve(reply.value)
    else if (reply.type === 'progress') {
      const { lanes, done, steps, submits } = reply
      this.#pending.get(reply.id)?.progress?.({ lanes, done, steps, submits })
    } else if (reply.type === 'error') {
      const error = fromWire(reply.error)
      if (error instanceof EngineCrashedError) {
        this.#end(error)
        void this.#worker.terminate()
      } else this.#settle(reply.id)?.reject(error)
    }
  }

  /** Marks the engine as ended and refuses whatever runs or waits. */
  #end(error: LanevmError): void {
    if (this.#ended instanceof EngineDestroyedError) return
    this.#ended = error
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(error)
    for (const job of this.#queue.splice(0)) job.reject(error)
  }

  /** Asks the worker to let go of its device, for as long as that may take. */
  async #close(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT)
    })
    const closed = this.#ask({ type: 'close', id: this.#next++ }).catch(() => undefined)
    await Promise.race([closed, late])
    clearTimeout(timer)
  }

  /** Starts the next batch of the queue, if none runs. */
  #advance(): void {
    if (this.#running) return
    const job = this.#queue.shift()
    if (job === undefined) return
    this.#running = true
    void this.#run(job).then(job.resolve, job.reject).finally(() => {
      this.#running = false
      this.#advance()
    })
  }

  async #run({ batch, onProgress, signal }: Job): Promise<BatchResult> {
    const id = this.#next++
    let broken: { error: unknown } | undefined
    const cancel = (): void => this.#post({ type: 'cancel', id }, [])
    const progress = (now: Progress): void => {
      try {
        onProgress?.(now)
      } catch (error) {
        broken ??= { error }
        cancel()
      }
    }
    signal?.addEventListener('abort', cancel)
    try {
      const request = { type: 'run', id, batch, progress: onProgress !== undefined } as const
      const wire = (await this.#ask(request, transfers(batch), progress)) as WireOutcomes
      const result = this.#result(id, wire)
      if (broken) throw broken.error
      if (wire.cancelled && signal?.aborted) {
        throw new AbortError('signal was aborted while the batch ran.', { cause: signal.reason, partial: result })
      }
      return result
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  #result(id: number, wire: WireOutcomes): BatchResult {
    let digest: Promise<Hex> | undefined
    let released = false
    const result = new BatchResult(wire, this.#statuses, {
      digest: async () => {
        if (digest === undefined) {
          this.#alive()
          if (released) throw new InvalidArgumentError('The result was released; its digest can no longer be computed.')
          digest = this.#ask({ type: 'digest', id: this.#next++, result: id }) as Promise<Hex>
        }
        return digest
      },
      release: () => {
        if (released) return
        released = true
        this.#results.delete(result)
        this.#collected.unregister(wire)
        this.#post({ type: 'release', result: id }, [])
      },
    })
    this.#results.set(result, id)
    this.#collected.register(result, id, wire)
    return result
  }
}
