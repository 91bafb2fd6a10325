// The entry for browsers: the engine lives in a dedicated module worker.

import { Engine } from './engine.js'
import type { EngineOptions } from './options.js'
import type { Platform } from './platform.js'
import type { Reply } from './protocol.js'

export * from './index.js'

const platform: Platform = {
  workers: true,
  gpuModule: false,
  cores: () => navigator.hardwareConcurrency,
  spawn(script, listener) {
    // A bundler finds the worker by this very form, so both branches name their script in place.
    const worker =
      script === undefined
        ? new Worker(new URL('./worker-browser.js', import.meta.url), { type: 'module', name: 'lanevm' })
        : new Worker(script, { type: 'module', name: 'lanevm' })
    worker.onmessage = ({ data }: MessageEvent<Reply>) => listener.reply(data)
    worker.onerror = (event) => {
      event.preventDefault()
      listener.failed(new Error(event.message || 'the worker could not be loaded'))
    }
    return {
      post: (request, transfer) => worker.postMessage(request, transfer),
      keepAlive: () => {},
      terminate: async () => worker.terminate(),
    }
  },
}

/** Makes an engine: on WebGPU where the browser has it, on the CPU otherwise. */
export function createEngine(options: EngineOptions = {}): Promise<Engine> {
  return Engine.create(options, platform)
}
