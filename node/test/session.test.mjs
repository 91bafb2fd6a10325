// Sessions: lanes that carry what a call changed to the next.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { createEngine } from 'lanevm'

const counter = `0x${'c0'.repeat(20)}`
/** Adds the first word of call data to slot 0, and returns what stands there. */
const code = '0x5f355f5401805f555f5260205ff3'
const state = { [counter]: { code, state: { '0x00': 5n } } }
const word = (value) => `0x${BigInt(value).toString(16).padStart(64, '0')}`

let engine
before(async () => {
  engine = await createEngine({ device: 'cpu', workers: 2, state })
})
after(() => engine.destroy())

test('lanes carry on what their calls changed', async () => {
  const session = engine.session()
  assert.equal(session.lanes, undefined)
  for (let run = 1; run <= 4; run++) {
    const result = await session.run({ calls: { to: counter, data: [1, 10, 100].map(word) } })
    assert.deepEqual([...result].map(({ data }) => BigInt(data)), [5n + BigInt(run), 5n + 10n * BigInt(run), 5n + 100n * BigInt(run)])
    assert.match(await result.digest(), /^0x[0-9a-f]{64}$/)
    assert.equal((await result.toCSV()).trimEnd().split('\r\n').length, 4)
    await assert.rejects(engine.trace(result, 0).next(), { name: 'InvalidArgumentError', message: /carried/ })
  }
  assert.deepEqual([session.lanes, session.runs], [3, 4])
  const before = await engine.simulateCalls({ calls: [{ to: counter, data: word(0) }] })
  assert.equal(BigInt(before.at(0).data), 5n)
  session.close()
  await assert.rejects(session.run({ calls: [] }), { name: 'InvalidArgumentError', message: /closed/ })
})

test('one lane becomes many, and they go apart', async () => {
  const session = engine.session({ stateOverrides: [{ address: counter, stateDiff: [{ slot: word(0), value: word(1000) }] }] })
  await session.run({ calls: { to: counter, data: [1, 2].map(word) } })
  const branch = await session.branch([1, 1, 0])
  const apart = await branch.run({ calls: { to: counter, data: [10, 20, 30].map(word) } })
  assert.deepEqual([...apart].map(({ data }) => BigInt(data)), [1012n, 1022n, 1031n])
  const on = await session.run({ calls: { to: counter, data: word(0), count: 2 } })
  assert.deepEqual([...on].map(({ data }) => BigInt(data)), [1001n, 1002n])
  await assert.rejects(session.branch([2]), { name: 'InvalidArgumentError', message: /lanes\[0\] is 2/ })
  session.close()
})

test('new accounts, blocks and codes of later runs', async () => {
  const session = engine.session({ level: 'frame' })
  const deployed = await session.run({ account: counter, calls: [{ data: '0x6001600c60003960016000f3' + '43'.repeat(1) }] })
  assert.equal(deployed.at(0).status, 'success')
  const found = await session.run({ calls: [{ code: '0x435f5260205ff3' }], blockOverrides: { number: 77n } })
  assert.equal(BigInt(found.at(0).data), 77n)
  const later = await session.run({ calls: [{ code: '0x435f5260205ff3' }], block: { number: 78n } })
  assert.equal(BigInt(later.at(0).data), 78n)
  const after = await session.run({ calls: [{ to: deployed.at(0).createdAddress }] })
  assert.equal(after.at(0).status, 'success')
  assert.equal(after.at(0).steps, 2n)
  session.close()
})

test('wrong use is refused, and the lanes stand where they stood', async () => {
  const session = engine.session()
  await session.run({ calls: { to: counter, data: [1, 2].map(word) } })
  await assert.rejects(session.run({ calls: [{ to: counter }] }), { name: 'BatchError', message: /step/ })
  await assert.rejects(session.run({ calls: [{ to: counter }], state: {} }), { name: 'UnsupportedError', message: /parameters\.state/ })
  await assert.rejects(session.run({ calls: { lanevm: 1 } }), { name: 'InvalidArgumentError', message: /document/ })
  assert.throws(() => engine.session({ lanes: 2 }), { name: 'UnsupportedError', message: /options\.lanes/ })
  await assert.rejects(engine.session().branch([0]), { name: 'InvalidArgumentError', message: /before its first run/ })
  const on = await session.run({ calls: { to: counter, data: word(0), count: 2 } })
  assert.deepEqual([...on].map(({ data }) => BigInt(data)), [6n, 7n])
})

test('fields that are undefined leave the session what it has', async () => {
  const caller = `0x${'ca'.repeat(20)}`
  const session = engine.session({ account: caller, level: 'frame', hardfork: 'london' })
  // CALLER, and PUSH0, which London does not have.
  const run = (code, more) => session.run({ calls: [{ code, gas: 100_000n }], account: undefined, level: undefined, hardfork: undefined, ...more })
  assert.equal(BigInt((await run('0x3360005260206000f3')).at(0).data), BigInt(caller))
  const without = await run('0x5f00')
  assert.equal(without.at(0).status, 'failure')
  session.close()
})

test('each run has its own step limit', async () => {
  const session = engine.session()
  const run = async (maxSteps) => (await session.run({ calls: [{ to: counter, data: word(1) }], maxSteps })).at(0)
  assert.equal((await run(undefined)).status, 'success')
  assert.equal((await run(100n)).status, 'success')
  assert.equal((await run(3n)).halt, 'step_limit')
  session.close()
  const other = engine.session()
  assert.equal((await other.run({ calls: [{ to: counter, data: word(1) }], maxSteps: 20n })).at(0).status, 'success')
  assert.equal((await other.run({ calls: [{ code: '0x5b5f56', gas: 60_000n }], level: 'frame' })).at(0).halt, 'out_of_gas')
  other.close()
})

test('an aborted run is a run: the session knows its lanes', async () => {
  const session = engine.session({ level: 'frame' })
  const controller = new AbortController()
  const calls = Array.from({ length: 2_000 }, () => ({ code: '0x5b5f56', gas: 30_000_000n }))
  setTimeout(() => controller.abort(), 50)
  await assert.rejects(session.run({ calls, signal: controller.signal }), { name: 'AbortError' })
  assert.deepEqual([session.lanes, session.runs], [2_000, 1])
  const branch = await session.branch([3])
  assert.equal(branch.lanes, 1)
  branch.close()
  session.close()
})

test('a session whose first run was refused begins anew', async () => {
  const session = engine.session({ level: 'transaction' })
  await assert.rejects(session.run({ calls: [{ code: '0x00' }] }), { name: 'UnsupportedError' })
  await assert.rejects(session.run({ calls: [{ to: counter }], hardfork: 'Atlantis' }), { name: 'UnknownHardforkError' })
  assert.deepEqual([session.lanes, session.runs], [undefined, 0])
  await session.run({ calls: { count: 3, to: counter, data: word(1) }, level: 'call' })
  assert.equal(session.lanes, 3)
  session.close()
})
