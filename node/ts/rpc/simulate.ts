// eth_simulateV1: blocks of calls, each on the state that the one before left. Blocks have no hash and no roots here: there is
// no chain behind them.

import { DEFAULT_GAS } from '../calls.js'
import { show, toHex, toQuantity } from '../hex.js'
import type { Hex } from '../hex.js'
import { known } from '../options.js'
import type { BlockContext } from '../options.js'
import type { WireBlock, WireFork } from '../protocol.js'
import type { Row } from '../result.js'
import { blockOverridden, overridden, Programs, stateAccounts } from '../state.js'
import { ProviderRpcError, wrong } from './error.js'
import { failure, refusal } from './failure.js'
import { Ledger } from './ledger.js'
import { quantity, readBlockOverrides, readFlag, readStateOverrides, reading, readTransaction, refused } from './params.js'
import type { Runner } from './transport.js'

/** Most blocks of a request, those between two that it names too. */
const MOST_BLOCKS = 256n

/** Seconds from a block to the next. */
const SLOT = 12n

const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`
/** keccak-256 of the RLP of an empty list: what a block without uncles says. */
const NO_UNCLES: Hex = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'

const big = (bytes: Uint8Array): bigint => BigInt(toHex(bytes))

/** A block as nodes answer with it. */
export function blockObject(block: WireBlock, fork: WireFork, gasUsed = 0n): Record<string, unknown> {
  const number = big(block.number)
  const parent = block.hashes.find(([known]) => known === number - 1n)
  return {
    number: quantity(number),
    hash: null,
    parentHash: parent ? toHex(parent[1]) : ZERO_HASH,
    nonce: '0x0000000000000000',
    sha3Uncles: NO_UNCLES,
    logsBloom: `0x${'00'.repeat(256)}`,
    transactionsRoot: ZERO_HASH,
    stateRoot: ZERO_HASH,
    receiptsRoot: ZERO_HASH,
    miner: toHex(block.coinbase),
    difficulty: quantity(big(block.difficulty)),
    totalDifficulty: quantity(big(block.difficulty)),
    mixHash: toHex(block.prevRandao),
    extraData: '0x',
    size: '0x0',
    gasLimit: quantity(block.gasLimit),
    gasUsed: quantity(gasUsed),
    timestamp: quantity(big(block.timestamp)),
    ...(fork.baseFee ? { baseFeePerGas: quantity(block.baseFee) } : {}),
    ...(fork.blobs ? { excessBlobGas: quantity(block.excessBlobGas), blobGasUsed: '0x0' } : {}),
    transactions: [],
    uncles: [],
    ...(fork.withdrawals ? { withdrawals: [] } : {}),
  }
}

/** A block as the package's own options have it. */
function context(block: WireBlock): BlockContext {
  return {
    number: big(block.number),
    time: big(block.timestamp),
    feeRecipient: toHex(block.coinbase),
    gasLimit: block.gasLimit,
    baseFeePerGas: block.baseFee,
    difficulty: big(block.difficulty),
    prevRandao: toHex(block.prevRandao),
    chainId: block.chainId,
    excessBlobGas: block.excessBlobGas,
    blockHashes: Object.fromEntries(block.hashes.map(([number, hash]) => [String(number), toHex(hash)])),
  }
}

function callResult(row: Row, number: Hex, place: { transaction: number; log: number }): Record<string, unknown> {
  const logs = row.status === 'success' ? row.logs : []
  const { code, message, data } = row.status === 'success' ? ({} as Partial<ProviderRpcError>) : failure(row, -32015)
  return {
    returnData: row.data,
    gasUsed: quantity(row.gasUsed),
    status: row.status === 'success' ? '0x1' : '0x0',
    logs: logs.map((log) => ({
      address: log.address,
      topics: log.topics,
      data: log.data,
      blockNumber: number,
      blockHash: null,
      transactionHash: null,
      transactionIndex: quantity(place.transaction),
      logIndex: quantity(place.log + log.logIndex),
      removed: false,
    })),
    ...(code === undefined ? {} : { error: { code, message, ...(data === undefined ? {} : { data }) } }),
  }
}

/** Where simulated blocks begin. */
export interface Beginning {
  ledger: Ledger
  block: WireBlock
  hardfork: string
  fork: WireFork
}

/** Answers eth_simulateV1. */
export async function simulate(value: unknown, runner: Runner, { ledger, block, hardfork, fork }: Beginning): Promise<unknown[]> {
  const path = 'eth_simulateV1 params[0]'
  const given = reading(() =>
    known(value, path, ['blockStateCalls', 'validation', 'traceTransfers', 'returnFullTransactions']),
  )
  if (readFlag(given.traceTransfers, `${path}.traceTransfers`)) throw wrong(`${path}.traceTransfers is not supported: transfers are in no log.`)
  if (readFlag(given.returnFullTransactions, `${path}.returnFullTransactions`)) {
    throw wrong(`${path}.returnFullTransactions is not supported.`)
  }
  if (!Array.isArray(given.blockStateCalls)) {
    throw wrong(`${path}.blockStateCalls is ${show(given.blockStateCalls)}; give an array.`)
  }
  const validation = readFlag(given.validation, `${path}.validation`)
  const first = big(block.number)
  const results: unknown[] = []
  let now = block
  let state = ledger
  for (const [index, item] of given.blockStateCalls.entries()) {
    const where = `${path}.blockStateCalls[${index}]`
    const { blockOverrides, stateOverrides, calls = [] } = reading(() =>
      known(item, where, ['blockOverrides', 'stateOverrides', 'calls']),
    )
    if (!Array.isArray(calls)) throw wrong(`${where}.calls is ${show(calls)}; give an array.`)
    const overrides = readBlockOverrides(blockOverrides, `${where}.blockOverrides`)
    const before = { number: big(now.number), time: big(now.timestamp) }
    const number = reading(() => toQuantity(overrides?.number ?? before.number + 1n, 64, `${where}.blockOverrides.number`))
    if (number <= before.number) {
      throw new ProviderRpcError(-38020, `${where}: block ${number} does not follow block ${before.number}.`)
    }
    if (number - first > MOST_BLOCKS) {
      throw new ProviderRpcError(-38026, `${where}: block ${number} is more than ${MOST_BLOCKS} blocks away.`)
    }
    const next = (number: bigint, time: bigint): WireBlock =>
      blockOverridden({ ...now, ...(validation ? {} : { baseFee: 0n }) }, { number, time }, where)
    for (let between = before.number + 1n; between < number; between++) {
      now = next(between, big(now.timestamp) + SLOT)
      results.push({ ...blockObject(now, fork), calls: [] })
    }
    const time = reading(() => toQuantity(overrides?.time ?? big(now.timestamp) + SLOT, 64, `${where}.blockOverrides.time`))
    if (time <= big(now.timestamp)) {
      throw new ProviderRpcError(-38021, `${where}: time ${time} does not follow ${big(now.timestamp)}.`)
    }
    now = reading(() => blockOverridden(next(number, time), overrides, `${where}.blockOverrides`))
    state = reading(() => {
      const programs = new Programs()
      const accounts = stateAccounts(state.state(), 'state', programs)
      const set = readStateOverrides(stateOverrides, `${where}.stateOverrides`)
      return Ledger.of(overridden(accounts, set, `${where}.stateOverrides`, programs), programs.list)
    })
    let gasUsed = 0n
    const place = { transaction: 0, log: 0 }
    const rows: unknown[] = []
    for (const [at, transaction] of calls.entries()) {
      const left = now.gasLimit - gasUsed
      const most = validation && fork.gasCap && left > DEFAULT_GAS ? DEFAULT_GAS : left
      const call = readTransaction(transaction, `${where}.calls[${at}]`, most)
      if ((call.gas as bigint) > left) {
        throw new ProviderRpcError(-38015, `${where}.calls[${at}] asks for ${call.gas} gas; the block has ${left} left.`)
      }
      const row = await only(runner, {
        calls: [call],
        level: validation ? 'transaction' : 'call',
        state: state.state(),
        block: context(now),
        ...(hardfork === '' ? {} : { hardfork }),
      })
      const refusedAs = refusal(row)
      if (refusedAs) throw new ProviderRpcError(refusedAs.code, `${where}.calls[${at}]: ${refusedAs.message}`)
      state.apply(row.stateChanges)
      gasUsed += row.gasUsed
      rows.push(callResult(row, quantity(number), place))
      place.transaction += 1
      place.log += row.status === 'success' ? row.logs.length : 0
    }
    results.push({ ...blockObject(now, fork, gasUsed), calls: rows })
  }
  return results
}

async function only(runner: Runner, parameters: object): Promise<Row> {
  try {
    const result = await runner.simulateCalls(parameters)
    result.release()
    return result.at(0)
  } catch (error) {
    throw refused(error)
  }
}
