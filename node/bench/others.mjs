// Who is measured: the package, @ethereumjs/evm and EDR, each as something that makes one call, or the same call many times,
// from the same state. It measures nothing. Each is imported when it is first made, so that the import can be measured too.

import { readFileSync } from 'node:fs'

const hex = (text) => (text.startsWith('0x') ? text : `0x${text}`)
const word = (text) => `0x${hex(text).slice(2).padStart(64, '0')}`
const GAS = 16_000_000n

/** Accounts and calls of a file, with 0x. */
export function workloads(path) {
  const { accounts, calls } = JSON.parse(readFileSync(path, 'utf8'))
  return {
    accounts: accounts.map(({ addr, balance = '0x0', nonce = 0, code = '', storage = {} }) => ({
      address: hex(addr),
      balance: BigInt(hex(balance)),
      nonce: BigInt(nonce),
      code: hex(code),
      storage: Object.entries(storage).map(([slot, value]) => [word(slot), word(value)]),
    })),
    calls: calls.map(({ name, caller, to, data }) => ({ name, caller: hex(caller), to: hex(to), data: hex(data) })),
  }
}

/** What makes calls one after another makes many so. */
const oneByOne = (one) => async (call, count, keep) => {
  let last
  for (let index = 0; index < count; index++) {
    last = await one(call)
    keep?.push(last)
  }
  return last
}

async function lanevm({ accounts }, { device, workers }) {
  const { createEngine } = await import('../dist/esm/node.js')
  const state = Object.fromEntries(
    accounts.map(({ address, balance, nonce, code, storage }) => [address, { balance, nonce, code, state: Object.fromEntries(storage) }]),
  )
  const engine = await createEngine({ device, workers, hardfork: 'Prague', state })
  const many = async ({ caller, to, data }, count, keep) => {
    const result = await engine.simulateCalls({ keep: 'return', calls: { count, account: caller, to, data, gas: GAS } })
    const last = result.at(count - 1)
    if (keep) keep.push(result)
    else result.release()
    return { data: last.data, gas: last.gasUsed }
  }
  return { about: engine.info.adapter, one: (call) => many(call, 1), many, close: () => engine.destroy() }
}

async function ethereumjs({ accounts }) {
  const [{ Common, Hardfork, Mainnet }, { createEVM }, { SimpleStateManager }, { Account, Address, bytesToHex, hexToBytes }] = await Promise.all([
    import('@ethereumjs/common'),
    import('@ethereumjs/evm'),
    import('@ethereumjs/statemanager'),
    import('@ethereumjs/util'),
  ])
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Prague })
  const stateManager = new SimpleStateManager({ common })
  for (const { address, balance, nonce, code, storage } of accounts) {
    const at = new Address(hexToBytes(address))
    await stateManager.putAccount(at, new Account(nonce, balance))
    if (code !== '0x') await stateManager.putCode(at, hexToBytes(code))
    for (const [slot, value] of storage) await stateManager.putStorage(at, hexToBytes(slot), hexToBytes(value))
  }
  const evm = await createEVM({ common, stateManager })
  const zero = new Address(new Uint8Array(20))
  const block = { header: { number: 0n, coinbase: zero, timestamp: 1n, difficulty: 0n, prevRandao: new Uint8Array(32), gasLimit: 30_000_000n, baseFeePerGas: 0n, getBlobGasPrice: () => 1n } }
  const one = async ({ caller, to, data }) => {
    await evm.journal.checkpoint()
    await stateManager.checkpoint()
    for (const address of [caller, to, zero.toString()]) evm.journal.addAlwaysWarmAddress(address, true)
    const from = new Address(hexToBytes(caller))
    const { execResult } = await evm.runCall({ caller: from, origin: from, to: new Address(hexToBytes(to)), data: hexToBytes(data), gasLimit: GAS, block })
    await stateManager.revert()
    await evm.journal.revert()
    evm.journal.cleanJournal?.()
    return { data: bytesToHex(execResult.returnValue), gas: execResult.executionGasUsed }
  }
  return { about: '@ethereumjs/evm', one, many: oneByOne(one), close: async () => {} }
}

const bytes = (text) => Uint8Array.from(Buffer.from(text.slice(2), 'hex'))

async function edr({ accounts }) {
  const { default: module } = await import('@nomicfoundation/edr')
  const context = new module.EdrContext()
  await context.registerProviderFactory(module.L1_CHAIN_TYPE, module.l1ProviderFactory())
  const state = accounts.map(({ address, balance, nonce, code, storage }) => ({
    address: bytes(address),
    balance,
    nonce,
    code: bytes(code),
    storage: storage.map(([index, value]) => ({ index: BigInt(index), value: BigInt(value) })),
  }))
  const provider = await context.createProvider(
    module.L1_CHAIN_TYPE,
    {
      allowBlocksWithSameTimestamp: false,
      allowUnlimitedContractSize: true,
      bailOnCallFailure: false,
      bailOnTransactionFailure: false,
      chainId: 1n,
      coinbase: new Uint8Array(20),
      defaultTransactionGasLimit: GAS,
      genesisState: [...module.l1GenesisState(module.l1HardforkFromString('prague')), ...state],
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
    new module.ContractDecoder(),
  )
  // It has no other way to make a call than a request of JSON-RPC, which says nothing of gas.
  const one = async ({ caller, to, data }) => {
    const params = [{ from: caller, to, data, gas: `0x${GAS.toString(16)}` }, 'latest']
    const response = await provider.handleRequest(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_call', params }))
    const found = typeof response.data === 'string' ? JSON.parse(response.data) : response.data
    if (found.error) throw new Error(found.error.message)
    return { data: found.result }
  }
  return { about: 'EDR, eth_call', one, many: oneByOne(one), close: async () => {} }
}

/** Makers by name. */
export const makers = { lanevm, ethereumjs, edr }
