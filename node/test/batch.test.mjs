// Batches on the CPU engine: exact answers, the three ways to give calls, levels, cancelling, queueing.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { AbortError, CODE_ADDRESS, createEngine, DEFAULT_GAS } from 'lanevm'

const zero = `0x${'00'.repeat(20)}`
const word = (value) => `0x${value.toString(16).padStart(64, '0')}`
const address = (value) => `0x${value.toString(16).padStart(40, '0')}`
let engine

before(async () => {
  engine = await createEngine({ device: 'cpu', workers: 2 })
})
after(() => engine.destroy())

/** The only row of a batch of one call. */
async function one(call, more = {}) {
  const result = await engine.simulateCalls({ calls: [call], ...more })
  return result.at(0)
}

test('info says what runs', () => {
  assert.equal(engine.info.device, 'cpu')
  assert.match(engine.info.adapter, /^revm \d+\.\d+\.\d+/)
  assert.equal(engine.info.whyNotGpu, undefined)
  assert.equal(engine.info.workers, 2)
})

test('exactly enough gas leaves none, one less runs out', async () => {
  const code = '0x600160020100' // PUSH1 PUSH1 ADD STOP: 9 gas
  const enough = await one({ code, gas: 9n })
  assert.deepEqual([enough.status, enough.gasUsed, enough.halt, enough.steps], ['success', 9n, undefined, 4n])
  const short = await one({ code, gas: 8n })
  assert.deepEqual([short.status, short.gasUsed, short.halt], ['failure', 8n, 'out_of_gas'])
})

test('the environment is what the call and block say', async () => {
  // ADDRESS CALLER CALLVALUE GAS NUMBER TIMESTAMP COINBASE CHAINID BASEFEE PREVRANDAO, each stored after the other.
  const reads = ['30', '33', '34', '5a', '43', '42', '41', '46', '48', '44']
  const code = `0x${reads.map((op, index) => `${op}61${(index * 32).toString(16).padStart(4, '0')}52`).join('')}6101405ff3`
  const account = address(0xaan)
  const row = await one(
    { account, code, value: 5n },
    {
      state: { [account]: { balance: 6n } },
      block: {
        number: 17n,
        time: 18n,
        feeRecipient: address(0xbbn),
        chainId: 5,
        baseFeePerGas: 19,
        prevRandao: word(20n),
      },
    },
  )
  const words = row.data.slice(2).match(/.{64}/g).map((hex) => BigInt(`0x${hex}`))
  assert.equal(words.length, 10)
  assert.equal(words[0], BigInt(CODE_ADDRESS))
  // Three reads of 2, pushes of 3 and stores of 3 + 3 for the memory stand before GAS, which costs 2.
  assert.equal(words[3], DEFAULT_GAS - 3n * (2n + 3n + 3n + 3n) - 2n)
  words.splice(3, 1)
  assert.deepEqual(words.slice(1), [0xaan, 5n, 17n, 18n, 0xbbn, 5n, 19n, 20n])
})

test('storage, logs, refunds and created contracts come out decoded', async () => {
  const to = address(0xc0de01n)
  // SSTORE(1, 0) clears a slot; SSTORE(2, 9); LOG0 of nothing; LOG2 of a word with 0x77.
  const code = '0x5f600155' + '6009600255' + '6077602052' + '5f5fa0' + '6012601160206020a2' + '00'
  const row = await one({ to }, { state: { [to]: { code, state: { '0x01': 5n } } } })
  assert.equal(row.status, 'success')
  assert.deepEqual(row.stateChanges, [
    { address: to, stateDiff: [{ slot: word(1n), value: word(0n) }, { slot: word(2n), value: word(9n) }] },
  ])
  assert.equal(row.refund, 4800n)
  assert.equal(row.logs.length, 2)
  assert.deepEqual(row.logs[0], { address: to, topics: [], data: '0x', logIndex: 0 })
  assert.deepEqual(row.logs[1], { address: to, topics: [word(0x11n), word(0x12n)], data: word(0x77n), logIndex: 1 })

  const created = await one({ account: address(1n), data: '0x600160005360016000f3', gas: 100_000n })
  assert.equal(created.status, 'success')
  assert.equal(created.createdAddress?.length, 42)
  const change = created.stateChanges.find(({ address: changed }) => changed === created.createdAddress)
  assert.equal(change.code, '0x01')
  assert.equal(change.nonce, 1n)
})

test('a revert is a value', async () => {
  const row = await one({ code: '0x6042600052600160' + '1ffd' })
  assert.deepEqual([row.status, row.halt, row.data], ['failure', 'revert', '0x42'])
})

test('levels differ in intrinsic gas and checks', async () => {
  const to = address(0xd00dn)
  assert.equal((await one({ to }, { level: 'frame' })).gasUsed, 0n)
  assert.equal((await one({ to }, { level: 'call' })).gasUsed, 21_000n)
  const account = address(0xeen)
  const poor = await one({ account, to, gas: 21_000n, gasPrice: 1n }, { level: 'transaction' })
  assert.equal(poor.halt, 'rejected')
  assert.ok(poor.detail)
  const state = { [account]: { balance: 21_000n, nonce: 3 } }
  const rich = await one({ account, to, gas: 21_000n, gasPrice: 1n, nonce: 3 }, { level: 'transaction', state })
  assert.deepEqual([rich.status, rich.gasUsed], ['success', 21_000n])
  const late = await one({ account, to, gas: 21_000n, gasPrice: 1n, nonce: 2 }, { level: 'transaction', state })
  assert.equal(late.halt, 'rejected')
})

test('an access list costs what EIP-2930 says', async () => {
  const to = address(0xd00dn)
  const accessList = [{ address: to, storageKeys: [word(1n), word(2n)] }]
  const row = await one({ to, accessList, gas: 100_000n }, { level: 'call' })
  assert.equal(row.gasUsed, 21_000n + 2_400n + 2n * 1_900n)
})

test('a fork has its own rules', async () => {
  const code = '0x5f00' // PUSH0, since Shanghai
  assert.equal((await one({ code }, { hardfork: 'Shanghai' })).status, 'success')
  assert.equal((await one({ code }, { hardfork: 'paris' })).halt, 'undefined_opcode')
})

test('unknown state ends a call, and is named', async () => {
  const state = { [CODE_ADDRESS]: {}, [zero]: {} }
  const row = await one({ code: `0x73${'ab'.repeat(20)}3100` }, { missingState: 'unknown', state })
  assert.equal(row.halt, 'missing_state')
  assert.match(row.detail, /(ab){20}/i)
})

test('a step limit ends a call as unfinished', async () => {
  const row = await one({ code: '0x5b5f56' }, { maxSteps: 1_000 })
  assert.deepEqual([row.status, row.halt], ['unfinished', 'step_limit'])
})

test('objects, columns and a template mean the same', async () => {
  const to = address(0xc0de0fn)
  const state = { [to]: { code: '0x5f3560205500', balance: 0n } }
  const count = 300
  const values = Array.from({ length: count }, (_, index) => BigInt(index % 3))
  const account = address(0xaan)
  const shared = { account, state: { ...state, [account]: { balance: 10n } } }
  const results = await Promise.all([
    engine.simulateCalls({
      ...shared,
      calls: values.map((value, index) => ({ to, value, data: word(BigInt(index) * 7n), gas: 50_000n })),
    }),
    engine.simulateCalls({
      ...shared,
      calls: { to, value: values, gas: 50_000n, data: values.map((_, index) => word(BigInt(index) * 7n)) },
    }),
    engine.simulateCalls({
      ...shared,
      calls: {
        to: new Uint8Array(20 * count).map((_, index) => [0xc0, 0xde, 0x0f][(index % 20) - 17] ?? 0),
        value: BigUint64Array.from(values),
        gas: BigUint64Array.from(values, () => 50_000n),
        data: {
          bytes: Buffer.from(values.map((_, index) => word(BigInt(index) * 7n).slice(2)).join(''), 'hex'),
          ends: Uint32Array.from(values, (_, index) => (index + 1) * 32),
        },
      },
    }),
    engine.simulateCalls({
      ...shared,
      template: {
        count,
        to,
        value: { list: [0n, 1n, 2n] },
        gas: 50_000n,
        data: word(0n),
        fields: [{ name: 'x', offset: 0, generator: { range: { from: 0n, step: 7n } } }],
      },
    }),
  ])
  const digests = await Promise.all(results.map((result) => result.digest()))
  assert.equal(new Set(digests).size, 1)
  assert.equal(results[0].length, count)
  // The sender paid, and the contract was paid and stored a word.
  assert.equal(results[0].at(5).stateChanges.length, 2)
})

test('random fields are the same each time and stay in their bounds', async () => {
  const run = (seed) =>
    engine.simulateCalls({
      template: {
        count: 500,
        seed,
        code: '0x5f355f5260205ff3',
        data: word(0n),
        fields: [{ name: 'x', offset: 0, generator: { random: { min: 10n, max: 13n } } }],
      },
    })
  const [first, again, other] = await Promise.all([run(1n), run(1n), run(2n)])
  const seen = new Set([...first].map((row) => BigInt(row.data)))
  assert.deepEqual([...seen].sort(), [10n, 11n, 12n, 13n])
  assert.equal(await first.digest(), await again.digest())
  assert.notEqual(await first.digest(), await other.digest())
})

test('no calls are a batch too', async () => {
  for (const parameters of [{ calls: [] }, { calls: { count: 0, to: zero } }, { template: { count: 0, to: zero } }]) {
    const result = await engine.simulateCalls(parameters)
    assert.equal(result.length, 0)
    assert.equal(result.summary().count, 0)
    assert.match(await result.digest(), /^0x[0-9a-f]{64}$/)
  }
})

test('a million bytes of call data arrive', async () => {
  const data = new Uint8Array(1 << 20).fill(7)
  const row = await one({ code: '0x365f5260205ff3', data })
  assert.equal(BigInt(row.data), 1n << 20n)
})

test('huge gas and far memory end, and leave the engine alive', async () => {
  const far = await one({ code: `0x60016${'7'}${'ff'.repeat(8)}5200`, gas: (1n << 64n) - 1n })
  assert.equal(far.status, 'failure')
  assert.ok(['out_of_gas', 'host_limit'].includes(far.halt), far.halt)
  assert.equal((await one({ code: '0x00' })).status, 'success')
})

test('progress moves, and cancelling keeps what is finished', async () => {
  const controller = new AbortController()
  const seen = []
  const calls = Array.from({ length: 2_000 }, (_, index) => (index < 200 ? { code: '0x00' } : { code: '0x5b5f56', gas: 30_000_000n }))
  let error
  try {
    await engine.simulateCalls({
      calls,
      signal: controller.signal,
      onProgress: (progress) => {
        seen.push(progress)
        if (progress.done >= 200) controller.abort()
      },
    })
  } catch (caught) {
    error = caught
  }
  assert.ok(error instanceof AbortError, String(error))
  assert.equal(error.partial.length, 2_000)
  const { byStatus } = error.partial.summary()
  assert.ok(byStatus.stop >= 1, JSON.stringify(byStatus))
  assert.ok(byStatus.unfinished >= 1, JSON.stringify(byStatus))
  assert.equal(seen[0].lanes, 2_000)
  assert.equal((await one({ code: '0x00' })).status, 'success')
})

test('a waiting batch that is aborted never runs, and the others do', async () => {
  const controller = new AbortController()
  const first = engine.simulateCalls({ calls: { count: 2_000, code: '0x5b5f56', gas: 30_000n } })
  const second = engine.simulateCalls({ calls: [{ code: '0x00' }], signal: controller.signal })
  const third = engine.simulateCalls({ calls: [{ code: '0x00' }] })
  controller.abort(new Error('changed my mind'))
  await assert.rejects(second, { name: 'AbortError', message: /waited/ })
  assert.equal((await first).summary().byStatus.out_of_gas, 2_000)
  assert.equal((await third).length, 1)
})

test('an onProgress that throws rejects its batch only', async () => {
  const failing = engine.simulateCalls({
    calls: { count: 10, code: '0x00' },
    onProgress: () => {
      throw new TypeError('mine')
    },
  })
  await assert.rejects(failing, { name: 'TypeError', message: 'mine' })
  assert.equal((await one({ code: '0x00' })).status, 'success')
})

test('a trace is EIP-3155, and says when it is cut', async () => {
  const result = await engine.simulateCalls({ calls: [{ code: '0x600160020100' }, { code: '0x5b5f56' }] })
  const lines = []
  for await (const line of engine.trace(result, 0)) lines.push(line)
  assert.deepEqual(lines.map(({ pc }) => pc), [0, 2, 4, 5, undefined])
  assert.deepEqual(lines[2].stack.map(BigInt), [1n, 2n])
  assert.equal(BigInt(lines[0].gas), DEFAULT_GAS)
  assert.equal(BigInt(lines[4].gasUsed), 9n)
  assert.equal(lines[4].pass, true)
  const cut = []
  for await (const line of engine.trace(result, 1, { maxSteps: 10 })) cut.push(line)
  assert.equal(cut.length, 11)
  assert.equal(cut[10].cut, true)
})

test('the event loop is not blocked while a batch runs', async () => {
  let turns = 0
  const timer = setInterval(() => turns++, 5)
  const started = performance.now()
  await engine.simulateCalls({ calls: { count: 2_000, code: '0x5b5f56', gas: 300_000n } })
  const ms = performance.now() - started
  clearInterval(timer)
  assert.ok(ms < 50 || turns > ms / 50, `${turns} turns in ${Math.round(ms)} ms`)
})
