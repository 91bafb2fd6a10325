// What calls of functions returned, in rows: against viem's decoder, and where there is nothing to decode.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { createEngine } from 'lanevm'

import { tool } from './tools.mjs'

const viem = await tool('viem')
/** Returns its call data behind the selector. */
const echo = `0x${'ec'.repeat(20)}`
const code = '0x6004360360045f37600436035ff3'
const empty = `0x${'0e'.repeat(20)}`

let engine
before(async () => {
  engine = await createEngine({ device: 'cpu', workers: 2, state: { [echo]: { code } } })
})
after(() => engine.destroy())

/** A function that returns what it is given. */
const same = (...inputs) => [{ type: 'function', name: 'f', stateMutability: 'view', inputs, outputs: inputs }]
const person = viem.getAddress('0xd8da6bf26964af9d7eed9e03e53415d37aa96045')
const order = { name: 'o', type: 'tuple', components: [{ name: 'maker', type: 'address' }, { name: 'ends', type: 'uint64[2]' }] }

for (const [name, inputs, args] of [
  ['nothing', [], []],
  ['one integer', [{ type: 'uint256' }], [2n ** 256n - 1n]],
  ['integers that are numbers, and those that are not', [{ type: 'uint8' }, { type: 'int48' }, { type: 'int56' }, { type: 'uint32' }], [255, -(2 ** 47), -5n, 7]],
  ['an address with its checksum, bytes and truth', [{ name: 'a', type: 'address' }, { name: 'b', type: 'bytes4' }, { name: 'c', type: 'bool' }, { name: 'd', type: 'bytes' }], [person, '0x12345678', true, '0x']],
  ['text', [{ type: 'string' }], ['a "text" of {"": "1"} and\nlines']],
  ['lists', [{ type: 'uint256[]' }, { type: 'uint16[2][]' }, { type: 'string[1]' }], [[1n, 2n ** 64n], [[1, 2], [3, 4]], ['x']]],
  ['a tuple with names', [order], [{ maker: person, ends: [1n, 2n ** 63n] }]],
  ['a tuple without', [{ ...order, components: order.components.map(({ type }) => ({ type })) }], [[person, [1n, 2n]]]],
  ['a list of tuples in a tuple', [{ name: 'all', type: 'tuple', components: [{ ...order, name: 'orders', type: 'tuple[]' }, { name: 'n', type: 'int8' }] }], [{ orders: [{ maker: person, ends: [3n, 4n] }], n: -1 }]],
]) {
  test(`a row's result is what viem says: ${name}`, async () => {
    const abi = same(...inputs)
    const { data } = (await engine.simulateCalls({ calls: [{ to: echo, data: viem.encodeFunctionData({ abi, args }) }] })).at(0)
    const expected = viem.decodeFunctionResult({ abi, functionName: 'f', data: inputs.length === 0 ? '0x' : data })
    const row = (await engine.simulateCalls({ calls: [{ to: echo, abi, functionName: 'f', args }] })).at(0)
    assert.deepEqual([row.status, row.data, row.result], ['success', data, expected])
  })
}

test('each call has its own result, by its own function; a call without one has none', async () => {
  const [number, text] = [same({ type: 'uint256' }), same({ type: 'string' })]
  const result = await engine.simulateCalls({
    calls: [
      { to: echo, abi: number, functionName: 'f', args: [7n] },
      { to: echo, data: '0x00000000' },
      { to: echo, abi: text, functionName: 'f', args: ['seven'] },
      { to: echo, abi: number, functionName: 'f', args: [7n] },
    ],
  })
  assert.deepEqual([...result].map((row) => row.result), [7n, undefined, 'seven', 7n])
  assert.equal('result' in result.at(0), true)
  assert.deepEqual(Object.keys(result.at(1)).includes('result'), false)
  assert.equal((await result.decode(2)).functionName, 'f')
})

test('data that are no result say so when they are read, and a failed call has an error instead', async () => {
  const abi = same({ type: 'uint256' })
  const result = await engine.simulateCalls({ calls: [{ to: empty, abi, functionName: 'f', args: [1n] }, { to: echo, abi, functionName: 'f', args: [1n], gas: 5n }] })
  const [nobody, short] = result
  assert.deepEqual([nobody.status, nobody.data], ['success', '0x'])
  assert.throws(() => nobody.result, { name: 'AbiError', message: /Call 0 did not return what f\(uint256\) does/ })
  assert.deepEqual([short.status, short.result, short.error.name], ['failure', undefined, 'ExecutionHaltedError'])
  const status = await engine.simulateCalls({ calls: [{ to: echo, abi, functionName: 'f', args: [1n] }], keep: 'status' })
  assert.throws(() => status.at(0).result, { name: 'InvalidArgumentError', message: /keep: 'return'/ })
})

test('results are bounded: of more than 65,536 different ones the rest are to be asked for', async () => {
  const abi = same({ type: 'uint256' })
  const calls = Array.from({ length: 65_600 }, (_, index) => ({ to: echo, abi, functionName: 'f', args: [BigInt(index)] }))
  const result = await engine.simulateCalls({ calls, keep: 'return' })
  assert.deepEqual([result.at(0).result, result.at(65_535).result], [0n, 65_535n])
  assert.throws(() => result.at(65_536).result, { name: 'InvalidArgumentError', message: /result\.decode/ })
  assert.deepEqual((await result.decode(65_536)).result.values[0].value, '65536')
})
