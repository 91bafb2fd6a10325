// An engine without a worker, for places that have none: it lives in the caller's thread, and gives the event loop its turn
// between slices of work.

import type { Platform } from './platform.js'
import type { Request } from './protocol.js'
import type { Place } from './worker/place.js'
import { serve } from './worker/serve.js'

async function compiled(wasm: unknown): Promise<WebAssembly.Module> {
  if (wasm instanceof WebAssembly.Module) return wasm
  if (wasm instanceof Uint8Array) return WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>)
  if (typeof wasm !== 'string') throw new Error('give the option wasm: the bytes or the module of lanevm/lanevm_bg.wasm')
  const response = await fetch(wasm)
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`)
  return WebAssembly.compile(await response.arrayBuffer())
}

/** The caller's own thread; `own` is the engine's module where the place has it at hand. */
export function inline(own?: WebAssembly.Module): Platform {
  return {
    workers: false,
    cores: () => 1,
    spawn(script, listener) {
      if (script !== undefined) throw new Error('there are no workers here: leave out the option worker')
      let ended = false
      const later = (task: () => void): void => void Promise.resolve().then(() => ended || task())
      const place: Place = {
        send: (reply) => later(() => listener.reply(reply as Parameters<typeof listener.reply>[0])),
        module: (wasm) => compiled(wasm ?? own),
        provideGpu: async () =>
          (globalThis as { navigator?: { gpu?: unknown } }).navigator?.gpu ? undefined : 'this runtime has no WebGPU',
        spawnLane: () => {
          throw new Error('there are no workers here')
        },
        breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
      }
      const answer = serve(place)
      return {
        post: (request: Request) => later(() => answer(request)),
        keepAlive: () => {},
        terminate: async () => {
          ended = true
        },
      }
    },
  }
}
