// The options of an engine, checked whole before anything is started.

import { InvalidArgumentError } from './errors.js'
import { show, toCount } from './hex.js'
import { known, liveSignal, oneOf } from './options.js'
import type { EngineOptions } from './options.js'
import type { Platform } from './platform.js'
import type { OpenRequest } from './protocol.js'
import { blockContext, Programs, stateAccounts } from './state.js'

const OPTION_KEYS = [
  'device',
  'gpu',
  'workers',
  'wasm',
  'worker',
  'signal',
  'state',
  'block',
  'hardfork',
] as const

const LATER = {
  chainId: 'Give it as block.chainId.',
  blockHashes: 'Give them as block.blockHashes.',
}

/** Most CPU workers that are taken unasked. */
const DEFAULT_WORKERS = 8
const MOST_WORKERS = 256

/** An engine's options, checked. */
export interface CheckedOptions {
  open: OpenRequest
  script: URL | string | undefined
  signal: AbortSignal | undefined
  /** What batches take where they bring none of their own. */
  defaults: Pick<EngineOptions, 'state' | 'block' | 'hardfork'>
}

function openRequest(options: Partial<Record<(typeof OPTION_KEYS)[number], unknown>>, platform: Platform): OpenRequest {
  const gpu = known(options.gpu ?? {}, 'gpu', ['module', 'flags', 'defaultLimits'])
  const { module, flags = [], defaultLimits = false } = gpu
  if (module !== undefined && typeof module !== 'string' && !(module instanceof URL)) {
    throw new InvalidArgumentError(`gpu.module is ${show(module)}; give a module's name or URL.`)
  }
  if (!Array.isArray(flags) || flags.some((flag) => typeof flag !== 'string')) {
    throw new InvalidArgumentError(`gpu.flags is ${show(flags)}; give an array of strings.`)
  }
  if (typeof defaultLimits !== 'boolean') {
    throw new InvalidArgumentError(`gpu.defaultLimits is ${show(defaultLimits)}; give true or false.`)
  }
  const workers = toCount(options.workers ?? Math.min(platform.cores(), DEFAULT_WORKERS), 1, 'workers')
  if (workers > MOST_WORKERS) {
    throw new InvalidArgumentError(`workers is ${workers}; at most ${MOST_WORKERS} are started.`)
  }
  const { wasm } = options
  const url = typeof wasm === 'string' || wasm instanceof URL
  if (wasm !== undefined && !url && !(wasm instanceof Uint8Array) && !(wasm instanceof WebAssembly.Module)) {
    throw new InvalidArgumentError(`wasm is ${show(wasm)}; give bytes, a WebAssembly.Module, or a URL.`)
  }
  return {
    device: oneOf(options.device ?? 'auto', 'device', ['auto', 'webgpu', 'cpu']),
    gpu: { module: module === undefined ? undefined : String(module), flags: flags as string[], defaultLimits },
    workers,
    wasm: url ? String(wasm) : wasm instanceof Uint8Array ? new Uint8Array(wasm) : wasm,
  }
}

/** Checks the options of `createEngine`. */
export function checkOptions(options: unknown, platform: Platform): CheckedOptions {
  const given = known(options, 'options', OPTION_KEYS, LATER)
  const { hardfork, worker: script } = given
  if (hardfork !== undefined && typeof hardfork !== 'string') {
    throw new InvalidArgumentError(`hardfork is ${show(hardfork)}; give a name.`)
  }
  if (script !== undefined && typeof script !== 'string' && !(script instanceof URL)) {
    throw new InvalidArgumentError(`worker is ${show(script)}; give a URL.`)
  }
  const { state, block } = options as EngineOptions
  stateAccounts(state, 'state', new Programs())
  blockContext(block, 'block')
  return {
    open: openRequest(given, platform),
    script,
    signal: liveSignal(given.signal, 'signal'),
    defaults: {
      ...(state === undefined ? {} : { state }),
      ...(block === undefined ? {} : { block }),
      ...(hardfork === undefined ? {} : { hardfork }),
    },
  }
}
