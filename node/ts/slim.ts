// The entry for whoever brings the wasm: no worker, no file beside it, nothing for a bundler to find.

import { Engine } from './engine.js'
import { inline } from './inline.js'
import type { EngineOptions } from './options.js'

export * from './index.js'

/** Options of the slim entry: `wasm` is needed, and there are no workers. */
export type SlimOptions = Omit<EngineOptions, 'worker' | 'workers'> & Required<Pick<EngineOptions, 'wasm'>>

/** Makes an engine in the caller's thread. */
export function createEngine(options: SlimOptions): Promise<Engine> {
  return Engine.create(options, inline())
}
