// The engine's public face: it checks what it is given, queues batches, and asks the worker that runs them.

/// <reference lib="esnext.disposable" preserve="true" />

import { batchOf, prepareRun, RUN_KEYS, transfers, watched } from './batch.js'
import type { Calls, RunOptions, SimulateCallsParameters, Watched } from './batch.js'
import { documentText } from './document-text.js'
import type { Document } from './document.js'
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
import { checkOptions } from './open.js'
import type { CheckedOptions } from './open.js'
import { known } from './options.js'
import type { EngineOptions, Progress } from './options.js'
import type { EngineWorker, Platform } from './platform.js'
import type { Question, Ready, Reply, Request, Run, WireBatch, WireDocument, WireOutcomes, WireStatus } from './protocol.js'
import { BatchResult } from './result.js'
import { Session } from './session.js'
import type { SessionOptions } from './session.js'
import { rpcError } from './rpc/params.js'
import { Transport } from './rpc/transport.js'
import type { RequestArguments } from './rpc/transport.js'
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
  /**
   * How many calls run at once: on the CPU one a worker; on the GPU as many as the largest part of a batch had so far, and
   * nothing before the first batch.
   */
  readonly lanesAtOnce: number | undefined
  /** The device's limits that bound how many calls run at once, by WebGPU's names; empty on the CPU. */
  limits: Readonly<Record<string, number>>
  /** Further facts for people: limits, driver, threads. */
  details: Record<string, string>
}

/** A request that waits for its answer. */
interface Pending {
  resolve(value: unknown): void
  reject(error: unknown): void
  progress?: (progress: Progress) => void
}

/** What the worker is told when something has left; nothing, as long as there is nothing to be told. */
interface Leaving {
  request?: Request
}

/** What waits for its turn with the engine. */
interface Job {
  perform(): Promise<unknown>
  resolve(value: any): void
  reject(error: unknown): void
}

/** What runs, when its turn has come. */
type Begin = () => Promise<{ run: Run; transfer: ArrayBuffer[]; first: number; ended?: () => void; ran?: (lanes: number) => void }>

/** Options of `stream`. */
export interface StreamOptions extends RunOptions {
  /** Lanes of a chunk; 16,384 where it is left out. */
  chunk?: number
  /** The first lane; 0 where it is left out. */
  from?: number
  /** How many lanes; all where it is left out. */
  count?: number
}

/** Lanes of a chunk of a stream. */
const DEFAULT_CHUNK = 16_384

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
  readonly #transport: Transport
  /** Results whose run the worker keeps. */
  readonly #results = new WeakSet<BatchResult>()
  /**
   * What the worker is told when a result, session or stream is collected that nobody closed. Data, and no functions: those
   * would hold what they are to outlive.
   */
  readonly #collected: FinalizationRegistry<Leaving> | undefined
  #lanesAtOnce: number
  #running = false
  #next = 1
  #ended: LanevmError | undefined

  private constructor(worker: EngineWorker, ready: Ready, defaults: CheckedOptions['defaults']) {
    this.#worker = worker
    this.#defaults = defaults
    this.#transport = new Transport(this, defaults, ready.fork)
    for (const status of ready.statuses) this.#statuses[status.code] = status
    this.#lanesAtOnce = ready.lanesAtOnce
    const lanesAtOnce = (): number | undefined => this.#lanesAtOnce || undefined
    this.info = Object.freeze({
      device: ready.info.kind === 'gpu' ? ('webgpu' as const) : ('cpu' as const),
      adapter: ready.info.adapter,
      backend: ready.info.backend,
      software: ready.info.software,
      workers: ready.workers,
      ...(ready.whyNotGpu === undefined ? {} : { whyNotGpu: ready.whyNotGpu }),
      get lanesAtOnce() {
        return lanesAtOnce()
      },
      limits: Object.freeze(Object.fromEntries(ready.info.limits.map(([name, limit]) => [name, Number(limit)]))),
      details: Object.fromEntries(ready.info.details),
    })
    // Not every runtime has one; there results are released by hand.
    if (typeof FinalizationRegistry === 'function') {
      this.#collected = new FinalizationRegistry(({ request }) => {
        if (request !== undefined) this.#post(request, [])
      })
    }
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

  /**
   * Runs a batch of calls, each on its own from the same state, or a document whose lanes make one call or several. Runs
   * queue.
   */
  async simulateCalls<const C extends Calls = Calls>(parameters: SimulateCallsParameters<C>): Promise<BatchResult<C>> {
    return this.#simulate(parameters) as Promise<BatchResult<C>>
  }

  async #simulate(parameters: unknown): Promise<BatchResult> {
    this.#alive()
    const prepared = prepareRun(parameters, this.#defaults)
    const { batch, document } = prepared
    if (batch !== undefined) return this.#batch(prepared, { run: 'batch', batch })
    return this.#queued(prepared, async () => {
      const [id, { lanes }] = await this.#open(document)
      const { keep, coverage } = prepared
      const run: Run = { run: 'document', document: id, from: 0, count: lanes, keep, coverage }
      return { run, transfer: [], first: 0, ended: () => this.#post({ type: 'close-document', document: id }, []) }
    })
  }

  /**
   * Runs a document (an object, its JSON, or a link to one) chunk by chunk of its lanes, in order: each is let go of when the
   * next is asked for, so that a document of any size takes bounded memory.
   */
  stream(document: Document | string, options: StreamOptions = {}): AsyncGenerator<BatchResult, void, undefined> {
    const opened: Leaving = {}
    const chunks = this.#chunks(document, options, opened)
    // One that is left without its end being asked for, as by a loop that was never begun or a `next` that was never followed.
    this.#collected?.register(chunks, opened)
    return chunks
  }

  async *#chunks(
    document: Document | string,
    options: StreamOptions,
    opened: Leaving,
  ): AsyncGenerator<BatchResult, void, undefined> {
    this.#alive()
    const given = known(options, 'options', ['chunk', 'from', 'count', ...RUN_KEYS])
    const watch = watched(given)
    const chunk = toCount(given.chunk ?? DEFAULT_CHUNK, 1, 'options.chunk')
    const from = toCount(given.from ?? 0, 0, 'options.from')
    const [id, { lanes }] = await this.#open(documentText(document, 'document'))
    opened.request = { type: 'close-document', document: id }
    try {
      const count = toCount(given.count ?? Math.max(lanes - from, 0), 0, 'options.count')
      if (from + count > lanes) {
        throw new InvalidNumberError(`Lanes ${from} to ${from + count} do not exist: the document has ${lanes}.`)
      }
      const { keep, coverage, onProgress } = watch
      for (let at = from; at < from + count; at += chunk) {
        const run: Run = { run: 'document', document: id, from: at, count: Math.min(chunk, from + count - at), keep, coverage }
        const done = at - from
        const hear = (now: Progress): void => onProgress?.({ ...now, lanes: count, done: done + now.done })
        const part = { ...watch, onProgress: onProgress && hear }
        const result = await this.#queued(part, async () => ({ run, transfer: [], first: at }))
        try {
          yield result
        } finally {
          result.release()
        }
      }
    } finally {
      delete opened.request
      this.#post({ type: 'close-document', document: id }, [])
    }
  }

  /** What a document (an object, its JSON, or a link to one) is: lanes, steps, and its canonical JSON. */
  async readDocument(document: Document | string): Promise<{ lanes: number; steps: number; json: string }> {
    this.#alive()
    const [id, { lanes, steps, json }] = await this.#open(documentText(document, 'document'))
    this.#post({ type: 'close-document', document: id }, [])
    return { lanes, steps, json }
  }

  /** Begins a session: lanes that carry what a call changed to the next. */
  session(options: SessionOptions = {}): Session {
    this.#alive()
    return new Session(options, this.#defaults, this.#next++, {
      run: async (watch, session, given, defaults, ran) => {
        this.#alive()
        return this.#batch(watch, { run: 'session', session, batch: batchOf(given, watch, defaults) }, ran)
      },
      branch: async (session, lanes) => {
        this.#alive()
        const branch = this.#next++
        await this.#enqueue(undefined, () =>
          this.#ask({ type: 'branch-session', id: this.#next++, session, branch, lanes }),
        )
        return branch
      },
      hold: (session, id) => this.#collected?.register(session, { request: { type: 'close-session', session: id } }, session),
      close: (session, id) => {
        this.#collected?.unregister(session)
        if (this.#ended) return
        // Behind the session's own runs.
        this.#enqueue(undefined, async () => this.#post({ type: 'close-session', session: id }, [])).catch(() => {})
      },
    })
  }

  /**
   * Answers a request of Ethereum's JSON-RPC from the engine's own state and block: an EIP-1193 provider for viem's `custom`
   * and ethers' `BrowserProvider`.
   */
  async request(args: RequestArguments): Promise<any> {
    if (this.#ended) throw rpcError(this.#ended)
    return this.#transport.request(args)
  }

  #batch(watch: Watched, run: Run & { batch: WireBatch }, ran?: (lanes: number) => void): Promise<BatchResult> {
    return this.#queued(watch, async () => ({ run, transfer: transfers(run.batch), first: 0, ...(ran ? { ran } : {}) }))
  }

  async #open(text: string): Promise<[number, WireDocument]> {
    const id = this.#next++
    return [id, (await this.#ask({ type: 'open-document', id, text })) as WireDocument]
  }

  #queued(watch: Watched, begin: Begin): Promise<BatchResult> {
    return this.#enqueue(watch.signal, () => this.#run(watch, begin))
  }

  #enqueue<T>(signal: AbortSignal | undefined, perform: () => Promise<T>): Promise<T> {
    if (signal?.aborted) {
      return Promise.reject(new AbortError('signal was aborted before the batch began.', { cause: signal.reason }))
    }
    let leave: (() => void) | undefined
    const done = new Promise<T>((resolve, reject) => {
      const job: Job = { perform, resolve, reject }
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
    options: { maxSteps?: number; step?: number } = {},
  ): AsyncGenerator<TraceLine, void, undefined> {
    this.#alive()
    const { maxSteps = DEFAULT_TRACE, step } = known(options, 'options', ['maxSteps', 'step'])
    const most = toCount(maxSteps, 1, 'options.maxSteps')
    if (!(result instanceof BatchResult) || !this.#results.has(result)) {
      throw new InvalidArgumentError('The result is not of this engine, or it was released.')
    }
    const of = step === undefined ? result : result.step(step as number)
    if (!Number.isInteger(index) || index < 0 || index >= of.length) {
      throw new InvalidNumberError(`Row ${show(index)} does not exist: the result has ${of.length} rows.`)
    }
    const text = await of.ask({ ask: 'trace', row: index, maxSteps: most })
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
    if (this.#ended && request.type !== 'close') return Promise.reject(this.#ended)
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
    else if (reply.type === 'lanes') this.#lanesAtOnce = reply.atOnce
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
    void job.perform().then(job.resolve, job.reject).finally(() => {
      this.#running = false
      this.#advance()
    })
  }

  async #run({ onProgress, signal }: Watched, begin: Begin): Promise<BatchResult> {
    const { run, transfer, first, ended, ran } = await begin()
    if (signal?.aborted) {
      ended?.()
      throw new AbortError('signal was aborted before the batch began.', { cause: signal.reason })
    }
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
      const request = { type: 'run', id, run, progress: onProgress !== undefined } as const
      const wires = (await this.#ask(request, transfer, progress)) as WireOutcomes[]
      ran?.(wires[0]!.count)
      const result = this.#result(id, wires, first)
      if (broken) throw broken.error
      if (wires.some(({ cancelled }) => cancelled) && signal?.aborted) {
        throw new AbortError('signal was aborted while the batch ran.', { cause: signal.reason, partial: result })
      }
      return result
    } finally {
      signal?.removeEventListener('abort', cancel)
      ended?.()
    }
  }

  #result(id: number, wires: readonly WireOutcomes[], first: number): BatchResult {
    let released = false
    const result = new BatchResult({ wires, step: wires.length - 1, first }, this.#statuses, {
      ask: async (step: number, question: Question) => {
        this.#alive()
        if (released) {
          throw new InvalidArgumentError('The result was released; only its columns and rows can still be read.')
        }
        return this.#ask({ type: 'question', id: this.#next++, result: id, step, question })
      },
      release: () => {
        if (released) return
        released = true
        this.#results.delete(result)
        this.#collected?.unregister(wires)
        this.#post({ type: 'release', result: id }, [])
      },
    })
    this.#results.add(result)
    this.#collected?.register(result, { request: { type: 'release', result: id } }, wires)
    return result
  }
}
