// What the engine's worker needs of the place it runs in.

import type { OpenRequest, Reply } from '../protocol.js'

/** The place: a worker thread of Node, or a dedicated worker of a browser. */
export interface Place {
  /** Answers the front, moving the buffers. */
  send(reply: Reply, transfer: ArrayBuffer[]): void
  /** The engine's module, compiled. */
  module(wasm: OpenRequest['wasm']): Promise<WebAssembly.Module>
  /** Makes `navigator.gpu` be, where WebGPU is not built in; answers why it cannot, or nothing. */
  provideGpu(options: OpenRequest['gpu']): Promise<string | undefined>
  /** Gives the event loop a turn. */
  breathe(): Promise<void>
}
