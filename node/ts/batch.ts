// The parameters of a batch call, checked whole and made into what the engine's worker takes.

import { callsFromColumns, callsFromObjects } from './calls.js'
import type { Call, CallColumns } from './calls.js'
import { InvalidArgumentError } from './errors.js'
import { show, toAddressBytes, toQuantity } from './hex.js'
import type { Address, Quantity } from './hex.js'
import { known, liveSignal, oneOf } from './options.js'
import type { BlockContext, EngineOptions, Level, Progress, State } from './options.js'
import type { WireBatch } from './protocol.js'
import { blockContext, Programs, stateAccounts } from './state.js'
import { callsFromTemplate } from './template.js'
import type { CallTemplate } from './template.js'

/** Parameters of `simulateCalls`. Give `calls` or `template`. */
export interface SimulateCallsParameters {
  /** CALLER of calls that name none; the zero address where it is left out. */
  account?: Address
  /** The calls, one by one or as columns. */
  calls?: readonly Call[] | CallColumns
  /** One call whose fields vary. */
  template?: CallTemplate
  /** The state that every call starts from; the engine's where it is left out. */
  state?: State
  /**
   * What an account that the state does not hold is; with `unknown`, touching it ends the call as
   * `missing_state`; that holds for the caller and the account called, too.
   */
  missingState?: 'empty' | 'unknown'
  /** The block; the engine's where it is left out. */
  block?: BlockContext
  /** The fork's name; the engine's where it is left out. */
  hardfork?: string
  /** What a call goes through; `frame` where it is left out. */
  level?: Level
  /** Most instructions a call may execute before it ends as `step_limit`. */
  maxSteps?: Quantity
  /** Hears how far the batch is. */
  onProgress?: (progress: Progress) => void
  /** Stops the batch: the promise is rejected with an `AbortError` that holds what was finished. */
  signal?: AbortSignal
}

/** A batch ready to be sent, and how it is watched. */
export interface PreparedBatch {
  batch: WireBatch
  onProgress: ((progress: Progress) => void) | undefined
  signal: AbortSignal | undefined
}

const KEYS = [
  'account',
  'calls',
  'template',
  'state',
  'missingState',
  'block',
  'hardfork',
  'level',
  'maxSteps',
  'onProgress',
  'signal',
] as const

const LATER = {
  stateOverrides: 'Give the whole state as `state`.',
  blockOverrides: 'Give the whole block as `block`.',
  keep: 'Every batch keeps all of its outcomes in this version.',
  coverage: 'There is no coverage in this version.',
}

/** Most calls of one batch. */
const MOST_CALLS = 2 ** 28

/** Checks the parameters and lays the batch out. */
export function prepareBatch(parameters: unknown, defaults: EngineOptions): PreparedBatch {
  const given = known(parameters, 'parameters', KEYS, LATER)
  const signal = liveSignal(given.signal, 'signal')
  const { onProgress } = given
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new InvalidArgumentError(`onProgress is ${show(onProgress)}; give a function.`)
  }
  const hardfork = given.hardfork ?? defaults.hardfork ?? ''
  if (typeof hardfork !== 'string') throw new InvalidArgumentError(`hardfork is ${show(hardfork)}; give a name.`)
  const level = oneOf(given.level ?? 'frame', 'level', ['frame', 'call', 'transaction'])
  const account = given.account ?? `0x${'00'.repeat(20)}`
  const accountBytes = toAddressBytes(account, 'account')
  const programs = new Programs()
  if ((given.calls === undefined) === (given.template === undefined)) {
    throw new InvalidArgumentError('Give either calls or template.')
  }
  const part =
    given.template !== undefined
      ? callsFromTemplate(given.template, account, level, programs)
      : {
          ...(Array.isArray(given.calls)
            ? callsFromObjects(given.calls, accountBytes, level, programs)
            : callsFromColumns(given.calls, accountBytes, level, programs)),
          template: undefined,
        }
  if (part.count > MOST_CALLS) {
    throw new InvalidArgumentError(`${part.count} calls are more than the ${MOST_CALLS} that one batch can hold.`, {
      metaMessages: ['Split the batch.'],
    })
  }
  const accounts =
    given.state === undefined
      ? stateAccounts(defaults.state, 'engine state', programs)
      : stateAccounts(given.state as State, 'state', programs)
  return {
    onProgress: onProgress as PreparedBatch['onProgress'],
    signal,
    batch: {
      ...part,
      hardfork,
      level,
      maxSteps: given.maxSteps === undefined ? undefined : toQuantity(given.maxSteps, 64, 'maxSteps'),
      partial: oneOf(given.missingState ?? 'empty', 'missingState', ['empty', 'unknown']) === 'unknown',
      accounts,
      block: blockContext((given.block ?? defaults.block) as BlockContext | undefined, 'block'),
      programs: programs.list,
    },
  }
}

/** The large buffers of a batch, each once: moving small ones costs more than copying them. */
export function transfers(batch: WireBatch): ArrayBuffer[] {
  const { columns } = batch
  const parts = [batch.to, batch.create, batch.code, batch.transaction, ...(columns ? Object.values(columns) : [])]
  const buffers = parts.map((part) => part.buffer).filter((buffer) => buffer.byteLength > 4096)
  return [...new Set(buffers)]
}
