// `engine.request` as a transport: real clients, every method, and what is refused.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { createEngine, ProviderRpcError, VERSION } from 'lanevm'

import { contract, deployed, exampleToken } from './contracts.mjs'
import { requireTool } from './place.mjs'
import { tool } from './tools.mjs'

const viem = await tool('viem')
const chains = await tool('viem/chains')
const { BrowserProvider, Contract, isError } = await tool('ethers')

const holder = `0x${'ca'.repeat(20)}`
const other = `0x${'0b'.repeat(20)}`
const token = `0x${'c0'.repeat(20)}`
const counter = `0x${'c1'.repeat(20)}`
const multicall = `0x${'c2'.repeat(20)}`
const word = (value) => `0x${BigInt(value).toString(16).padStart(64, '0')}`
const artefact = exampleToken()
const held = 10n ** 21n
const slot = viem.keccak256(viem.encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [holder, BigInt(artefact.slots.balanceOf)]))
const multicall3 = contract('Multicall3')
const number = 1234n

let engine
let client
let provider

before(async () => {
  engine = await createEngine({
    device: 'cpu',
    workers: 1,
    chainId: 31_337,
    block: { number, time: 1_700_000_000n, baseFeePerGas: 7n, gasLimit: 30_000_000n },
    state: {
      [holder]: { balance: 10n ** 18n, nonce: 5n },
      [token]: { nonce: 1n, code: artefact.runtime, state: { [word(artefact.slots.totalSupply)]: held, [slot]: held } },
      // Adds 1 to slot 0 and returns it.
      [counter]: { code: '0x5f54600101805f555f5260205ff3', state: { '0x0': 41n } },
      ...(multicall3 ? { [multicall]: { code: await deployed(createEngine, multicall3.bytecode) } } : {}),
    },
  })
  client = viem.createPublicClient({ transport: viem.custom(engine), chain: { ...chains.foundry, contracts: { multicall3: { address: multicall } } } })
  provider = new BrowserProvider(engine, 31_337)
})
after(() => {
  provider?.destroy()
  return engine.destroy()
})

const request = (method, ...params) => engine.request({ method, params })

test('viem reads what the state says', async () => {
  assert.equal(await client.getChainId(), 31_337)
  assert.equal(await client.getBlockNumber(), number)
  assert.equal(await client.getBalance({ address: holder }), 10n ** 18n)
  assert.equal(await client.getTransactionCount({ address: holder }), 5)
  assert.equal(await client.getCode({ address: token }), artefact.runtime)
  assert.equal(await client.getCode({ address: other }), undefined)
  assert.equal(await client.getStorageAt({ address: counter, slot: '0x0' }), word(41))
  assert.equal(await client.getGasPrice(), 7n)
  const block = await client.getBlock()
  assert.deepEqual([block.number, block.timestamp, block.gasLimit, block.baseFeePerGas], [number, 1_700_000_000n, 30_000_000n, 7n])
  await assert.rejects(client.getBlock({ blockNumber: 1n }), { name: 'BlockNotFoundError' })
})

test('viem calls, estimates and overrides', async () => {
  const erc20 = { address: token, abi: artefact.abi }
  assert.equal(await client.readContract({ ...erc20, functionName: 'balanceOf', args: [holder] }), held)
  assert.equal(await client.readContract({ ...erc20, functionName: 'symbol' }), await client.readContract({ ...erc20, functionName: 'symbol' }))
  const { result } = await client.simulateContract({ ...erc20, functionName: 'transfer', args: [other, 5n], account: holder })
  assert.equal(result, true)
  const gas = await client.estimateContractGas({ ...erc20, functionName: 'transfer', args: [other, 5n], account: holder })
  const data = viem.encodeFunctionData({ abi: artefact.abi, functionName: 'transfer', args: [other, 5n] })
  const tried = await engine.simulateCalls({ level: 'call', calls: [gas, gas - 1n].map((gas) => ({ account: holder, to: token, data, gas })) })
  assert.deepEqual([...tried].map(({ status }) => status), ['success', 'failure'])
  const overridden = await client.readContract({ ...erc20, functionName: 'balanceOf', args: [holder], stateOverride: [{ address: token, stateDiff: [{ slot, value: word(9) }] }] })
  assert.equal(overridden, 9n)
  const { data: at } = await client.call({ to: other, stateOverride: [{ address: other, code: '0x435f5260205ff3' }], blockOverrides: { number: 99n } })
  assert.equal(BigInt(at), 99n)
})

test('viem decodes reverts', async () => {
  await assert.rejects(
    client.readContract({ address: token, abi: artefact.abi, functionName: 'transfer', args: [other, 5n], account: other }),
    (error) => {
      const found = error.walk((it) => it instanceof viem.ContractFunctionRevertedError)
      assert.ok(found, error.message)
      assert.equal(found.data.errorName, 'ERC20InsufficientBalance')
      assert.deepEqual(found.data.args.map(String).map((it) => it.toLowerCase()), [other, '0', '5'])
      return true
    },
  )
  await assert.rejects(client.call({ to: token, data: '0x12345678' }), (error) => Boolean(error.walk((it) => it.code === 3)))
})

test('viem, many calls in one turn', async () => {
  const erc20 = { address: token, abi: artefact.abi, functionName: 'balanceOf' }
  const accounts = Array.from({ length: 300 }, (_, index) => `0x${index.toString(16).padStart(40, '0')}`)
  const balances = await Promise.all([...accounts, holder].map((account) => client.readContract({ ...erc20, args: [account] })))
  assert.deepEqual(balances, [...accounts.map(() => 0n), held])
  const mixed = await Promise.allSettled([client.readContract({ ...erc20, args: [holder] }), request('eth_call', { to: token, gasPrice: '0x1', maxFeePerGas: '0x1' }), request('eth_call', { to: counter })])
  assert.deepEqual(mixed.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled'])
  assert.equal(mixed[1].reason.code, -32602)
})

test('viem, Multicall3', { skip: !multicall3 && 'no test data beside the repository' }, async () => {
  const erc20 = { address: token, abi: artefact.abi }
  const results = await client.multicall({
    contracts: [
      { ...erc20, functionName: 'balanceOf', args: [holder] },
      { ...erc20, functionName: 'transfer', args: [other, 5n] },
      { ...erc20, functionName: 'decimals' },
    ],
  })
  assert.deepEqual(results.map(({ status }) => status), ['success', 'failure', 'success'])
  assert.equal(results[0].result, held)
})

test('viem simulates blocks, each on the one before', async () => {
  const blocks = await client.simulateBlocks({
    blocks: [
      { calls: [{ to: counter }, { to: counter }] },
      { stateOverrides: [{ address: other, balance: 100n }], calls: [{ to: counter }, { from: other, to: holder, value: 60n }, { data: '0x5f5ffd' }] },
    ],
  })
  assert.deepEqual(blocks.map((block) => block.number), [number + 1n, number + 2n])
  assert.deepEqual(blocks[0].calls.map(({ data }) => BigInt(data)), [42n, 43n])
  const last = blocks.at(-1)
  assert.equal(BigInt(last.calls[0].data), 44n)
  assert.deepEqual(last.calls.map(({ status }) => status), ['success', 'success', 'failure'])
  assert.equal(blocks[0].gasUsed, blocks[0].calls.reduce((sum, { gasUsed }) => sum + gasUsed, 0n))
})

test('blocks between two are there too', async () => {
  const blocks = await request('eth_simulateV1', { blockStateCalls: [{ calls: [{ to: counter }] }, { blockOverrides: { number: '0x4d6', time: '0x70000000' }, calls: [{ to: counter }] }] })
  assert.deepEqual(blocks.map((block) => BigInt(block.number) - number), [1n, 2n, 3n, 4n])
  assert.deepEqual(blocks.map(({ calls }) => calls.map(({ returnData }) => BigInt(returnData))), [[42n], [], [], [43n]])
})

test('ethers reads, and decodes reverts as CALL_EXCEPTION', async () => {
  const erc20 = new Contract(token, artefact.abi, provider)
  assert.equal(await erc20.balanceOf(holder), held)
  assert.equal(await provider.getBlockNumber(), Number(number))
  assert.equal(await provider.getBalance(holder), 10n ** 18n)
  assert.equal(await provider.getTransactionCount(holder), 5)
  assert.equal(await provider.getStorage(counter, 0), word(41))
  assert.equal(await erc20.transfer.staticCall(other, 5n, { from: holder }), true)
  assert.ok((await erc20.transfer.estimateGas(other, 5n, { from: holder })) > 21_000n)
  await assert.rejects(erc20.transfer.staticCall(other, 5n, { from: other }), (error) => {
    assert.ok(isError(error, 'CALL_EXCEPTION'), error.message)
    assert.equal(error.revert.name, 'ERC20InsufficientBalance')
    return true
  })
})

test('every method, bare', async () => {
  assert.equal(await request('eth_chainId'), '0x7a69')
  assert.equal(await request('net_version'), '31337')
  assert.equal(await request('eth_blockNumber'), '0x4d2')
  assert.deepEqual(await request('eth_accounts'), [])
  assert.equal(await request('web3_clientVersion'), `lanevm/${VERSION}`)
  assert.equal(VERSION, requireTool('./package.json').version)
  assert.equal(await request('eth_gasPrice'), '0x7')
  assert.equal(await request('eth_getBalance', holder, 'latest'), '0xde0b6b3a7640000')
  assert.equal(await request('eth_getTransactionCount', holder, '0x4d2'), '0x5')
  assert.equal(await request('eth_getCode', other, { blockNumber: '0x4d2' }), '0x')
  assert.equal(await request('eth_getStorageAt', counter, '0x0', 'latest'), word(41))
  assert.equal(await request('eth_getBlockByNumber', '0x1', false), null)
  assert.equal((await request('eth_getBlockByNumber', 'pending', false)).number, '0x4d2')
  assert.equal(await request('eth_call', { to: counter }, 'latest'), word(42))
  assert.equal(await request('eth_call', { to: counter, input: '0x' }), word(42))
  const [block] = await request('eth_simulateV1', { blockStateCalls: [{ calls: [{ to: counter }] }] }, 'latest')
  assert.deepEqual([block.calls[0].returnData, block.calls[0].status, block.number], [word(42), '0x1', '0x4d3'])
})

test('debug_traceCall gives structLogs', async () => {
  const trace = await request('debug_traceCall', { to: counter }, 'latest', {})
  assert.deepEqual([trace.failed, trace.returnValue], [false, word(42)])
  assert.deepEqual(trace.structLogs.map(({ op }) => op), ['PUSH0', 'SLOAD', 'PUSH1', 'ADD', 'DUP1', 'PUSH0', 'SSTORE', 'PUSH0', 'MSTORE', 'PUSH1', 'PUSH0', 'RETURN'])
  const [, load] = trace.structLogs
  assert.deepEqual([load.pc, load.depth, load.stack, load.storage, load.gasCost], [1, 1, ['0x0'], { [word(0).slice(2)]: word(41).slice(2) }, 2100])
  assert.equal(trace.structLogs[6].storage[word(0).slice(2)], word(42).slice(2))
  assert.equal(trace.structLogs[0].gas, 30_000_000 - 21_000)
  const bare = await request('debug_traceCall', { to: counter }, 'latest', { disableStack: true, disableStorage: true, limit: 3 })
  assert.equal(bare.structLogs.length, 3)
  assert.deepEqual(Object.keys(bare.structLogs[1]).sort(), ['depth', 'gas', 'gasCost', 'op', 'pc'])
})

const refusals = [
  ['a method that there is not', 'eth_sendRawTransaction', ['0x'], -32601, /eth_sendRawTransaction/],
  ['an address that is none', 'eth_getBalance', ['0x12', 'latest'], -32602, /params\[0\]/],
  ['a block that is not here', 'eth_getBalance', [holder, '0x1'], -32602, /params\[1\].*one block/],
  ['a block hash', 'eth_getBalance', [holder, { blockHash: word(1) }], -32602, /blockHash/],
  ['odd data', 'eth_call', [{ to: counter, data: '0x123' }], -32602, /odd/],
  ['data and input', 'eth_call', [{ to: counter, data: '0x12', input: '0x13' }], -32602, /differ/],
  ['an unknown field', 'eth_call', [{ to: counter, gasLimit: '0x1' }], -32602, /params\[0\]\.gasLimit/],
  ['no transaction', 'eth_call', [], -32602, /params\[0\] is undefined/],
  ['too many params', 'eth_chainId', [1], -32602, /at most 0/],
  ['a tracer', 'debug_traceCall', [{ to: counter }, 'latest', { tracer: 'callTracer' }], -32602, /tracer/],
  ['memory in a trace', 'debug_traceCall', [{ to: counter }, 'latest', { enableMemory: true }], -32602, /memory/],
  ['transfers in logs', 'eth_simulateV1', [{ blockStateCalls: [], traceTransfers: true }], -32602, /traceTransfers/],
  ['blocks that go back', 'eth_simulateV1', [{ blockStateCalls: [{ blockOverrides: { number: '0x1' } }] }], -38020, /does not follow/],
  ['a blob base fee', 'eth_call', [{ to: counter }, 'latest', {}, { blobBaseFee: '0x1' }], -32602, /blobBaseFee/],
  ['params that are none', 'eth_call', 'all', -32602, /params/],
  ['more value than there is', 'eth_call', [{ from: other, to: counter, value: '0x1' }], -32000, /balance/],
  ['too little gas', 'eth_call', [{ to: counter, gas: '0x5300' }], -32000, /gas/],
  ['a validation that is no flag', 'eth_simulateV1', [{ blockStateCalls: [], validation: 'yes' }], -32602, /validation is "yes"/],
  ['a stack that is no flag', 'debug_traceCall', [{ to: counter }, 'latest', { disableStack: 1 }], -32602, /disableStack is 1/],
  ['a storage that is no flag', 'debug_traceCall', [{ to: counter }, 'latest', { disableStorage: 'no' }], -32602, /disableStorage/],
  ['a revert', 'eth_call', [{ data: '0x5f5ffd' }], 3, /execution reverted/],
]

for (const [name, method, params, code, message] of refusals) {
  test(`request refuses ${name}`, async () => {
    await assert.rejects(engine.request({ method, params }), (error) => {
      assert.ok(error instanceof ProviderRpcError, String(error))
      assert.equal(error.code, code, error.message)
      assert.match(error.message, message)
      if (code === 3) assert.equal(error.data, '0x')
      return true
    })
  })
}

test('what is no request is refused', async () => {
  for (const wrong of [undefined, null, 'eth_call', {}, { method: 1 }]) {
    await assert.rejects(engine.request(wrong), { name: 'ProviderRpcError', code: -32600 })
  }
})


test('viem and ethers know why a call was refused', async () => {
  const whole = { from: other, to: holder, value: 5n }
  const named = (name) => (error) => error.walk((it) => it.name === name) !== null
  const simulated = (call) => client.simulateBlocks({ blocks: [{ calls: [call] }], validation: true })
  await assert.rejects(client.call({ ...whole, account: other }), named('InsufficientFundsError'))
  await assert.rejects(client.estimateGas({ ...whole, account: other }), named('InsufficientFundsError'))
  await assert.rejects(client.call({ account: holder, to: holder, data: '0x11', gas: 21_000n }), named('IntrinsicGasTooLowError'))
  assert.equal((await simulated({ from: holder, to: holder, maxFeePerGas: 7n }))[0].calls[0].status, 'success')
  await assert.rejects(simulated({ from: holder, to: holder, nonce: 4, maxFeePerGas: 7n }), named('NonceTooLowError'))
  await assert.rejects(simulated({ from: holder, to: holder, nonce: 6, maxFeePerGas: 7n }), named('NonceTooHighError'))
  await assert.rejects(simulated({ from: holder, to: holder, maxFeePerGas: 6n }), named('FeeCapTooLowError'))
  await assert.rejects(provider.estimateGas(whole), (error) => isError(error, 'INSUFFICIENT_FUNDS'))
})

const validated = (call) => ({ validation: true, blockStateCalls: [{ calls: [{ from: holder, maxFeePerGas: '0x7', gas: '0xffff', ...call }] }] })

for (const [name, call, code, message] of [
  ['a nonce too low', { nonce: '0x4' }, -38010, /nonce too low/],
  ['a nonce too high', { nonce: '0x6' }, -38011, /nonce too high/],
  ['a base fee too low', { maxFeePerGas: '0x6' }, -38012, /less than block base fee/],
  ['too little gas', { gas: '0x5207' }, -38013, /intrinsic gas too low/],
  ['too little money', { value: '0xffffffffffffffff' }, -38014, /insufficient funds/],
  ['a sender that is code', { from: counter }, -38024, /sender not an eoa/],
  ['init code that is too large', { to: null, data: `0x${'00'.repeat(49_153)}`, gas: '0xfffff' }, -38025, /initcode/],
]) {
  test(`eth_simulateV1 refuses the request for ${name}`, async () => {
    await assert.rejects(request('eth_simulateV1', validated({ to: holder, ...call })), (error) => {
      assert.deepEqual([error.name, error.code], ['ProviderRpcError', code], error.message)
      assert.match(error.message, message)
      assert.match(error.message, /blockStateCalls\[0\]\.calls\[0\]/)
      return true
    })
  })
}

test('eth_simulateV1 says why a call reverted or halted', async () => {
  const text = viem.encodeErrorResult({ abi: viem.parseAbi(['error Error(string)']), errorName: 'Error', args: ['too late'] })
  const stateOverrides = { [other]: { code: '0x365f5f37365ffd' }, [token]: { code: '0xfe' } }
  const [{ calls }] = await request('eth_simulateV1', { blockStateCalls: [{ stateOverrides, calls: [{ to: other, data: text }, { to: token, gas: '0xffff' }] }] })
  assert.deepEqual(calls[0].error, { code: 3, message: 'execution reverted: too late', data: text })
  assert.equal(calls[1].error.code, -32015)
})

test('the signatures of authorisations', async () => {
  const entry = { chainId: '0x7a69', address: counter, nonce: '0x0', r: '0x1', s: '0x1' }
  const call = (signed) => request('eth_call', { to: counter, authorizationList: [{ ...entry, ...signed }] })
  for (const signed of [{ v: '0x1b' }, { v: '0x1c' }, { v: '0x0' }, { v: '0x1', yParity: '0x1' }, { v: '0x1c', yParity: '0x1' }]) {
    assert.equal(await call(signed), word(42))
  }
  for (const [signed, message] of [[{ v: '0x1d' }, /v is 29/], [{ v: '0x1b', yParity: '0x1' }, /contradict/], [{}, /yParity/]]) {
    await assert.rejects(call(signed), { code: -32602, message })
  }
})

test('what the fork has', async () => {
  const found = {}
  for (const hardfork of ['berlin', 'london', 'shanghai', 'cancun', 'prague', 'osaka']) {
    const own = await createEngine({ device: 'cpu', workers: 1, hardfork })
    const block = await own.request({ method: 'eth_getBlockByNumber', params: ['latest', false] })
    const has = ['baseFeePerGas', 'withdrawals', 'blobGasUsed', 'excessBlobGas'].map((key) => Number(key in block)).join('')
    // Ends well with 17,000,000 gas, and spends all it has with less.
    const most = own.request({ method: 'eth_estimateGas', params: [{ data: '0x63010366405a10600b57005b5f63ffffffff52' }] })
    found[hardfork] = [has, await most.then(() => 'enough', ({ code, shortMessage }) => `${code} ${shortMessage}`)]
    await own.destroy()
  }
  const little = '-32000 gas required exceeds allowance (16777216)'
  assert.deepEqual(Object.fromEntries(Object.entries(found).map(([name, [has]]) => [name, has])), { berlin: '0000', london: '1000', shanghai: '1100', cancun: '1111', prague: '1111', osaka: '1111' })
  assert.deepEqual([found.prague[1], found.osaka[1]], ['enough', little])
})

test('a long trace needs a limit of its own', async () => {
  const stateOverrides = { [other]: { code: '0x5b5f56' } }
  const trace = (more) => request('debug_traceCall', { to: other, gas: '0x989680' }, 'latest', { stateOverrides, ...more })
  await assert.rejects(trace({}), { code: -32000, message: /more than 200000 steps: name a limit/ })
  assert.equal((await trace({ limit: 250_000, disableStack: true })).structLogs.length, 250_000)
  await assert.rejects(trace({ limit: 5_000_001 }), { code: -32602, message: /at most 5000000/ })
})

test('a destroyed engine answers no request', async () => {
  const short = await createEngine({ device: 'cpu', workers: 1 })
  const gone = (error) => {
    assert.deepEqual([error.name, error.code, error.cause?.name], ['ProviderRpcError', 4900, 'EngineDestroyedError'])
    return true
  }
  const running = short.request({ method: 'eth_call', params: [{ to: counter }] })
  const refused = assert.rejects(running, gone)
  await short.destroy()
  await refused
  await assert.rejects(short.request({ method: 'eth_call', params: [{ to: counter }] }), gone)
  await assert.rejects(short.request({ method: 'eth_chainId' }), gone)
})
