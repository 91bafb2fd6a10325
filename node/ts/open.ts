// The options of an engine, checked whole before anything is started.

import { InvalidArgumentError } from './errors.js'
import { show, toCount, toQuantity } from './hex.js'
import type { Hex } from './hex.js'
import { known, liveSignal, oneOf } from './options.js'
import type { BlockContext, State } from './options.js'
import type { Platform } from './platform.js'
import type { OpenRequest, WireAccount, WireBlock } from './protocol.js'
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
  'chainId',
  'blockHashes',
  'hardfork',
] as const

/** Most CPU workers that are taken unasked. */
const DEFAULT_WORKERS = 8
const MOST_WORKERS = 256

/** An engine's options, checked. */
export interface CheckedOptions {
  open: OpenRequest
  script: URL | string | undefined
  signal: AbortSignal | undefined
  /** What batches take where they bring none of their own. */
  defaults: Defaults
}

/** What batches take where they bring none of their own, read once. */
export interface Defaults {
  programs: Programs
  accounts: WireAccount[]
  block: WireBlock
  hardfork: string
}

/** The default block, with the chain's number and block hashes that stand beside it. */
function defaultBlock(block: unknown, chainId: unknown, hashes: unknown): WireBlock {
  const read = blockContext(block as BlockContext | undefined, 'block')
  if (chainId !== undefined) {
    if ((block as BlockContext | undefined)?.chainId !== undefined) {
      throw new InvalidArgumentError('There is both chainId and block.chainId; give one.')
    }
    read.chainId = toQuantity(chainId, 64, 'chainId')
  }
  if (hashes === undefined) return read
  const beside = blockContext({ blockHashes: hashes as Record<string, Hex> }, 'options').hashes
  const both = beside.find(([number]) => read.hashes.some(([other]) => other === number))
  if (both) throw new InvalidArgumentError(`Block ${both[0]} has a hash in blockHashes and in block.blockHashes; give one.`)
  read.hashes.push(...beside)
  return read
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
  const named = module !== undefined ? 'module' : flags.length > 0 ? 'flags' : undefined
  if (named !== undefined && !platform.gpuModule) {
    throw new InvalidArgumentError(`gpu.${named} is only for Node; here WebGPU is the runtime's own: leave it out.`)
  }
  if (typeof defaultLimits !== 'boolean') {
    throw new InvalidArgumentError(`gpu.defaultLimits is ${show(defaultLimits)}; give true or false.`)
  }
  if (!platform.workers && options.workers !== undefined && toCount(options.workers, 1, 'workers') > 1) {
    throw new InvalidArgumentError(`workers is ${show(options.workers)}; there are none here: leave it out.`)
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
    hardfork: (options.hardfork ?? '') as string,
  }
}

/** Checks the options of `createEngine`. */
export function checkOptions(options: unknown, platform: Platform): CheckedOptions {
  const given = known(options, 'options', OPTION_KEYS)
  const { hardfork, worker: script } = given
  if (hardfork !== undefined && typeof hardfork !== 'string') {
    throw new InvalidArgumentError(`hardfork is ${show(hardfork)}; give a name.`)
  }
  if (script !== undefined && typeof script !== 'string' && !(script instanceof URL)) {
    throw new InvalidArgumentError(`worker is ${show(script)}; give a URL.`)
  }
  const programs = new Programs()
  return {
    open: openRequest(given, platform),
    script,
    signal: liveSignal(given.signal, 'signal'),
    defaults: {
      programs,
      accounts: stateAccounts(given.state as State | undefined, 'state', programs),
      block: defaultBlock(given.block, given.chainId, given.blockHashes),
      hardfork: hardfork ?? '',
    },
  }
}
