// Requests of Ethereum's JSON-RPC, answered from the engine's own state and block. Calls that are asked for at the same time
// run as one batch. What a node keeps beyond one state and one block, there is not.

import { DEFAULT_GAS } from '../calls.js'
import type { Call } from '../calls.js'
import { show, toHex, toQuantity } from '../hex.js'
import type { Hex } from '../hex.js'
import type { Defaults } from '../open.js'
import { known } from '../options.js'
import type { BlockOverrides, StateOverrides } from '../options.js'
import type { WireFork } from '../protocol.js'
import type { BatchResult } from '../result.js'
import type { TraceLine } from '../trace.js'
import { VERSION } from '../version.js'
import { ProviderRpcError, wrong } from './error.js'
import { estimate } from './estimate.js'
import { answer, failure, refusal, wantsGas } from './failure.js'
import { Ledger, slotHex } from './ledger.js'
import {
  quantity,
  readAddress,
  readBlockOverrides,
  readFlag,
  reading,
  readParams,
  readStateOverrides,
  readTransaction,
  refused,
  rpcError,
} from './params.js'
import { blockObject, simulate } from './simulate.js'
import { StructLogs } from './struct-logs.js'

/** A request, as EIP-1193 has it. */
export interface RequestArguments {
  readonly method: string
  readonly params?: readonly unknown[] | object
}

/** What the transport needs of an engine. @internal */
export interface Runner {
  simulateCalls(parameters: any): Promise<BatchResult>
  trace(result: BatchResult, index: number, options?: { maxSteps?: number }): AsyncIterable<TraceLine>
}

/** What a call finds in another way. */
export interface Overrides {
  stateOverrides?: StateOverrides | undefined
  blockOverrides?: BlockOverrides | undefined
}

interface Waiting {
  call: Call
  resolve(data: Hex): void
  reject(error: unknown): void
}

const TAGS = ['latest', 'pending', 'safe', 'finalized']

/** Most steps of a trace that names no limit. */
const DEFAULT_STEPS = 200_000
/** Most steps of a trace that names one. */
const MOST_STEPS = 5_000_000

/** Answers requests. @internal */
export class Transport {
  readonly #runner: Runner
  readonly #defaults: Defaults
  readonly #fork: WireFork
  #ledger: Ledger | undefined
  /** Calls without overrides that wait for the end of this turn. */
  #waiting: Waiting[] = []

  constructor(runner: Runner, defaults: Defaults, fork: WireFork) {
    this.#runner = runner
    this.#defaults = defaults
    this.#fork = fork
  }

  /** Answers a request. Whatever it is refused with is a `ProviderRpcError`. */
  async request(args: unknown): Promise<unknown> {
    try {
      return await this.#answer(args)
    } catch (error) {
      throw rpcError(error)
    }
  }

  async #answer(args: unknown): Promise<unknown> {
    if (typeof args !== 'object' || args === null || typeof (args as RequestArguments).method !== 'string') {
      throw new ProviderRpcError(-32600, `The request is ${show(args)}; give { method, params }.`)
    }
    const { method, params } = args as RequestArguments
    switch (method) {
      case 'eth_call':
        return this.#call(readParams(params, method, 4))
      case 'eth_estimateGas':
        return this.#estimate(readParams(params, method, 4))
      case 'eth_simulateV1':
        return this.#simulate(readParams(params, method, 2))
      case 'debug_traceCall':
        return this.#trace(readParams(params, method, 3))
      case 'eth_chainId':
        readParams(params, method, 0)
        return quantity(this.#defaults.block.chainId)
      case 'net_version':
        readParams(params, method, 0)
        return String(this.#defaults.block.chainId)
      case 'eth_blockNumber':
        readParams(params, method, 0)
        return quantity(this.#number)
      case 'eth_gasPrice':
        readParams(params, method, 0)
        return quantity(this.#defaults.block.baseFee)
      case 'eth_accounts':
        readParams(params, method, 0)
        return []
      case 'web3_clientVersion':
        readParams(params, method, 0)
        return `lanevm/${VERSION}`
      case 'eth_getBlockByNumber': {
        const [tag] = readParams(params, method, 2)
        return this.#isHere(tag) ? blockObject(this.#defaults.block, this.#fork) : null
      }
      case 'eth_getBalance':
      case 'eth_getTransactionCount':
      case 'eth_getCode': {
        const [address, tag] = readParams(params, method, 2)
        this.#here(tag, `${method} params[1]`)
        const account = readAddress(address, `${method} params[0]`)
        if (method === 'eth_getCode') return this.#accounts.code(account)
        return quantity(method === 'eth_getBalance' ? this.#accounts.balance(account) : this.#accounts.nonce(account))
      }
      case 'eth_getStorageAt': {
        const [address, slot, tag] = readParams(params, method, 3)
        this.#here(tag, `${method} params[2]`)
        const key = reading(() => slotHex(slot, `${method} params[1]`))
        return this.#accounts.slot(readAddress(address, `${method} params[0]`), key)
      }
      default:
        throw new ProviderRpcError(-32601, `The method ${method} does not exist here.`)
    }
  }

  get #number(): bigint {
    return BigInt(toHex(this.#defaults.block.number))
  }

  get #accounts(): Ledger {
    return (this.#ledger ??= Ledger.of(this.#defaults.accounts, this.#defaults.programs.list))
  }

  /** Whether a tag or number means the engine's one block. */
  #isHere(tag: unknown): boolean {
    if (tag === undefined || tag === null || TAGS.includes(tag as string)) return true
    if (tag === 'earliest') return this.#number === 0n
    return reading(() => toQuantity(tag, 64, 'the block')) === this.#number
  }

  #here(tag: unknown, path: string): void {
    if (typeof tag === 'object' && tag !== null) {
      const given = reading(() => known(tag, path, ['blockNumber', 'requireCanonical']))
      this.#here(given.blockNumber, `${path}.blockNumber`)
      return
    }
    if (!this.#isHere(tag)) {
      throw wrong(`${path} is ${show(tag)}; the engine has one block, ${quantity(this.#number)}, which is also the latest.`)
    }
  }

  #overrides(params: unknown[], method: string): Overrides {
    return {
      stateOverrides: readStateOverrides(params[2], `${method} params[2]`),
      blockOverrides: readBlockOverrides(params[3], `${method} params[3]`),
    }
  }

  #transaction(value: unknown, path: string): Call {
    return readTransaction(value, path, this.#defaults.block.gasLimit)
  }

  async #call(params: unknown[]): Promise<Hex> {
    this.#here(params[1], 'eth_call params[1]')
    const call = this.#transaction(params[0], 'eth_call params[0]')
    const overrides = this.#overrides(params, 'eth_call')
    if (overrides.stateOverrides || overrides.blockOverrides) {
      const result = await this.#run([call], overrides, 'return')
      return answer(result, 0)
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call, resolve, reject })
      // Calls of the same turn, and of promises that it settles, go together.
      if (this.#waiting.length === 1) setTimeout(() => void this.#flush(), 0)
    })
  }

  /** Runs the calls that wait as one batch. */
  async #flush(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    try {
      const result = await this.#run(waiting.map(({ call }) => call), {}, 'return')
      waiting.forEach(({ resolve, reject }, index) => {
        try {
          resolve(answer(result, index))
        } catch (error) {
          reject(error)
        }
      })
    } catch (error) {
      if (waiting.length === 1) return waiting[0]!.reject(error)
      // One of them is wrong: each by itself, and only that one is refused.
      for (const { call, resolve, reject } of waiting) {
        this.#run([call], {}, 'return').then((result) => resolve(answer(result, 0))).catch(reject)
      }
    }
  }

  async #run(calls: Call[], overrides: Overrides, keep: 'return' | 'all'): Promise<BatchResult> {
    const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined))
    try {
      const result = await this.#runner.simulateCalls({ calls, level: 'call', keep, ...given })
      if (keep === 'return') result.release()
      return result
    } catch (error) {
      throw refused(error)
    }
  }

  async #estimate(params: unknown[]): Promise<Hex> {
    this.#here(params[1], 'eth_estimateGas params[1]')
    const call = this.#transaction(params[0], 'eth_estimateGas params[0]')
    const overrides = this.#overrides(params, 'eth_estimateGas')
    const run = (calls: Call[]): Promise<BatchResult> => this.#run(calls, overrides, 'return')
    const cap = this.#fork.gasCap && (call.gas as bigint) > DEFAULT_GAS ? DEFAULT_GAS : (call.gas as bigint)
    const refuse = (result: BatchResult): void => {
      const row = result.at(0)
      if (wantsGas(row)) throw new ProviderRpcError(-32000, `gas required exceeds allowance (${cap})`, { cause: failure(row) })
      answer(result, 0)
    }
    return quantity(await estimate({ ...call, gas: cap }, run, refuse))
  }

  async #simulate(params: unknown[]): Promise<unknown> {
    this.#here(params[1], 'eth_simulateV1 params[1]')
    const { accounts, programs, block, hardfork } = this.#defaults
    return simulate(params[0], this.#runner, {
      ledger: Ledger.of(accounts, programs.list),
      block,
      hardfork,
      fork: this.#fork,
    })
  }

  async #trace(params: unknown[]): Promise<unknown> {
    const path = 'debug_traceCall params[2]'
    this.#here(params[1], 'debug_traceCall params[1]')
    const call = this.#transaction(params[0], 'debug_traceCall params[0]')
    const config = reading(() =>
      known(params[2] ?? {}, path, [
        'disableStack',
        'disableStorage',
        'disableMemory',
        'enableMemory',
        'disableReturnData',
        'enableReturnData',
        'limit',
        'stateOverrides',
        'blockOverrides',
      ]),
    )
    if (config.enableMemory || config.disableMemory === false) throw wrong(`${path}: memory is not in traces here.`)
    if (config.enableReturnData || config.disableReturnData === false) {
      throw wrong(`${path}: return data are not in traces here.`)
    }
    const disableStack = readFlag(config.disableStack, `${path}.disableStack`)
    const disableStorage = readFlag(config.disableStorage, `${path}.disableStorage`)
    const limit = config.limit === undefined ? 0 : Number(reading(() => toQuantity(config.limit, 53, `${path}.limit`)))
    if (limit > MOST_STEPS) throw wrong(`${path}.limit is ${limit}; at most ${MOST_STEPS} steps are given.`)
    const result = await this.#run(
      [call],
      {
        stateOverrides: readStateOverrides(config.stateOverrides, `${path}.stateOverrides`),
        blockOverrides: readBlockOverrides(config.blockOverrides, `${path}.blockOverrides`),
      },
      'all',
    )
    try {
      const row = result.at(0)
      if (refusal(row)) throw failure(row)
      const logs = new StructLogs((call.to ?? row.createdAddress ?? '0x').toLowerCase().slice(2), { disableStack, disableStorage })
      for await (const line of this.#runner.trace(result, 0, { maxSteps: limit || DEFAULT_STEPS })) {
        if (line.opName !== undefined) logs.push(line)
        else if (line.cut && limit === 0) {
          throw new ProviderRpcError(-32000, `the call has more than ${DEFAULT_STEPS} steps: name a limit, at most ${MOST_STEPS}`)
        }
      }
      return {
        gas: Number(row.gasUsed),
        failed: row.status !== 'success',
        returnValue: row.data,
        structLogs: logs.end(),
      }
    } finally {
      result.release()
    }
  }
}
