// The dedicated worker of a browser. WebGPU is the browser's own.

import type { LaneReply, LaneRequest, Request } from './protocol.js'
import type { Place } from './worker/place.js'
import { serve } from './worker/serve.js'

/** The worker's own scope, as far as it is used: TypeScript's `dom` and `webworker` types do not go together. */
interface Scope {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  readonly location: { readonly href: string }
  onmessage: ((event: MessageEvent<Request | LaneRequest>) => void) | null
}

const scope = globalThis as unknown as Scope

const turns = new MessageChannel()
const waiting: (() => void)[] = []
turns.port1.onmessage = () => waiting.shift()?.()

const place: Place = {
  send: (reply, transfer) => scope.postMessage(reply, transfer),

  async module(wasm) {
    if (wasm instanceof WebAssembly.Module) return wasm
    if (wasm instanceof Uint8Array) return WebAssembly.compile(wasm)
    const response = await fetch(wasm ?? new URL('./lanevm_bg.wasm', import.meta.url))
    if (!response.ok) throw new Error(`${response.url} answered ${response.status}`)
    return WebAssembly.compile(await response.arrayBuffer())
  },

  async provideGpu() {
    return (navigator as { gpu?: unknown }).gpu ? undefined : 'this browser has no WebGPU'
  },

  spawnLane(listener) {
    const worker = new Worker(scope.location.href, { type: 'module', name: 'lanevm lane' })
    worker.onmessage = ({ data }: MessageEvent<LaneReply>) => listener.reply(data)
    worker.onerror = (event) => {
      event.preventDefault()
      listener.failed(new Error(event.message || 'the worker could not be loaded'))
    }
    return {
      post: (request, transfer) => worker.postMessage(request, transfer),
      terminate: () => worker.terminate(),
    }
  },

  // A message to itself takes its turn behind what waits already; a timer would wait for at least 4 ms when nested.
  breathe: () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      turns.port2.postMessage(undefined)
    }),
}

const answer = serve(place)
scope.onmessage = ({ data }) => answer(data)
