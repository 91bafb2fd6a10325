// The parameters of a batch call, checked whole and made into what the engine's worker takes.

import { callsFromColumns, callsFromObjects } from './calls.js'
import type { Call, CallColumns, NamedCall } from './calls.js'
import type { Checked } from './abi.js'
import type { Document } from './document.js'
import { documentText } from './document-text.js'
import { InvalidArgumentError } from './errors.js'
import { show, toAddressBytes, toQuantity } from './hex.js'
import type { Address, Quantity } from './hex.js'
import type { Defaults } from './open.js'
import { known, liveSignal, oneOf } from './options.js'
import type { BlockContext, BlockOverrides, Keep, Level, Progress, State, StateOverrides } from './options.js'
import type { WireBatch } from './protocol.js'
import { blockContext, blockOverridden, overridden, Programs, stateAccounts } from './state.js'
import { callsFromTemplate } from './template.js'
import type { CallTemplate } from './template.js'

/** Calls as they can be given: one by one, as columns, as a template, or as a document. */
export type Calls = readonly (Call | NamedCall)[] | CallColumns | CallTemplate | Document

/** Calls with the arguments of those by function held to their ABI. */
export type CheckedCalls<C> = C extends readonly unknown[] ? { readonly [K in keyof C]: Checked<C[K]> } : C

/** How a run is watched and stopped, and what is kept of it. */
export interface RunOptions {
  /** What is kept of each call; `all` where it is left out. */
  keep?: Keep
  /** Whether to count which blocks and branches of which program calls come to: `result.coverage`. */
  coverage?: boolean
  /** Hears how far the batch is. */
  onProgress?: (progress: Progress) => void
  /** Stops the batch: the promise is rejected with an `AbortError` that holds what was finished. */
  signal?: AbortSignal
}

/** Parameters of `simulateCalls`. Give `calls` or `template`. */
export interface SimulateCallsParameters<C extends Calls = Calls> extends RunOptions {
  /** CALLER of calls that name none; the zero address where it is left out. */
  account?: Address
  /**
   * The calls: one by one, as columns, as a template (the same as `template`), or a document. A document says itself what its state, block, fork and level are, so
   * that nothing of those stands beside it.
   */
  calls?: C & CheckedCalls<C>
  /** One call whose fields vary. */
  template?: CallTemplate
  /** The state that every call starts from; the engine's where it is left out. */
  state?: State
  /** What calls find in another way than the state says: viem's array or ox's map. */
  stateOverrides?: StateOverrides
  /**
   * What an account that the state does not hold is; with `unknown`, touching it ends the call as
   * `missing_state`; that holds for the caller and the account called, too.
   */
  missingState?: 'empty' | 'unknown'
  /** The block; the engine's where it is left out. */
  block?: BlockContext
  /** What calls find in another way than the block says, by ox's names. */
  blockOverrides?: BlockOverrides
  /** The fork's name; the engine's where it is left out. */
  hardfork?: string
  /** What a call goes through; `frame` where it is left out. */
  level?: Level
  /** Most instructions a call may execute before it ends as `step_limit`. */
  maxSteps?: Quantity
}

/** How a run is watched and stopped, checked. @internal */
export interface Watched {
  onProgress: ((progress: Progress) => void) | undefined
  signal: AbortSignal | undefined
  keep: Keep
  coverage: boolean
}

/** A batch or a document ready to be sent, and how it is watched. @internal */
export type PreparedRun = Watched & ({ batch: WireBatch; document: undefined } | { batch: undefined; document: string })

/** Names of the parameters of a run. @internal */
export const RUN_KEYS = ['keep', 'coverage', 'onProgress', 'signal'] as const

const CALL_KEYS = ['account', 'calls', 'template'] as const
const PLACE_KEYS = [
  'state',
  'stateOverrides',
  'missingState',
  'block',
  'blockOverrides',
  'hardfork',
  'level',
  'maxSteps',
] as const
const KEYS = [...CALL_KEYS, ...PLACE_KEYS, ...RUN_KEYS] as const

/** Most calls of one batch. */
const MOST_CALLS = 2 ** 28

/** Checks how a run is watched. @internal */
export function watched(given: Partial<Record<(typeof RUN_KEYS)[number], unknown>>): Watched {
  const signal = liveSignal(given.signal, 'signal')
  const { onProgress, coverage = false } = given
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new InvalidArgumentError(`onProgress is ${show(onProgress)}; give a function.`)
  }
  if (typeof coverage !== 'boolean') throw new InvalidArgumentError(`coverage is ${show(coverage)}; give true or false.`)
  return {
    signal,
    onProgress: onProgress as Watched['onProgress'],
    keep: oneOf(given.keep ?? 'all', 'keep', ['all', 'return', 'status', 'summary']),
    coverage,
  }
}

function isDocument(calls: unknown): calls is Document {
  return typeof calls === 'object' && calls !== null && !Array.isArray(calls) && 'lanevm' in calls
}

const GENERATORS = ['range', 'list', 'column', 'random'] as const

/** Whether calls are a template: they have what only a template has. */
function isTemplate(calls: unknown): boolean {
  if (typeof calls !== 'object' || calls === null || Array.isArray(calls) || isDocument(calls)) return false
  const of = calls as Record<string, unknown>
  const generated = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && GENERATORS.some((key) => key in value)
  return ['fields', 'axes', 'seed', 'columns'].some((key) => of[key] !== undefined) || [of['account'], of['value'], of['gas']].some(generated)
}

/** The parameters, with calls that are a template where templates stand. */
function withTemplate<G extends Partial<Record<'calls' | 'template', unknown>>>(given: G): G {
  if (given.template !== undefined || !isTemplate(given.calls)) return given
  return { ...given, calls: undefined, template: given.calls }
}

/** Checks the parameters and lays the calls out. @internal */
export function prepareRun(parameters: unknown, defaults: Defaults): PreparedRun {
  const given = withTemplate(known(parameters, 'parameters', KEYS))
  const watch = watched(given)
  if (isDocument(given.calls)) {
    const beside = (['account', 'template', ...PLACE_KEYS] as const).find((key) => given[key] !== undefined)
    if (beside !== undefined) {
      throw new InvalidArgumentError(`parameters.${beside} stands beside a document, which says it itself; leave it out.`)
    }
    return { ...watch, batch: undefined, document: documentText(given.calls, 'calls') }
  }
  return { ...watch, batch: batchOf(given, watch, defaults), document: undefined }
}

/** Lays calls out as a batch. @internal */
export function batchOf(
  given: Partial<Record<(typeof CALL_KEYS)[number] | (typeof PLACE_KEYS)[number], unknown>>,
  watch: Watched,
  defaults: Defaults,
): WireBatch {
  const hardfork = given.hardfork ?? defaults.hardfork
  if (typeof hardfork !== 'string') throw new InvalidArgumentError(`hardfork is ${show(hardfork)}; give a name.`)
  const level = oneOf(given.level ?? 'frame', 'level', ['frame', 'call', 'transaction'])
  const { calls, template } = withTemplate(given)
  const account = given.account ?? `0x${'00'.repeat(20)}`
  const accountBytes = toAddressBytes(account, 'account')
  const programs = new Programs(given.state === undefined ? defaults.programs : undefined)
  if ((calls === undefined) === (template === undefined)) {
    throw new InvalidArgumentError('Give either calls or template.')
  }
  const part =
    template !== undefined
      ? callsFromTemplate(template, account, level, programs)
      : {
          ...(Array.isArray(calls)
            ? callsFromObjects(calls, accountBytes, level, programs)
            : callsFromColumns(calls, accountBytes, level, programs)),
          template: undefined,
        }
  if (part.count > MOST_CALLS) {
    throw new InvalidArgumentError(`${part.count} calls are more than the ${MOST_CALLS} that one batch can hold.`, {
      metaMessages: ['Split the batch.'],
    })
  }
  const accounts =
    given.state === undefined ? defaults.accounts : stateAccounts(given.state as State, 'state', programs)
  const block = given.block === undefined ? defaults.block : blockContext(given.block as BlockContext, 'block')
  return {
    ...part,
    hardfork,
    level,
    maxSteps: given.maxSteps === undefined ? undefined : toQuantity(given.maxSteps, 64, 'maxSteps'),
    partial: oneOf(given.missingState ?? 'empty', 'missingState', ['empty', 'unknown']) === 'unknown',
    keep: watch.keep,
    coverage: watch.coverage,
    accounts: overridden(accounts, given.stateOverrides, 'stateOverrides', programs),
    block: blockOverridden(block, given.blockOverrides, 'blockOverrides'),
    programs: programs.list,
  }
}

/** The large buffers of a batch, each once: moving small ones costs more than copying them. @internal */
export function transfers(batch: WireBatch): ArrayBuffer[] {
  const { columns } = batch
  const parts = [batch.to, batch.create, batch.code, batch.transaction, ...(columns ? Object.values(columns) : [])]
  const buffers = parts.map((part) => part.buffer).filter((buffer) => buffer.byteLength > 4096)
  return [...new Set(buffers)]
}
