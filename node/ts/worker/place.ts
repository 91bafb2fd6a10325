// What the engine's worker needs of the place it runs in.

import type { WireError } from '../errors.js'
import type { LaneReply, LaneRequest, OpenRequest, Reply } from '../protocol.js'

/** A lane worker, seen from the engine's worker. */
export interface LaneWorker {
  post(request: LaneRequest, transfer: ArrayBuffer[]): void
  terminate(): void
}

/** What the engine's worker hears of a lane worker. */
export interface LaneListener {
  reply(reply: LaneReply): void
  failed(error: unknown): void
}

/** The place: a worker thread of Node, or a dedicated worker of a browser. */
export interface Place {
  /** Answers the front, moving the buffers. */
  send(reply: Reply | LaneReply, transfer: ArrayBuffer[]): void
  /** The engine's module, compiled. */
  module(wasm: OpenRequest['wasm']): Promise<WebAssembly.Module>
  /**
   * Makes `navigator.gpu` be, where WebGPU is not built in; answers why it cannot, or nothing. An error says that it was asked
   * for what is not here.
   */
  provideGpu(options: OpenRequest['gpu']): Promise<string | WireError | undefined>
  /** Starts a lane worker: the same script, which learns from its first message what it is. */
  spawnLane(listener: LaneListener): LaneWorker
  /** Gives the event loop a turn. */
  breathe(): Promise<void>
}
