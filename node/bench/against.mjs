// Measures the package against @ethereumjs/evm and EDR on message calls from a JSON file (the one that bench/workloads.mjs takes), at
// 1, 100 and 100,000 calls: losses are printed like wins.
//
//   node bench/against.mjs FILE [--workers N] [--device cpu|webgpu] [--only NAME,...] [--most SECONDS]
//
// All make every call from the same state and give its return data, which must agree (EDR as `eth_call`, request by request: it
// has no other way; so its calls pay for a transaction too). Times are milliseconds, medians of up to five rounds. Where another
// would take more than SECONDS (10) for a round, it is measured on fewer calls and scaled; those numbers say from how many. Prints
// JSON: {workload: {count: {lanevm_ms, ethereumjs_ms, edr_ms, scaled_from}}}. EDR is measured where it is installed
// (npm install --no-save @nomicfoundation/edr@0.22.0, and its package for this platform).

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM } from '@ethereumjs/evm'
import { SimpleStateManager } from '@ethereumjs/statemanager'
import { Account, Address, bytesToHex, hexToBytes } from '@ethereumjs/util'

import { createEngine } from '../dist/esm/node.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    workers: { type: 'string', default: '2' },
    device: { type: 'string', default: 'cpu' },
    only: { type: 'string', default: 'tiny,erc20_transfer,uniswap_swap,fib,keccak' },
    most: { type: 'string', default: '10' },
  },
})
const COUNTS = [1, 100, 100_000]
const most = Number(values.most) * 1000
const hex = (text) => (text.startsWith('0x') ? text : `0x${text}`)
const padded = (text) => `0x${hex(text).slice(2).padStart(64, '0')}`
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1]

const { accounts, calls } = JSON.parse(readFileSync(positionals[0], 'utf8'))
const state = Object.fromEntries(
  accounts.map(({ addr, balance = '0x0', nonce = 0, code = '', storage = {} }) => [
    hex(addr),
    { balance: hex(balance), nonce, code: hex(code), state: Object.fromEntries(Object.entries(storage).map(([slot, value]) => [hex(slot), hex(value)])) },
  ]),
)

const common = new Common({ chain: Mainnet, hardfork: Hardfork.Prague })
const stateManager = new SimpleStateManager({ common })
for (const [address, { balance, nonce, code, state: storage }] of Object.entries(state)) {
  const at = new Address(hexToBytes(address))
  await stateManager.putAccount(at, new Account(BigInt(nonce), BigInt(balance)))
  if (code !== '0x') await stateManager.putCode(at, hexToBytes(code))
  for (const [slot, value] of Object.entries(storage)) await stateManager.putStorage(at, hexToBytes(padded(slot)), hexToBytes(padded(value)))
}
const evm = await createEVM({ common, stateManager })
const block = { header: { number: 0n, coinbase: new Address(new Uint8Array(20)), timestamp: 1n, difficulty: 0n, prevRandao: new Uint8Array(32), gasLimit: 30_000_000n, baseFeePerGas: 0n, getBlobGasPrice: () => 1n } }

async function one({ caller, to, data, gas }) {
  await evm.journal.checkpoint()
  await stateManager.checkpoint()
  for (const address of [caller, to, '00'.repeat(20)]) evm.journal.addAlwaysWarmAddress(hex(address), true)
  const { execResult } = await evm.runCall({
    caller: new Address(hexToBytes(hex(caller))),
    origin: new Address(hexToBytes(hex(caller))),
    to: new Address(hexToBytes(hex(to))),
    data: hexToBytes(hex(data)),
    gasLimit: BigInt(gas),
    block,
  })
  await stateManager.revert()
  await evm.journal.revert()
  evm.journal.cleanJournal?.()
  return execResult
}

const bytes = (text) => Uint8Array.from(Buffer.from(hex(text).slice(2), 'hex'))
/** EDR's provider, or nothing where it is not installed. */
async function edrProvider() {
  const found = await import('@nomicfoundation/edr').catch(() => undefined)
  if (found === undefined) return undefined
  const { default: edr } = found
  const context = new edr.EdrContext()
  await context.registerProviderFactory(edr.L1_CHAIN_TYPE, edr.l1ProviderFactory())
  return context.createProvider(
    edr.L1_CHAIN_TYPE,
    {
      allowBlocksWithSameTimestamp: false,
      allowUnlimitedContractSize: true,
      bailOnCallFailure: false,
      bailOnTransactionFailure: false,
      chainId: 1n,
      coinbase: new Uint8Array(20),
      defaultTransactionGasLimit: 16_000_000n,
      genesisState: [
        ...edr.l1GenesisState(edr.l1HardforkFromString('prague')),
        ...accounts.map(({ addr, balance = '0x0', nonce = 0, code = '', storage = {} }) => ({
          address: bytes(addr),
          balance: BigInt(hex(balance)),
          nonce: BigInt(nonce),
          code: bytes(code),
          storage: Object.entries(storage).map(([index, value]) => ({ index: BigInt(hex(index)), value: BigInt(hex(value)) })),
        })),
      ],
      hardfork: 'prague',
      initialBaseFeePerGas: 0n,
      minGasPrice: 0n,
      mining: { autoMine: true, blockGasLimit: 30_000_000n, memPool: { order: 'Priority' } },
      network: { genesisBlockGasLimit: 30_000_000n, genesisBlockTime: 1n },
      networkId: 1n,
      observability: {},
      ownedAccounts: [],
      precompileOverrides: [],
      transactionGasCap: false,
    },
    { enable: false, decodeConsoleLogInputsCallback: () => [], printLineCallback: () => {} },
    { subscriptionCallback: () => {} },
    new edr.ContractDecoder(),
  )
}

const provider = await edrProvider()

async function asked({ caller, to, data }) {
  const params = [{ from: hex(caller), to: hex(to), data: hex(data), gas: '0xf42400' }, 'latest']
  const response = await provider.handleRequest(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_call', params }))
  const found = typeof response.data === 'string' ? JSON.parse(response.data) : response.data
  if (found.error) throw new Error(found.error.message)
  return found.result
}

const engine = await createEngine({ device: values.device, workers: Number(values.workers), hardfork: 'Prague', state })
const found = {}
for (const call of calls.filter(({ name }) => values.only.split(',').includes(name))) {
  const { name, caller, to, data, gas } = call
  const batch = (count) => ({ keep: 'return', calls: { count, account: hex(caller), to: hex(to), data: hex(data), gas: BigInt(gas) } })
  const ours = async (count) => {
    const begun = performance.now()
    const result = await engine.simulateCalls(batch(count))
    const last = result.at(count - 1)
    result.release()
    return [performance.now() - begun, last]
  }
  const others = Object.entries({ ethereumjs: () => one(call), ...(provider ? { edr: () => asked(call) } : {}) })
  const theirs = async (make, count) => {
    const begun = performance.now()
    let last
    for (let index = 0; index < count; index++) last = await make()
    return [performance.now() - begun, last]
  }
  const [, mine] = await ours(1)
  const other = await one(call)
  if (mine.data !== bytesToHex(other.returnValue) || mine.gasUsed !== other.executionGasUsed) {
    throw new Error(`${name}: ${mine.data}, ${mine.gasUsed} gas, where the other has ${bytesToHex(other.returnValue)}, ${other.executionGasUsed}`)
  }
  const edrSays = provider ? await asked(call) : mine.data
  if (edrSays !== mine.data) throw new Error(`${name}: ${mine.data}, where EDR has ${edrSays}`)
  // All are warm before they are measured.
  await ours(100)
  const shown = (ms) => Number(ms.toPrecision(3))
  found[name] = {}
  for (const count of COUNTS) {
    const rounds = count > 100 ? 3 : 5
    const own = []
    for (let round = 0; round < rounds; round++) own.push((await ours(count))[0])
    found[name][count] = { lanevm_ms: shown(median(own)) }
    for (const [other, make] of others) {
      const [warm] = await theirs(make, 20)
      const few = Math.max(1, Math.min(count, Math.floor((most / warm) * 20)))
      const their = []
      for (let round = 0; round < (count > 100 ? 1 : 5); round++) their.push(((await theirs(make, few))[0] * count) / few)
      found[name][count][`${other}_ms`] = shown(median(their))
      if (few < count) found[name][count].scaled_from = { ...found[name][count].scaled_from, [other]: few }
    }
  }
}
await engine.destroy()
console.log(JSON.stringify({ device: engine.info.device, adapter: engine.info.adapter, workloads: found }, undefined, 1))
