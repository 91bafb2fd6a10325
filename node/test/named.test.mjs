// Calls by function and arguments, overrides of state and block, and what rows say of them.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { createEngine, ExecutionHaltedError, ExecutionRevertedError } from 'lanevm'

import { exampleToken } from './contracts.mjs'
import { tool } from './tools.mjs'

const viem = await tool('viem')
const { abi, runtime, slots } = exampleToken()
const token = `0x${'c0'.repeat(20)}`
const holder = `0x${'ca'.repeat(20)}`
const other = `0x${'0b'.repeat(20)}`
const word = (value) => `0x${BigInt(value).toString(16).padStart(64, '0')}`
const balanceSlot = (address) => viem.keccak256(viem.encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [address, BigInt(slots.balanceOf)]))
const state = { [token]: { nonce: 1n, code: runtime, state: { [balanceSlot(holder)]: 1000n } } }

let engine
before(async () => {
  engine = await createEngine({ device: 'cpu', workers: 1, state, chainId: 10n, blockHashes: { 7: word(77) }, block: { number: 8n } })
})
after(() => engine.destroy())

test('functions are encoded as viem encodes them', async () => {
  const tuple = { type: 'tuple', name: 'order', components: [{ type: 'address', name: 'maker' }, { type: 'uint64[2]', name: 'ends' }, { type: 'string', name: 'note' }] }
  const many = [
    { type: 'function', name: 'f', stateMutability: 'view', inputs: [{ type: 'uint8' }, { type: 'bytes' }, { type: 'int256[]' }], outputs: [] },
    { type: 'function', name: 'g', stateMutability: 'view', inputs: [tuple, { type: 'bytes3' }, { type: 'bool' }], outputs: [] },
    { type: 'function', name: 'g', stateMutability: 'view', inputs: [], outputs: [] },
  ]
  // Returns its call data.
  const echo = '0x365f5f37365ff3'
  const order = { maker: other, ends: [1n, 2n], note: 'grün' }
  const calls = [
    { code: echo, abi: many, functionName: 'f', args: [255, '0x0102', [-1n, 2n]] },
    { code: echo, abi: many, functionName: 'g((address,uint64[2],string),bytes3,bool)', args: [order, '0x010203', true] },
    { code: echo, data: '0x1234' },
    { code: echo, abi: many, functionName: 'g()' },
  ]
  const result = await engine.simulateCalls({ calls })
  const expected = [
    viem.encodeFunctionData({ abi: many, functionName: 'f', args: [255, '0x0102', [-1n, 2n]] }),
    viem.encodeFunctionData({ abi: many, functionName: 'g', args: [order, '0x010203', true] }),
    '0x1234',
    viem.encodeFunctionData({ abi: [many[2]], functionName: 'g' }),
  ]
  assert.deepEqual([...result].map(({ data }) => data), expected)
})

test('ten thousand transfers by name, each with its own arguments', async () => {
  const calls = Array.from({ length: 10_000 }, (_, index) => ({ account: holder, to: token, abi, functionName: 'transfer', args: [`0x${(index + 1).toString(16).padStart(40, '0')}`, BigInt(index)] }))
  const result = await engine.simulateCalls({ calls })
  assert.deepEqual(result.summary().byStatus, { return: 1001, revert: 8999 })
  const [good, bad] = [result.at(1000), result.at(1001)]
  assert.equal(good.status, 'success')
  assert.equal(good.error, undefined)
  assert.equal(BigInt(good.logs[0].data), 1000n)
  assert.equal(bad.status, 'failure')
  assert.ok(bad.error instanceof ExecutionRevertedError)
  assert.equal(bad.error.errorName, 'ERC20InsufficientBalance')
  assert.deepEqual(bad.error.args.map(({ name, value }) => [name, String(value).toLowerCase()]), [['sender', holder], ['balance', '1000'], ['needed', '1001']])
  assert.equal(bad.error.data, bad.data)
  const decoded = await result.decode(5)
  assert.equal(decoded.functionName, 'transfer')
  assert.deepEqual(decoded.args.values.map(({ value }) => String(value).toLowerCase()), ['0x0000000000000000000000000000000000000006', '5'])
  assert.deepEqual(decoded.result.values.map(({ value }) => value), [true])
  assert.equal(decoded.logs[0].name, 'Transfer')
  const groups = await result.groupBy('error')
  assert.deepEqual(groups.map(({ key, count }) => [key, count]), [[null, 1001], ['ERC20InsufficientBalance', 8999]])
})

test('failures are instances that say why', async () => {
  const panic = `0x4e487b71${word(0x11).slice(2)}`
  // Reverts with its call data; then one that ends at an invalid instruction.
  const [reverts, halts] = ['0x365f5f37365ffd', '0xfe']
  const text = viem.encodeErrorResult({ abi: viem.parseAbi(['error Error(string)']), errorName: 'Error', args: ['too late'] })
  const result = await engine.simulateCalls({ calls: [{ code: reverts, data: text }, { code: reverts, data: panic }, { code: reverts }, { code: reverts, data: '0x12345678' }, { code: halts }] })
  const errors = [...result].map(({ error }) => error)
  assert.deepEqual([errors[0].errorName, errors[0].reason], ['Error', 'too late'])
  assert.match(errors[0].message, /too late/)
  assert.deepEqual([errors[1].errorName, errors[1].args[0].value], ['Panic', 0x11n])
  assert.match(errors[1].reason, /overflow/)
  assert.match(errors[2].shortMessage, /without data/)
  assert.equal(errors[3].errorName, undefined)
  assert.ok(errors[4] instanceof ExecutionHaltedError)
  assert.equal(errors[4].halt, result.at(4).halt)
  for (const error of errors) assert.equal(error.walk(), error)
})

test('a revert says what it can of its data', async () => {
  const [reverts, creates] = ['0x365f5f37365ffd', '0x6001600c60003960016000f300']
  const calls = [{ code: reverts, data: '0x12345678' }, { code: reverts }, { data: creates }]
  for (const keep of ['status', 'return']) {
    const result = await engine.simulateCalls({ calls, keep })
    const { error, createdAddress } = { ...result.at(2), error: result.at(0).error }
    assert.match(createdAddress, /^0x[0-9a-f]{40}$/)
    if (keep === 'return') {
      assert.deepEqual([error.data, result.at(1).error.data], ['0x12345678', '0x'])
      continue
    }
    assert.match(error.message, /were not kept \(keep: 'status'\)/)
    assert.throws(() => error.data, { name: 'InvalidArgumentError', message: /needs keep: 'return'/ })
    assert.match(result.at(1).error.message, /were not kept/)
  }
})

test('reverts past those that are put into words say how long their data are', async () => {
  const count = 65_540
  const data = { bytes: new Uint8Array(count * 4), ends: Uint32Array.from({ length: count }, (_, index) => (index + 1) * 4) }
  const view = new DataView(data.bytes.buffer)
  for (let index = 0; index < count; index++) view.setUint32(index * 4, index + 1)
  const result = await engine.simulateCalls({ calls: { code: '0x365f5f37365ffd', data }, keep: 'return' })
  const { error } = result.at(count - 1)
  assert.match(error.message, /reverted with 4 bytes of data/)
  assert.equal(error.data, '0x00010004')
  assert.ok((await result.decode(count - 1)).revert)
})

test('overrides of the state: an array as of viem, a map as of ox', async () => {
  const of = (stateOverrides) => engine.simulateCalls({ stateOverrides, calls: [holder, other].map((address) => ({ to: token, abi, functionName: 'balanceOf', args: [address] })) })
  const values = async (overrides) => [...(await of(overrides))].map(({ data }) => BigInt(data))
  assert.deepEqual(await values(undefined), [1000n, 0n])
  const list = [{ slot: balanceSlot(other), value: word(5) }]
  assert.deepEqual(await values([{ address: token, stateDiff: list }]), [1000n, 5n])
  assert.deepEqual(await values([{ address: token, state: list }]), [0n, 5n])
  assert.deepEqual(await values({ [token]: { stateDiff: { [balanceSlot(other)]: word(6) } } }), [1000n, 6n])
  assert.deepEqual(await values({ [token]: { code: '0x60205ff3', balance: undefined } }), [0n, 0n])
  const nonces = await engine.simulateCalls({ account: other, stateOverrides: [{ address: other, nonce: 3, balance: 9n }, { address: token, nonce: 4n }], level: 'transaction', calls: [{ to: other, nonce: 3n, value: 9n }, { to: other, nonce: 2n }] })
  assert.deepEqual([...nonces].map(({ status }) => status), ['success', 'failure'])
  assert.equal(nonces.at(1).halt, 'rejected')
})

test('overrides of the block, the chain and block hashes', async () => {
  // NUMBER, TIMESTAMP, GASLIMIT, COINBASE, PREVRANDAO, BASEFEE, CHAINID, BLOCKHASH(7)
  const code = '0x435f52426020524560405241606052446080524860a0524660c05260074060e0526101005ff3'
  const read = async (more) => {
    const row = (await engine.simulateCalls({ calls: [{ code }], ...more })).at(0)
    return row.data.slice(2).match(/.{64}/g).map((part) => BigInt(`0x${part}`))
  }
  assert.deepEqual(await read({}), [8n, 1n, 30_000_000n, 0n, 0n, 0n, 10n, 77n])
  const blockOverrides = { number: 9n, time: 5n, gasLimit: 6n, feeRecipient: other, prevRandao: 7n, baseFeePerGas: 3n }
  assert.deepEqual(await read({ blockOverrides }), [9n, 5n, 6n, BigInt(other), 7n, 3n, 10n, 77n])
  assert.deepEqual(await read({ block: { number: 20n }, blockOverrides: { time: 2n } }), [20n, 2n, 30_000_000n, 0n, 0n, 0n, 1n, 0n])
  await assert.rejects(Promise.resolve().then(() => createEngine({ chainId: 1, block: { chainId: 2 } })), { name: 'InvalidArgumentError', message: /chainId and block\.chainId/ })
  await assert.rejects(Promise.resolve().then(() => createEngine({ blockHashes: { 1: word(1) }, block: { blockHashes: { 1: word(1) } } })), { name: 'InvalidArgumentError', message: /Block 1/ })
})

test('the state of an engine is read once', async () => {
  const held = { [other]: { code: '0x60015f5260205ff3' } }
  const own = await createEngine({ device: 'cpu', workers: 1, state: held })
  held[other].code = '0x60025f5260205ff3'
  assert.equal(BigInt((await own.simulateCalls({ calls: [{ to: other }] })).at(0).data), 1n)
  await own.destroy()
})
