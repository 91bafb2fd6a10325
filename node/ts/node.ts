// The entry for Node: the engine lives in a worker thread, so the caller's globals and event loop stay untouched.

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'

import { Engine } from './engine.js'
import type { EngineOptions } from './options.js'
import type { Platform } from './platform.js'
import type { Reply } from './protocol.js'

export * from './index.js'

const platform: Platform = {
  workers: true,
  gpuModule: true,
  cores: availableParallelism,
  spawn(script, listener) {
    // Flags of the caller's (--input-type, preloads, loaders) are meant for its own code.
    const options = { name: 'lanevm', execArgv: [] }
    const worker = new Worker(script ?? new URL('./worker-node.js', import.meta.url), options)
    let ended = false
    worker.on('message', (reply: Reply) => listener.reply(reply))
    worker.on('error', (error) => listener.failed(error))
    worker.on('exit', (code) => {
      if (!ended) listener.failed(new Error(`the worker exited with code ${code}`))
    })
    return {
      post: (request, transfer) => worker.postMessage(request, transfer),
      keepAlive: (alive) => (alive ? worker.ref() : worker.unref()),
      terminate: async () => {
        ended = true
        await worker.terminate()
      },
    }
  },
}

/** Makes an engine: on the GPU where there is one and the optional peer `webgpu` is installed, on the CPU otherwise. */
export function createEngine(options: EngineOptions = {}): Promise<Engine> {
  return Engine.create(options, platform)
}
