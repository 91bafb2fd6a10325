// The entry for the Edge runtime of Vercel and Next: the wasm comes compiled, and the engine lives in the caller's isolate, on the CPU.

import module from './lanevm_bg.wasm?module'

import { Engine } from './engine.js'
import { inline } from './inline.js'
import type { EngineOptions } from './options.js'

export * from './index.js'

/** Makes an engine in the caller's isolate. */
export function createEngine(options: EngineOptions = {}): Promise<Engine> {
  return Engine.create(options, inline(module))
}
