// Bad input: the right class, and a message that says what is wrong and where. Nothing is started or ignored.

import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'

import * as lanevm from 'lanevm'

import { projectFolder } from './place.mjs'

const to = `0x${'11'.repeat(20)}`
const word = { type: 'uint256', name: 'amount' }
const transfer = [{ type: 'function', name: 'transfer', inputs: [{ type: 'address', name: 'to' }, word], outputs: [{ type: 'bool' }] }]
const endless = []
endless.push(endless)
let engine

before(async () => {
  engine = await lanevm.createEngine({ device: 'cpu', workers: 1 })
})
after(() => engine.destroy())

const field = (more) => ({ calls: undefined, template: { count: 1, data: '0x0000', fields: [{ name: 'f', offset: 0, width: 1, generator: 1n, ...more }] } })

const texts = [{ type: 'function', name: 'f', inputs: [{ type: 'string' }, { type: 'tuple[]', components: [{ name: 'n', type: 'int256' }, { name: 's', type: 'string' }] }] }]
const cases = [
  ['odd hex', { calls: [{ to }, { to, data: '0x123' }] }, 'InvalidHexError', /calls\[1\]\.data .* odd number of hex digits \(3\)/],
  ['a digit that is none', { calls: [{ to, data: '0x12g4' }] }, 'InvalidHexError', /calls\[0\]\.data: "g" at position 5/],
  ['hex without 0x', { calls: [{ to, data: '1234' }] }, 'InvalidHexError', /calls\[0\]\.data .* 0x/],
  ['data that is a number', { calls: [{ to, data: 12 }] }, 'InvalidHexError', /calls\[0\]\.data is 12/],
  ['a short address', { calls: [{ to: '0x11' }] }, 'InvalidAddressError', /calls\[0\]\.to is "0x11"/],
  ['an address with a wrong digit', { calls: [{ to: `0x${'1z'.repeat(20)}` }] }, 'InvalidAddressError', /calls\[0\]\.to/],
  ['a wrong account', { account: 'me', calls: [{ to }] }, 'InvalidAddressError', /account is "me"/],
  ['a negative value', { calls: [{ to, value: -1n }] }, 'InvalidNumberError', /calls\[0\]\.value is -1; it must not be negative/],
  ['a value of 2^256', { calls: [{ to, value: 1n << 256n }] }, 'InvalidNumberError', /calls\[0\]\.value .* below 2\^256/],
  ['gas of 2^64', { calls: [{ to, gas: 1n << 64n }] }, 'InvalidNumberError', /calls\[0\]\.gas is 18446744073709551616; .* below 2\^64/],
  ['gas with a fraction', { calls: [{ to, gas: 1.5 }] }, 'InvalidNumberError', /calls\[0\]\.gas is 1\.5/],
  ['a number over 2^53', { calls: [{ to, gas: 2 ** 60 }] }, 'InvalidNumberError', /calls\[0\]\.gas/],
  ['a value in words', { calls: [{ to, value: 'ten' }] }, 'InvalidNumberError', /calls\[0\]\.value is "ten"/],
  ['an unknown fork', { calls: [{ to }], hardfork: 'Atlantis' }, 'UnknownHardforkError', /"Atlantis" .* Osaka/],
  ['a fork that is no name', { calls: [{ to }], hardfork: 7 }, 'InvalidArgumentError', /hardfork is 7/],
  ['an unknown level', { calls: [{ to }], level: 'message' }, 'InvalidArgumentError', /level is "message"; .* 'frame'/],
  ['columns of unequal length', { calls: { to, gas: [1n, 2n], value: [1n, 2n, 3n] } }, 'ColumnLengthError', /calls\.gas has 2 values, but there are 3/],
  ['a column that is not count long', { calls: { to, count: 3, data: ['0x', '0x'] } }, 'ColumnLengthError', /calls\.data has 2 values, but there are 3/],
  ['columns without a count', { calls: { to } }, 'InvalidArgumentError', /calls\.count is missing/],
  ['address bytes that are no addresses', { calls: { to: new Uint8Array(21) } }, 'InvalidArgumentError', /calls\.to has 21 bytes/],
  ['ends that go back', { calls: { to, data: { bytes: new Uint8Array(4), ends: Uint32Array.of(3, 2) } } }, 'InvalidArgumentError', /ends\[1\] is 2/],
  ['a wrong address in a column', { calls: { to: [to, '0x'] } }, 'InvalidAddressError', /calls\.to\[1\]/],
  ['neither calls nor template', {}, 'InvalidArgumentError', /either calls or template/],
  ['calls and template', { calls: [], template: { count: 1 } }, 'InvalidArgumentError', /either calls or template/],
  ['calls that are a string', { calls: 'all' }, 'InvalidArgumentError', /calls is "all"/],
  ['a call that is null', { calls: [null] }, 'InvalidArgumentError', /calls\[0\] is null/],
  ['an unknown parameter', { calls: [], gasPrice: 1n }, 'UnsupportedError', /parameters\.gasPrice is not supported/],
  ['an unknown field of a call', { calls: [{ to, from: to }] }, 'UnsupportedError', /calls\[0\]\.from is not supported/],
  ['a function that the ABI has not', { calls: [{ to, abi: [], functionName: 'f' }] }, 'AbiError', /functionName: no function `f`/],
  ['an ABI that is none', { calls: [{ to, abi: 'f', functionName: 'f' }] }, 'InvalidArgumentError', /calls\[0\]\.abi is "f"/],
  ['an ABI that holds itself', { calls: [{ to, abi: endless, functionName: 'f' }] }, 'InvalidArgumentError', /calls\[0\]\.abi cannot be written as JSON/],
  ['arguments without an ABI', { calls: [{ to, args: [1n] }] }, 'InvalidArgumentError', /calls\[0\]\.functionName is undefined/],
  ['arguments nested without end', { calls: [{ to, abi: transfer, functionName: 'transfer', args: endless }] }, 'InvalidArgumentError', /nested more than 64 deep/],
  ['an ABI with a type that is none', { calls: [{ to, abi: [{ type: 'function', name: 'f', inputs: [{ type: 'uint7' }] }], functionName: 'f' }] }, 'AbiError', /uint7/],
  ['a function name that is none', { calls: [{ to, abi: transfer, functionName: 7 }] }, 'InvalidArgumentError', /calls\[0\]\.functionName is 7/],
  ['too few arguments', { calls: [{ to, abi: transfer, functionName: 'transfer', args: [to] }] }, 'AbiError', /calls\[0\]\.args \(transfer\(address,uint256\)\): .*2/],
  ['an argument of the wrong type', { calls: [{ to }, { to, abi: transfer, functionName: 'transfer', args: [to, 'ten'] }] }, 'AbiError', /calls\[1\]\.args\[1\]/],
  ['an argument past its type', { calls: [{ to, abi: transfer, functionName: 'transfer', args: [to, 1n << 256n] }] }, 'AbiError', /calls\[0\]\.args\[1\]/],
  ['an argument with a fraction', { calls: [{ to, abi: transfer, functionName: 'transfer', args: [to, 1.5] }] }, 'InvalidNumberError', /calls\[0\]\.args\[1\] is 1\.5/],
  ['an argument that is null', { calls: [{ to, abi: transfer, functionName: 'transfer', args: [null, 1n] }] }, 'InvalidArgumentError', /calls\[0\]\.args\[0\] is null/],
  ['an ABI bomb', { calls: [{ to, abi: [{ type: 'function', name: 'f', inputs: [{ type: 'uint8[1000000000][1000000000]' }] }], functionName: 'f', args: [[]] }] }, 'AbiError', /uint8|values/],
  ['data and a function', { calls: [{ to, data: '0x', abi: transfer, functionName: 'transfer', args: [to, 1n] }] }, 'InvalidArgumentError', /calls\[0\] has both data and a function/],
  ['a function of columns', { calls: { to, count: 1, abi: transfer } }, 'UnsupportedError', /calls\.abi .*\n.*array of objects/],
  ['coverage that is no answer', { calls: [], coverage: 'yes' }, 'InvalidArgumentError', /coverage is "yes"/],
  ['an unknown keep', { calls: [], keep: 'most' }, 'InvalidArgumentError', /keep is "most"/],
  ['a precompile moved', { calls: [{ to }], stateOverrides: { [to]: { movePrecompileToAddress: to } } }, 'UnsupportedError', /stateOverrides\[.*movePrecompileToAddress is not supported/],
  ['two overrides of an account', { calls: [{ to }], stateOverrides: [{ address: to }, { address: to }] }, 'InvalidArgumentError', /stateOverrides has account .* twice/],
  ['state and stateDiff', { calls: [{ to }], stateOverrides: { [to]: { state: {}, stateDiff: {} } } }, 'InvalidArgumentError', /both state and stateDiff/],
  ['a slot overridden twice', { calls: [{ to }], stateOverrides: { [to]: { stateDiff: { '0x1': 1n, '0x01': 2n } } } }, 'InvalidArgumentError', /slot 0x1 twice/],
  ['a blob base fee', { calls: [{ to }], blockOverrides: { blobBaseFee: 1n } }, 'UnsupportedError', /blockOverrides\.blobBaseFee .*\n.*excessBlobGas/],
  ['withdrawals', { calls: [{ to }], blockOverrides: { withdrawals: [] } }, 'UnsupportedError', /blockOverrides\.withdrawals/],
  ['a document that is none', { calls: { lanevm: 1 } }, 'DocumentError', /hardfork/],
  ['a document of a later version', { calls: { lanevm: 2, hardfork: 'osaka', steps: [] } }, 'DocumentError', /lanevm: found 2/],
  ['a document and a state', { calls: { lanevm: 1 }, state: {} }, 'InvalidArgumentError', /parameters\.state stands beside a document/],
  ['code at level call', { level: 'call', calls: [{ code: '0x00' }] }, 'UnsupportedError', /calls\[0\]\.code is only for level 'frame'/],
  ['a nonce at level frame', { calls: [{ to, nonce: 1 }] }, 'UnsupportedError', /calls\[0\]\.nonce .* 'frame'/],
  ['two kinds of fees', { level: 'call', calls: [{ to, gasPrice: 1n, maxFeePerGas: 1n }] }, 'InvalidArgumentError', /both gasPrice and/],
  ['fees of the wrong type', { level: 'call', calls: [{ to, type: 'legacy', maxFeePerGas: 1n }] }, 'InvalidArgumentError', /maxFeePerGas does not go with type 'legacy'/],
  ['a wrong storage key', { calls: [{ to }], state: { [to]: { state: { one: 1n } } } }, 'InvalidHexError', /slot "one"/],
  ['an account twice', { calls: [{ to }], state: [{ address: to }, { address: to }] }, 'InvalidArgumentError', /twice/],
  ['an unknown field of an account', { calls: [{ to }], state: { [to]: { storage: {} } } }, 'UnsupportedError', /storage is not supported/],
  ['a slot twice', { calls: [{ to }], state: { [to]: { state: { '0x1': 1n, '0x01': 2n } } } }, 'InvalidArgumentError', /slot 0x1 twice/],
  ['a short block hash', { calls: [{ to }], block: { blockHashes: { 1: '0x12' } } }, 'InvalidHexError', /blockHashes\[1\]/],
  ['a block number that is none', { calls: [{ to }], block: { blockHashes: { x: `0x${'00'.repeat(32)}` } } }, 'InvalidNumberError', /blockHashes\[x\]/],
  ['two times', { calls: [{ to }], block: { time: 1, timestamp: 1 } }, 'InvalidArgumentError', /both time and timestamp/],
  ['a field past the data', field({ offset: 2 }), 'InvalidArgumentError', /field `f` ends at byte 3, past the 2 bytes/],
  ['a field of 33 bytes', field({ width: 33 }), 'InvalidArgumentError', /fields\[0\]\.width is 33/],
  ['a field of no bytes', field({ width: 0 }), 'InvalidNumberError', /fields\[0\]\.width is 0/],
  ['an empty list', field({ generator: { list: [] } }), 'InvalidArgumentError', /generator\.list/],
  ['bounds in the wrong order', field({ generator: { random: { min: 2n, max: 1n } } }), 'InvalidArgumentError', /random\.min is 2, over max/],
  ['two generators', field({ generator: { list: [1n], range: { from: 1n } } }), 'InvalidArgumentError', /exactly one/],
  ['a value wider than its field', field({ generator: 256n }), 'InvalidNumberError', /generator is 256; .* below 2\^8/],
  ['a column that is not there', field({ generator: { column: 'c' } }), 'InvalidArgumentError', /`f` takes its values from column `c`.*the columns are: none/],
  ['an axis that is not there', field({ generator: { list: [1n], axis: 'a' } }), 'InvalidArgumentError', /`f` goes along axis `a`.*the axes are: none/],
  ['a list as long as no axis', { template: { axes: [{ name: 'a', length: 3 }], gas: { list: [1n, 2n], axis: 'a' } } }, 'InvalidArgumentError', /`gas` has 2 values, but axis `a` has 3 points/],
  ['more calls than the grid has', { template: { count: 4, axes: [{ name: 'a', length: 3 }] } }, 'InvalidArgumentError', /4 calls are more than the 3 points/],
  ['an axis of no points', { template: { axes: [{ name: 'a', length: 0 }] } }, 'InvalidNumberError', /template\.axes\[0\]\.length is 0/],
  ['an empty column', { template: { count: 1, columns: { c: [] } } }, 'InvalidArgumentError', /template\.columns\.c .* at least one value/],
  ['a range with a step and an end', field({ generator: { range: { from: 1n, to: 2n, count: 2, step: 1n } } }), 'InvalidArgumentError', /range has both step and to/],
  ['a distribution of no name', field({ generator: { random: { dist: 'normal' } } }), 'InvalidArgumentError', /random\.dist is "normal"/],
  ['a template without a count', { template: { to } }, 'InvalidNumberError', /template\.count is undefined/],
  ['too many calls', { template: { count: 2 ** 29, to } }, 'InvalidArgumentError', /536870912 calls are more/],
  ['a Map as state', { calls: [{ to }], state: new Map([[to, { balance: 1n }]]) }, 'InvalidArgumentError', /state is a Map; give a map from address[^]*Object\.fromEntries/],
  ['a Map as an account', { calls: [{ to }], state: { [to]: new Map([['balance', 1n]]) } }, 'InvalidArgumentError', /state\[.*\] is a Map; give an object/],
  ['a Map as storage', { calls: [{ to }], state: { [to]: { state: new Map([['0x1', 1n]]) } } }, 'InvalidArgumentError', /\.state is a Map; give a map from slot/],
  ['a Map as overrides', { calls: [{ to }], stateOverrides: new Map([[to, {}]]) }, 'InvalidArgumentError', /stateOverrides is a Map/],
  ['a Map as changed storage', { calls: [{ to }], stateOverrides: { [to]: { stateDiff: new Map() } } }, 'InvalidArgumentError', /\.stateDiff is a Map/],
  ['a Map as block hashes', { calls: [{ to }], block: { blockHashes: new Map([[1, `0x${'00'.repeat(32)}`]]) } }, 'InvalidArgumentError', /blockHashes is a Map; give a map from number/],
  ['a state that is an instance', { calls: [{ to }], state: new (class State {})() }, 'InvalidArgumentError', /state is an object; give a map/],
  ['a function without a target', { calls: [{ abi: transfer, functionName: 'transfer', args: [to, 1n] }] }, 'InvalidArgumentError', /calls\[0\] calls a function and has no to/],
  ['a number for a text', { calls: [{ to, abi: texts, functionName: 'f', args: [5n, []] }] }, 'AbiError', /args\[0\].*found 5/],
  ['a small number for a text', { calls: [{ to, abi: texts, functionName: 'f', args: [5, []] }] }, 'AbiError', /args\[0\]/],
  ['a large number for a text', { calls: [{ to, abi: texts, functionName: 'f', args: [1n << 80n, []] }] }, 'AbiError', /args\[0\]/],
  ['a large number for a text in a tuple', { calls: [{ to, abi: texts, functionName: 'f', args: ['', [{ n: 1n << 80n, s: 1n << 80n }]] }] }, 'AbiError', /args\[1\]\[0\].s/],
  ['an aborted signal', { calls: [{ to }], signal: AbortSignal.abort('enough') }, 'AbortError', /aborted before/],
  ['a signal that is none', { calls: [{ to }], signal: {} }, 'InvalidArgumentError', /signal is an object/],
  ['an onProgress that is no function', { calls: [{ to }], onProgress: 1 }, 'InvalidArgumentError', /onProgress is 1/],
]

for (const [name, parameters, expected, message] of cases) {
  test(`simulateCalls refuses ${name}`, async () => {
    await assert.rejects(engine.simulateCalls(parameters), (error) => {
      assert.ok(error instanceof lanevm[expected], `${error.name}: ${error.message}`)
      assert.ok(error instanceof lanevm.LanevmError)
      assert.equal(error.name, expected)
      assert.match(error.message, message)
      assert.equal(error.message.startsWith(error.shortMessage), true)
      assert.equal(error.walk(), error.cause instanceof Error ? error.cause : error.walk())
      return true
    })
  })
}

const options = [
  ['an unknown device', { device: 'tpu' }, 'InvalidArgumentError', /device is "tpu"; .* 'webgpu'/],
  ['no workers', { workers: 0 }, 'InvalidNumberError', /workers is 0/],
  ['too many workers', { workers: 1e6 }, 'InvalidArgumentError', /workers is 1000000/],
  ['an unknown option', { threads: 4 }, 'UnsupportedError', /options\.threads/],
  ['an unknown GPU option', { gpu: { power: 'high' } }, 'UnsupportedError', /gpu\.power/],
  ['an aborted signal', { signal: AbortSignal.abort() }, 'AbortError', /aborted/],
  ['a wasm that is missing', { device: 'cpu', wasm: '/no/such/file.wasm' }, 'EngineSetupError', /wasm .*could not be loaded[^]*no such file/],
  ['a wasm that is none', { device: 'cpu', wasm: Uint8Array.of(1, 2, 3) }, 'EngineSetupError', /wasm .*could not be loaded/],
  ['a worker that is missing', { device: 'cpu', worker: new URL('file:///no/such/worker.js') }, 'EngineSetupError', /worker did not start/],
  ['a state that is wrong', { state: { '0x1': {} } }, 'InvalidAddressError', /state\[0x1\]/],
  ['an unknown fork', { device: 'cpu', hardfork: 'Atlantis' }, 'UnknownHardforkError', /hardfork "Atlantis" is not known; known are .*Osaka/],
  ['a Map of options', new Map([['device', 'cpu']]), 'InvalidArgumentError', /options is a Map/],
  ['a GPU without the peer', { device: 'webgpu' }, 'EngineSetupError', /no WebGPU[^]*npm install webgpu/],
]

for (const [name, given, expected, message] of options) {
  test(`createEngine refuses ${name}`, async () => {
    await assert.rejects(Promise.resolve().then(() => lanevm.createEngine(given)), (error) => {
      assert.equal(error.name, expected, error.message)
      assert.ok(error instanceof lanevm[expected])
      assert.match(error.message, message)
      return true
    })
  })
}

test('a destroyed engine refuses everything, and a second destroy', async () => {
  const short = await lanevm.createEngine({ device: 'cpu', workers: 1 })
  const result = await short.simulateCalls({ calls: [{ code: '0x00' }] })
  const running = short.simulateCalls({ calls: { count: 10_000, code: '0x5b5f56', gas: 30_000_000n } })
  const waiting = short.simulateCalls({ calls: [{ code: '0x00' }] })
  const refused = { name: 'EngineDestroyedError' }
  const checks = [assert.rejects(running, refused), assert.rejects(waiting, refused)]
  await short.destroy()
  await Promise.all(checks)
  await assert.rejects(short.simulateCalls({ calls: [] }), refused)
  await assert.rejects(short.trace(result, 0).next(), refused)
  await assert.rejects(result.digest(), refused)
  await assert.rejects(short.destroy(), { name: 'EngineDestroyedError', message: /destroyed already/ })
  await short[Symbol.asyncDispose]()
  assert.equal(result.at(0).status, 'success')
})

test('a worker that dies ends its engine, and says so', async () => {
  const script = join(mkdtempSync(join(projectFolder, 'worker-')), 'worker.mjs')
  writeFileSync(
    script,
    `import 'lanevm/worker-node.js'
    import { parentPort } from 'node:worker_threads'
    parentPort.on('message', ({ type }) => type === 'run' && process.exit(3))`,
  )
  const short = await lanevm.createEngine({ device: 'cpu', worker: pathToFileURL(script) })
  const crashed = { name: 'EngineCrashedError', message: /ended unexpectedly[^]*code 3/ }
  await assert.rejects(short.simulateCalls({ calls: { count: 1_000, code: '0x5b5f56' } }), crashed)
  await assert.rejects(short.simulateCalls({ calls: [] }), crashed)
  await short.destroy()
  await assert.rejects(short.destroy(), { name: 'EngineDestroyedError' })
})

test('rows and traces that do not exist are refused', async () => {
  const result = await engine.simulateCalls({ calls: [{ code: '0x00' }] })
  for (const index of [-1, 1, 0.5, Number.NaN]) {
    assert.throws(() => result.at(index), { name: 'InvalidNumberError' })
    await assert.rejects(engine.trace(result, index).next(), { name: 'InvalidNumberError' })
  }
  await assert.rejects(engine.trace({ length: 1 }, 0).next(), { name: 'InvalidArgumentError' })
  result.release()
  await assert.rejects(engine.trace(result, 0).next(), { name: 'InvalidArgumentError', message: /released/ })
  await assert.rejects(result.digest(), { name: 'InvalidArgumentError', message: /released/ })
})

test('numbers of every size are arguments', async () => {
  const echo = { code: '0x60043603600460003760043603600' + '0f3' }
  const list = [0, -1, 2 ** 53 - 1, 1n << 63n, (1n << 64n) - 1n, 1n << 64n, -(1n << 63n), -(1n << 63n) - 1n, -(1n << 255n), (1n << 255n) - 1n]
  const result = await engine.simulateCalls({ calls: list.map((n) => ({ ...echo, abi: texts, functionName: 'f', args: ['x', [{ n, s: 'y' }]] })) })
  const found = []
  for (let index = 0; index < list.length; index++) {
    const { args } = await result.decode(index)
    found.push(JSON.stringify(args).match(/"(-?[0-9]{1,80})"/)?.[1])
  }
  assert.deepEqual(found, list.map(String))
})

test('the engine works on after refusing', async () => {
  const result = await engine.simulateCalls({ calls: [{ code: '0x00' }] })
  assert.equal(result.at(0).status, 'success')
})
