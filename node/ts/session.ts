// Lanes that carry what a call changed to the next. The engine keeps what they carry; here is only which runs they make.

import { RUN_KEYS, watched } from './batch.js'
import type { Calls, SimulateCallsParameters, Watched } from './batch.js'
import { InvalidArgumentError } from './errors.js'
import { show, toAddressBytes, toCount } from './hex.js'
import type { Address } from './hex.js'
import type { Defaults } from './open.js'
import { known } from './options.js'
import type { BlockContext, BlockOverrides, Level, State, StateOverrides } from './options.js'
import type { BatchResult } from './result.js'
import { blockContext, blockOverridden, overridden, Programs, stateAccounts } from './state.js'

/** Options of a session. */
export interface SessionOptions {
  /** CALLER of calls that name none. */
  account?: Address
  /** The state that every lane begins with; the engine's where it is left out. */
  state?: State
  /** What lanes find in another way than the state says. */
  stateOverrides?: StateOverrides
  /** The block of runs that bring none; the engine's where it is left out. */
  block?: BlockContext
  /** What calls find in another way than the block says. */
  blockOverrides?: BlockOverrides
  /** The fork of runs that name none; the engine's where it is left out. */
  hardfork?: string
  /** The level of runs that name none; `call` where it is left out. */
  level?: Level
}

/** Parameters of a session's run: one call for each lane. */
export type SessionRunParameters<C extends Calls = Calls> = Omit<
  SimulateCallsParameters<C>,
  'state' | 'stateOverrides' | 'missingState' | 'coverage' | 'keep'
>

/** What a session asks of its engine. @internal */
export interface SessionHost {
  /** Runs a step; `ran` hears how many lanes it had, as soon as it was made. */
  run(
    watch: Watched,
    session: number,
    given: Record<string, unknown>,
    defaults: Defaults,
    ran: (lanes: number) => void,
  ): Promise<BatchResult>
  branch(session: number, lanes: number[]): Promise<number>
  /** Sees to it that what a session's lanes carry is let go of when the session is collected. */
  hold(session: Session, id: number): void
  close(session: Session, id: number): void
}

const SESSION_KEYS = ['account', 'state', 'stateOverrides', 'block', 'blockOverrides', 'hardfork', 'level'] as const
const PARAMETER_KEYS = [
  'account',
  'calls',
  'template',
  'block',
  'blockOverrides',
  'hardfork',
  'level',
  'maxSteps',
  'onProgress',
  'signal',
] as const

const FIXED = {
  state: 'Lanes have their state from the session.',
  stateOverrides: 'Lanes have their state from the session.',
  missingState: 'What a session does not hold is empty.',
  keep: 'A session needs all of what calls change.',
  coverage: 'There is no coverage of sessions.',
}

/** Lanes that carry their state on. The first run says how many there are. */
export class Session {
  readonly #id: number
  readonly #given: Partial<Record<(typeof SESSION_KEYS)[number], unknown>>
  readonly #defaults: Defaults
  readonly #host: SessionHost
  #lanes: number | undefined
  #runs = 0
  #closed = false

  /** Sessions are made by an engine. @internal */
  constructor(options: unknown, defaults: Defaults, id: number, host: SessionHost, lanes?: number) {
    const given = known(options, 'options', SESSION_KEYS)
    if (given.account !== undefined) toAddressBytes(given.account, 'account')
    const programs = new Programs(given.state === undefined ? defaults.programs : undefined)
    const accounts =
      given.state === undefined ? defaults.accounts : stateAccounts(given.state as State, 'state', programs)
    const block = given.block === undefined ? defaults.block : blockContext(given.block as BlockContext, 'block')
    this.#given = given
    this.#defaults = {
      programs,
      accounts: overridden(accounts, given.stateOverrides, 'stateOverrides', programs),
      block: blockOverridden(block, given.blockOverrides, 'blockOverrides'),
      hardfork: (given.hardfork ?? defaults.hardfork) as string,
    }
    if (typeof this.#defaults.hardfork !== 'string') {
      throw new InvalidArgumentError(`hardfork is ${show(given.hardfork)}; give a name.`)
    }
    this.#id = id
    this.#host = host
    this.#lanes = lanes
    host.hold(this, id)
  }

  /** How many lanes there are; nothing before the first run. */
  get lanes(): number | undefined {
    return this.#lanes
  }

  /** How many runs there were. */
  get runs(): number {
    return this.#runs
  }

  /**
   * Runs one call in each lane, on the state that the lane's last call left. Whatever a call comes to stands, as on a chain. A
   * lane that comes to no answer (missing state, a step limit, an aborted run) stops, and its later rows are `unfinished`.
   */
  async run<const C extends Calls = Calls>(parameters: SessionRunParameters<C>): Promise<BatchResult<C>> {
    this.#open()
    const given = known(parameters, 'parameters', PARAMETER_KEYS, FIXED)
    if (typeof given.calls === 'object' && given.calls !== null && 'lanevm' in given.calls) {
      throw new InvalidArgumentError('A document cannot be a step of a session; its own steps follow one another.')
    }
    const watch = watched({ onProgress: given.onProgress, signal: given.signal })
    const own = this.#given
    // A session that stands has its accounts already.
    const defaults = this.#lanes === undefined ? this.#defaults : { ...this.#defaults, accounts: [] }
    const calls = {
      ...given,
      account: given.account === undefined ? own.account : given.account,
      level: given.level === undefined ? (own.level ?? 'call') : given.level,
      hardfork: given.hardfork === undefined ? own.hardfork : given.hardfork,
    }
    for (const key of RUN_KEYS) delete (calls as Record<string, unknown>)[key]
    // A run that was aborted was made all the same: its lanes stand, those that ended further on.
    const result = await this.#host.run(watch, this.#id, calls, defaults, (lanes) => {
      this.#lanes = lanes
      this.#runs += 1
    })
    return result as BatchResult<C>
  }

  /** A session of its own whose lane `i` stands where lane `lanes[i]` of this one stands. One lane may become many. */
  async branch(lanes: readonly number[]): Promise<Session> {
    this.#open()
    if (this.#lanes === undefined) throw new InvalidArgumentError('The session has no lanes before its first run.')
    if (!Array.isArray(lanes)) throw new InvalidArgumentError(`lanes is ${show(lanes)}; give an array of lanes.`)
    const all = this.#lanes
    lanes.forEach((lane, index) => {
      if (toCount(lane, 0, `lanes[${index}]`) >= all) {
        throw new InvalidArgumentError(`lanes[${index}] is ${lane}; the session has ${all} lanes.`)
      }
    })
    const id = await this.#host.branch(this.#id, [...lanes])
    const { account, level, hardfork } = this.#given
    const options = Object.fromEntries(Object.entries({ account, level, hardfork }).filter(([, value]) => value !== undefined))
    return new Session(options, this.#defaults, id, this.#host, lanes.length)
  }

  /** Lets go of what the lanes carry. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#host.close(this, this.#id)
  }

  /** The same as {@link Session.close}. */
  [Symbol.dispose](): void {
    this.close()
  }

  #open(): void {
    if (this.#closed) throw new InvalidArgumentError('The session was closed.')
  }
}
