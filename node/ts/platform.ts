// What the engine's front needs of the place it runs in: a worker, and how many are worth having.

import type { Reply, Request } from './protocol.js'

/** The engine's worker, as the front sees it. */
export interface EngineWorker {
  /** Sends a request, moving the buffers. */
  post(request: Request, transfer: ArrayBuffer[]): void
  /** Whether the worker keeps the process alive. */
  keepAlive(alive: boolean): void
  /** Ends the worker at once. */
  terminate(): Promise<void>
}

/** What the front hears of its worker. */
export interface WorkerListener {
  reply(reply: Reply): void
  /** The worker failed or ended by itself. */
  failed(error: unknown): void
}

/** The place: Node or a browser. */
export interface Platform {
  /** Starts the engine's worker. */
  spawn(script: URL | string | undefined, listener: WorkerListener): EngineWorker
  /** Whether large batches can be shared among workers. */
  readonly workers: boolean
  /** Whether WebGPU can come from a module that is named, and takes flags. */
  readonly gpuModule: boolean
  /** Cores. */
  cores(): number
}
