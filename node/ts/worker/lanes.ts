// Lane workers: CPU engines that the engine's worker shares a large batch among. They start when they are first asked.

import initialise, { Lane, last_panic } from '../../pkg/lanevm.js'
import type { Bytes, LaneRequest } from '../protocol.js'
import type { LaneWorker, Place } from './place.js'

interface Started {
  worker: LaneWorker
  /** The request under way; an engine asks one thing of a lane at a time. */
  resolve?: (reply: Bytes) => void
  reject?: (error: unknown) => void
}

/** The lane workers, as the engine's worker asks them. */
export class Lanes {
  readonly #started = new Map<number, Started>()

  constructor(
    private readonly place: Place,
    private readonly module: WebAssembly.Module,
  ) {}

  /** Sends a request to a lane and promises the reply. */
  readonly call = (index: number, request: Bytes): Promise<Bytes> => {
    const lane = this.#started.get(index) ?? this.#start(index)
    return new Promise((resolve, reject) => {
      lane.resolve = resolve
      lane.reject = reject
      lane.worker.post({ type: 'serve', request }, [request.buffer])
    })
  }

  /** Asks a lane to end what it does. */
  readonly cancel = (index: number): void => {
    this.#started.get(index)?.worker.post({ type: 'stop' }, [])
  }

  /** Ends every lane. */
  end(): void {
    for (const { worker } of this.#started.values()) worker.terminate()
    this.#started.clear()
  }

  #start(index: number): Started {
    const fail = (error: unknown): void => {
      this.#started.delete(index)
      lane.worker.terminate()
      lane.reject?.(error)
    }
    const lane: Started = {
      worker: this.place.spawnLane({
        reply: (reply) => (reply.type === 'served' ? lane.resolve?.(reply.reply) : fail(reply.details)),
        failed: fail,
      }),
    }
    lane.worker.post({ type: 'lane', module: this.module }, [])
    this.#started.set(index, lane)
    return lane
  }
}

/** Makes what answers in a lane worker. */
export function serveLane(place: Place): (request: LaneRequest) => void {
  let lane: Promise<Lane> | undefined
  const serve = async (request: Bytes): Promise<void> => {
    try {
      const reply = (await (await lane!).serve(request)) as Bytes
      place.send({ type: 'served', reply }, [reply.buffer])
    } catch (error) {
      place.send({ type: 'lane-failed', details: last_panic() ?? String(error) }, [])
    }
  }
  return (request) => {
    if (request.type === 'lane') {
      const { module } = request
      lane = initialise({ module_or_path: module }).then(() => new Lane(() => place.breathe()))
      lane.catch((error: unknown) => place.send({ type: 'lane-failed', details: String(error) }, []))
    } else if (request.type === 'serve') void serve(request.request)
    else void lane?.then((ready) => ready.cancel())
  }
}
