// The worker thread of Node. WebGPU comes from the optional peer `webgpu`; what it needs as globals exists in this
// thread only.

import { readFile } from 'node:fs/promises'
import { parentPort, Worker } from 'node:worker_threads'

import type { LaneReply, LaneRequest, Request } from './protocol.js'
import type { Place } from './worker/place.js'
import { serve } from './worker/serve.js'

/** What the peer offers. */
interface WebGpuModule {
  create(flags: string[]): unknown
  globals: object
}

/** Dawn's instance: if it were collected while a device lives, the process would abort or hang. */
let instance: unknown

const front = parentPort!

const place: Place = {
  send: (reply, transfer) => front.postMessage(reply, transfer),

  async module(wasm) {
    if (wasm instanceof WebAssembly.Module) return wasm
    if (wasm instanceof Uint8Array) return WebAssembly.compile(wasm)
    const url = /^[a-z][a-z0-9+.-]+:/i.test(wasm ?? '') ? new URL(wasm!) : undefined
    if (url && url.protocol !== 'file:') throw new Error(`${url.href} is no file; read it and give its bytes`)
    return WebAssembly.compile(await readFile(url ?? wasm ?? new URL('./lanevm_bg.wasm', import.meta.url)))
  },

  async provideGpu({ module, flags }) {
    const scope = globalThis as Record<string, unknown>
    // wgpu asks for no more than that one of Window and WorkerGlobalScope exists.
    const asWorker = (): void => void (scope['WorkerGlobalScope'] ??= class WorkerGlobalScope {})
    // Deno brings its own.
    if (module === undefined && (scope['navigator'] as { gpu?: unknown } | undefined)?.gpu) {
      if (flags.length > 0) {
        return { kind: 'argument', message: "gpu.flags are for the module that gives WebGPU, and this runtime brings its own: leave them out." }
      }
      asWorker()
      return undefined
    }
    let peer: WebGpuModule
    try {
      peer = (await import(module ?? 'webgpu')) as WebGpuModule
    } catch (error) {
      const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
      return module === undefined
        ? `the optional peer 'webgpu' could not be loaded (npm install webgpu@0.6 brings it): ${why}`
        : `${module} could not be loaded: ${why}`
    }
    try {
      Object.assign(globalThis, peer.globals)
      instance = peer.create(flags)
      asWorker()
      const navigator = (scope['navigator'] ??= {}) as object
      Object.defineProperty(navigator, 'gpu', { value: instance, configurable: true })
    } catch (error) {
      return `WebGPU could not be started: ${error instanceof Error ? error.message : String(error)}`
    }
    return undefined
  },

  spawnLane(listener) {
    const worker = new Worker(new URL(import.meta.url), { name: 'lanevm lane', execArgv: [] })
    worker.on('message', (reply: LaneReply) => listener.reply(reply))
    worker.on('error', (error) => listener.failed(error))
    return {
      post: (request, transfer) => worker.postMessage(request, transfer),
      terminate: () => void worker.terminate(),
    }
  },

  breathe: () => new Promise((resolve) => setImmediate(resolve)),
}

const answer = serve(place)
front.on('message', (message: Request | LaneRequest) => answer(message))
