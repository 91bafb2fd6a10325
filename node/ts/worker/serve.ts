// The engine's worker: it opens the engine in wasm and answers the front's requests, one batch at a time.

import initialise, { Host, last_panic, statuses } from '../../pkg/lanevm.js'
import type { WireError } from '../errors.js'
import type { Bytes, OpenRequest, Request, WireByteColumn, WireInfo, WireOutcomes, WireStatus } from '../protocol.js'
import type { Place } from './place.js'

function wireError(error: unknown): WireError {
  if (error instanceof WebAssembly.RuntimeError) {
    return { kind: 'crash', message: 'The engine failed; this is a bug in it.', details: last_panic() ?? error.message }
  }
  if (typeof error === 'object' && error !== null && 'kind' in error && 'message' in error) return error as WireError
  return { kind: 'crash', message: 'The engine failed; this is a bug in it.', details: String(error) }
}

function setupError(message: string, cause: unknown): WireError {
  const details =
    typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : String(cause)
  return { kind: 'setup', message, details }
}

/** The buffers of outcomes, each moved once. */
function buffers(outcomes: WireOutcomes): ArrayBuffer[] {
  const columns: WireByteColumn[] = [outcomes.output, outcomes.logs, outcomes.changes]
  return [
    ...[outcomes.status, outcomes.gasUsed, outcomes.refund, outcomes.refundGranted].map(({ buffer }) => buffer),
    ...[outcomes.steps, outcomes.executor, outcomes.reason].map(({ buffer }) => buffer),
    ...columns.flatMap(({ offsets, bytes }) => [offsets.buffer, bytes.buffer]),
  ]
}

interface Opened {
  host: Host
  whyNotGpu: string | undefined
}

async function openGpu({ device, gpu }: OpenRequest, place: Place, breathe: () => Promise<void>): Promise<Opened> {
  const missing = await place.provideGpu(gpu)
  if (missing === undefined) {
    try {
      return { host: await Host.openGpu(breathe, gpu.defaultLimits), whyNotGpu: undefined }
    } catch (cause) {
      if (cause instanceof WebAssembly.RuntimeError) throw cause
      if (device === 'webgpu') throw setupError('The GPU could not be opened.', cause)
      return { host: Host.openCpu(breathe), whyNotGpu: setupError('', cause).details! }
    }
  }
  if (device === 'webgpu') throw setupError('There is no WebGPU here.', missing)
  return { host: Host.openCpu(breathe), whyNotGpu: missing }
}

/** Makes what answers the front's requests in a place. */
export function serve(place: Place): (request: Request) => void {
  const breathe = (): Promise<void> => place.breathe()
  let host: Host | undefined

  const open = async (request: OpenRequest): Promise<void> => {
    try {
      let module: WebAssembly.Module
      try {
        module = await place.module(request.wasm)
        await initialise({ module_or_path: module })
      } catch (cause) {
        throw setupError('The wasm of the engine could not be loaded.', cause)
      }
      const opened =
        request.device === 'cpu'
          ? { host: Host.openCpu(breathe), whyNotGpu: undefined }
          : await openGpu(request, place, breathe)
      host = opened.host
      const info = host.info() as WireInfo
      const rows = statuses() as WireStatus[]
      place.send({ type: 'ready', info, whyNotGpu: opened.whyNotGpu, statuses: rows, workers: request.workers }, [])
    } catch (error) {
      place.send({ type: 'failed', error: wireError(error) }, [])
    }
  }

  const answer = async (host: Host, request: Exclude<Request, { type: 'open' }>): Promise<void> => {
    switch (request.type) {
      case 'run': {
        const { id } = request
        const progress = (lanes: number, done: number, steps: number, submits: number): void =>
          place.send({ type: 'progress', id, lanes, done, steps, submits }, [])
        const value = (await host.run(id, request.batch, request.progress ? progress : undefined)) as WireOutcomes
        return place.send({ type: 'done', id, value }, buffers(value))
      }
      case 'cancel':
        return host.cancel(request.id)
      case 'digest':
        return place.send({ type: 'done', id: request.id, value: host.digest(request.result) }, [])
      case 'trace': {
        const value = host.trace(request.result, request.row, request.maxSteps) as Bytes
        return place.send({ type: 'done', id: request.id, value }, [value.buffer])
      }
      case 'release':
        return host.release(request.result)
      case 'close':
        host.close()
        return place.send({ type: 'done', id: request.id, value: undefined }, [])
    }
  }

  return (request) => {
    if (request.type === 'open') {
      void open(request.open)
      return
    }
    if (host === undefined) return
    answer(host, request).catch((error: unknown) => {
      if ('id' in request) place.send({ type: 'error', id: request.id, error: wireError(error) }, [])
    })
  }
}
