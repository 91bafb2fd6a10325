// An engine without a worker, for places that have none: it lives in the caller's thread, and gives the event loop its turn
// between slices of work.

import type { Platform } from './platform.js'
import type { Request } from './protocol.js'
import type { Place } from './worker/place.js'
import { serve } from './worker/serve.js'

/** The wasm of this thread: what it was given as, and the module. There is one for all of a thread's engines. */
let first: { given: unknown; module: Promise<WebAssembly.Module> } | undefined

function same(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (!(one instanceof Uint8Array) || !(other instanceof Uint8Array) || one.length !== other.length) return false
  return one.every((byte, index) => byte === other[index])
}

async function compile(wasm: unknown): Promise<WebAssembly.Module> {
  if (wasm instanceof WebAssembly.Module) return wasm
  if (wasm instanceof Uint8Array) return WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>)
  if (typeof wasm !== 'string') throw new Error('give the option wasm: the bytes or the module of lanevm/lanevm_bg.wasm')
  const response = await fetch(wasm)
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`)
  return WebAssembly.compile(await response.arrayBuffer())
}

/** The module of this thread. Another wasm than the first engine's is refused: it would not be used. */
async function compiled(given: unknown): Promise<WebAssembly.Module> {
  if (first !== undefined && !same(first.given, given)) {
    throw new Error('an engine of this thread was made with another wasm, and a thread has one: give the same')
  }
  const own = (first ??= { given, module: compile(given) })
  try {
    return await own.module
  } catch (error) {
    // What could not be compiled is in nobody's way.
    if (first === own) first = undefined
    throw error
  }
}

/** The caller's own thread; `own` is the engine's module where the place has it at hand. */
export function inline(own?: WebAssembly.Module): Platform {
  return {
    workers: false,
    gpuModule: false,
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
