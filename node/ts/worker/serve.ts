// The engine's worker: it opens the engine in wasm and answers the front's requests, one batch at a time.

import initialise, { Host, fork, last_panic, statuses } from '../../pkg/lanevm.js'
import { joined } from '../bytes.js'
import type { WireError } from '../errors.js'
import type {
  LaneRequest,
  OpenRequest,
  Question,
  Request,
  Run,
  WireByteColumn,
  WireColumnPart,
  WireFork,
  WireInfo,
  WireOutcomes,
  WireStatus,
} from '../protocol.js'
import { Lanes, serveLane } from './lanes.js'
import { ParquetFile } from './parquet.js'
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
  const columns: WireByteColumn[] = [outcomes.output, outcomes.logs, outcomes.changes, outcomes.results]
  return [
    ...[outcomes.status, outcomes.gasUsed, outcomes.refund, outcomes.refundGranted].map(({ buffer }) => buffer),
    ...[outcomes.steps, outcomes.executor, outcomes.reason, outcomes.revert, outcomes.result].map(({ buffer }) => buffer),
    ...columns.flatMap(({ offsets, bytes }) => [offsets.buffer, bytes.buffer]),
  ]
}

/** Rows of a file written between two turns of the event loop, and of a group of a Parquet file. */
const ROWS = 8_192

/** Answers a question about a result that the host keeps. */
async function answerQuestion(
  host: Host,
  result: number,
  step: number,
  question: Question,
  rows: number,
  breathe: () => Promise<void>,
): Promise<unknown> {
  switch (question.ask) {
    case 'digest':
      return host.digest(result, step)
    case 'trace':
      return host.trace(result, step, question.row, question.maxSteps)
    case 'group':
      return host.groupBy(result, step, question.by)
    case 'filter':
      return host.filter(result, step, question.filter)
    case 'decode':
      return host.decode(result, step, question.row)
    case 'lines': {
      const parts: Uint8Array[] = []
      // Without rows there is the first line all the same.
      for (let from = 0; from === 0 || from < rows; from += ROWS) {
        parts.push(host.lines(result, step, question.format, from, ROWS, question.first))
        await breathe()
      }
      return joined(parts)
    }
    case 'parquet': {
      const file = new ParquetFile()
      for (let from = 0; from === 0 || from < rows; from += ROWS) {
        file.group(host.gathered(result, step, from, ROWS, question.first) as WireColumnPart[])
        await breathe()
      }
      return joined(file.finish())
    }
  }
}

interface Opened {
  host: Host
  whyNotGpu: string | undefined
}

async function openHost(request: OpenRequest, place: Place, lanes: Lanes): Promise<Opened> {
  const { device, gpu, workers } = request
  const breathe = (): Promise<void> => place.breathe()
  const cpu = (whyNotGpu?: string): Opened => ({
    host: Host.openCpu(breathe, workers, lanes.call, lanes.cancel),
    whyNotGpu,
  })
  if (device === 'cpu') return cpu()
  const missing = await place.provideGpu(gpu)
  if (missing !== undefined) {
    if (typeof missing !== 'string') throw missing
    if (device === 'webgpu') throw setupError('There is no WebGPU here.', missing)
    return cpu(missing)
  }
  try {
    const host = await Host.openGpu(breathe, gpu.defaultLimits, workers, lanes.call, lanes.cancel)
    return { host, whyNotGpu: undefined }
  } catch (cause) {
    if (cause instanceof WebAssembly.RuntimeError) throw cause
    if (device === 'webgpu') throw setupError('The GPU could not be opened.', cause)
    return cpu(setupError('', cause).details)
  }
}

/** Makes what answers the front's requests in a place. */
function serveEngine(place: Place): (request: Request) => void {
  let host: Host | undefined
  let lanes: Lanes | undefined

  const open = async (request: OpenRequest): Promise<void> => {
    try {
      let module: WebAssembly.Module
      try {
        module = await place.module(request.wasm)
        await initialise({ module_or_path: module })
      } catch (cause) {
        throw setupError('The wasm of the engine could not be loaded.', cause)
      }
      const own = fork(request.hardfork) as WireFork
      lanes = new Lanes(place, module)
      const opened = await openHost(request, place, lanes)
      host = opened.host
      const info = host.info() as WireInfo
      const rows = statuses() as WireStatus[]
      const { workers } = request
      const { lanesAtOnce } = host
      place.send({ type: 'ready', info, lanesAtOnce, whyNotGpu: opened.whyNotGpu, statuses: rows, workers, fork: own }, [])
    } catch (error) {
      place.send({ type: 'failed', error: wireError(error) }, [])
    }
  }

  /** How many rows each kept result has. */
  const lengths = new Map<number, number>()

  const run = (host: Host, id: number, run: Run, hear: ((...counts: number[]) => void) | undefined): Promise<unknown> => {
    switch (run.run) {
      case 'batch':
        return host.run(id, run.batch, hear)
      case 'session':
        return host.runSession(id, run.session, run.batch, hear)
      case 'document':
        return host.runDocument(id, run.document, run.from, run.count, run.keep, run.coverage, hear)
    }
  }

  const answer = async (host: Host, request: Exclude<Request, { type: 'open' }>): Promise<void> => {
    switch (request.type) {
      case 'run': {
        const { id } = request
        const progress = (...[lanes = 0, done = 0, steps = 0, submits = 0]: number[]): void =>
          place.send({ type: 'progress', id, lanes, done, steps, submits }, [])
        const value = (await run(host, id, request.run, request.progress ? progress : undefined)) as WireOutcomes[]
        lengths.set(id, value[0]?.count ?? 0)
        place.send({ type: 'lanes', atOnce: host.lanesAtOnce }, [])
        return place.send({ type: 'done', id, value }, value.flatMap(buffers))
      }
      case 'question': {
        const { id, result, step, question } = request
        const rows = lengths.get(result) ?? 0
        const value = await answerQuestion(host, result, step, question, rows, () => place.breathe())
        return place.send({ type: 'done', id, value }, value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : [])
      }
      case 'open-document':
        return place.send({ type: 'done', id: request.id, value: host.openDocument(request.id, request.text) }, [])
      case 'close-document':
        return host.closeDocument(request.document)
      case 'branch-session':
        await host.branchSession(request.session, request.branch, Uint32Array.from(request.lanes))
        return place.send({ type: 'done', id: request.id, value: undefined }, [])
      case 'close-session':
        return host.closeSession(request.session)
      case 'cancel':
        return host.cancel(request.id)
      case 'release':
        lengths.delete(request.result)
        return host.release(request.result)
      case 'close':
        host.close()
        lanes?.end()
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

/** Makes what answers messages in a place: the first one says whether this is the engine's worker or a lane's. */
export function serve(place: Place): (message: Request | LaneRequest) => void {
  let engine: ((request: Request) => void) | undefined
  let lane: ((request: LaneRequest) => void) | undefined
  return (message) => {
    if (message.type === 'open') engine = serveEngine(place)
    else if (message.type === 'lane') lane = serveLane(place)
    engine?.(message as Request)
    lane?.(message as LaneRequest)
  }
}
