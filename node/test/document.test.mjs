// Documents, what is kept of runs, and the files, groups and decoded data that are made of them.

import assert from 'node:assert/strict'
import { deflateRawSync } from 'node:zlib'
import { after, before, test } from 'node:test'

import { createEngine } from 'lanevm'

import { runNode } from './place.mjs'
import { tool } from './tools.mjs'

/** Returns the sum of two words; reverts with no data where the first is 13. */
const sum = '0x5f3580600d14601357602035015f5260205ff35b5f5ffd'
const document = {
  lanevm: 1,
  hardfork: 'osaka',
  programs: { sum: { code: sum } },
  lanes: 1000,
  steps: [
    {
      program: 'sum',
      calldata: {
        hex: `0x${'00'.repeat(64)}`,
        fields: [
          { name: 'a', offset: 0, value: { range: ['0', '999'] } },
          { name: 'b', offset: 32, value: { random: { max: 1n << 200n } } },
        ],
      },
    },
  ],
}
/** Adds 1 to slot 0 and returns it. */
const count = { lanevm: 1, hardfork: 'osaka', lanes: 50, programs: { count: { code: '0x5f546001018060005560005260206000f3' } } }
const counting = { ...count, state: { accounts: { [`0x${'c0'.repeat(20)}`]: { program: 'count' } } }, level: 'call' }
const steps = [{ program: 'count' }, { program: 'count' }, { program: 'count' }]

let engine
before(async () => {
  engine = await createEngine({ device: 'cpu', workers: 2 })
})
after(() => engine.destroy())

test('a document runs as calls', async () => {
  const result = await engine.simulateCalls({ calls: document })
  assert.equal(result.length, 1000)
  assert.equal(result.stepCount, 1)
  assert.deepEqual(result.summary().byStatus, { return: 999, revert: 1 })
  assert.equal(result.at(13).error.name, 'ExecutionRevertedError')
  assert.equal(result.at(13).error.data, '0x')
  for await (const line of engine.trace(result, 1)) if (line.opName) assert.equal(line.depth, 1)
})

test('a stream gives the same lanes in chunks, whatever their length', async () => {
  const whole = await engine.simulateCalls({ calls: document })
  const expected = [...whole].map(({ data, gasUsed }) => [data, gasUsed])
  for (const chunk of [1000, 333, 64]) {
    const found = []
    let at = 0
    for await (const part of engine.stream(document, { chunk })) {
      assert.equal(part.first, at)
      at += part.length
      for (const { data, gasUsed } of part) found.push([data, gasUsed])
    }
    assert.deepEqual(found, expected)
  }
  const some = []
  for await (const part of engine.stream(JSON.stringify(document, (_, it) => (typeof it === 'bigint' ? `${it}` : it)), { from: 990, count: 5, chunk: 2 })) some.push(...part)
  assert.deepEqual(some.map(({ data }) => data), expected.slice(990, 995).map(([data]) => data))
  await assert.rejects(engine.stream(document, { from: 999, count: 2 }).next(), { name: 'InvalidNumberError', message: /999 to 1001/ })
  await assert.rejects(engine.stream(document, { chunk: 0 }).next(), { name: 'InvalidNumberError' })
})

test('a stream of a million lanes takes the memory of a chunk', { timeout: 300_000 }, async (context) => {
  const long = { ...document, lanes: 1_000_000, steps: [{ ...document.steps[0], calldata: { hex: `0x${'00'.repeat(64)}`, fields: [{ offset: 0, value: { range: ['14', '1000013'] } }] } }] }
  // All results together would be 88 MB of columns in this thread alone: 24 bytes of counts, 32 of data and more for each lane.
  const script = `
    import { createEngine } from 'lanevm'
    const engine = await createEngine({ device: 'cpu', workers: 2 })
    const resident = []
    let lanes = 0
    for await (const part of engine.stream(${JSON.stringify(long)}, { keep: 'return', chunk: 65_536 })) {
      if (part.first !== lanes || part.summary().byStatus.return !== part.length) throw new Error('lane ' + lanes)
      lanes += part.length
      gc()
      resident.push(process.memoryUsage().rss)
    }
    await engine.destroy()
    console.log(JSON.stringify({ lanes, resident }))
  `
  const ran = await runNode(script, { args: ['--expose-gc', '--input-type=module'], timeout: 300_000 })
  assert.equal(ran.code, 0, ran.stderr)
  const { lanes, resident } = JSON.parse(ran.stdout)
  assert.deepEqual([lanes, resident.length], [1_000_000, 16])
  const [early, late] = [Math.max(...resident.slice(0, 4)), Math.max(...resident)]
  context.diagnostic(`resident ${(early / 1e6).toFixed(0)} MB after four chunks, at most ${(late / 1e6).toFixed(0)} MB`)
  assert.ok(late < early + 40e6, `${resident} bytes resident`)
})

test('a link is a document too', async () => {
  const text = JSON.stringify({ ...count, steps: [steps[0]] })
  const link = `https://lanevm.example/#${deflateRawSync(text).toString('base64url')}`
  const { lanes, json } = await engine.readDocument(link)
  assert.equal(lanes, 50)
  assert.deepEqual(JSON.parse(json).programs, count.programs)
  for await (const part of engine.stream(link)) assert.equal(BigInt(part.at(49).data), 1n)
  await assert.rejects(engine.readDocument('https://lanevm.example/#'), { name: 'DocumentError' })
  await assert.rejects(engine.readDocument('#!'), { name: 'DocumentError', message: /base64url/ })
  await assert.rejects(engine.readDocument('{'), { name: 'DocumentError' })
})

test('steps of a sequence follow one another, those of independent ones do not', async () => {
  const sequence = await engine.simulateCalls({ calls: { ...counting, steps } })
  assert.equal(sequence.stepCount, 3)
  assert.deepEqual([0, 1, 2].map((step) => BigInt(sequence.at(7, step).data)), [1n, 2n, 3n])
  assert.equal(BigInt(sequence.at(7).data), 3n)
  assert.equal(BigInt(sequence.step(1).at(7).data), 2n)
  assert.throws(() => sequence.at(7, 3), { name: 'InvalidNumberError', message: /Step 3/ })
  const first = []
  for await (const line of engine.trace(sequence, 7, { step: 2 })) if (line.opName === 'ADD') first.push(line.stack)
  assert.deepEqual(first, [['0x2', '0x1']])
  const apart = await engine.simulateCalls({ calls: { ...counting, mode: 'independent', steps } })
  assert.deepEqual([0, 1, 2].map((step) => BigInt(apart.at(7, step).data)), [1n, 1n, 1n])
  const chunks = []
  for await (const part of engine.stream({ ...counting, steps }, { chunk: 20 })) chunks.push([part.length, BigInt(part.at(0).data)])
  assert.deepEqual(chunks, [[20, 3n], [20, 3n], [10, 3n]])
})

test('less is kept where less is wanted, and says so', async () => {
  const all = await engine.simulateCalls({ calls: document })
  const returned = await engine.simulateCalls({ calls: document, keep: 'return' })
  assert.equal(returned.at(5).data, all.at(5).data)
  assert.throws(() => returned.at(5).logs, { name: 'InvalidArgumentError', message: /keep: 'all'/ })
  await assert.rejects(returned.digest(), { name: 'InvalidArgumentError', message: /'all'/ })
  const status = await engine.simulateCalls({ calls: document, keep: 'status' })
  assert.deepEqual(status.gasUsed, all.gasUsed)
  assert.throws(() => status.dataAt(5), { name: 'InvalidArgumentError' })
  assert.equal(status.at(5).status, 'success')
  const summary = await engine.simulateCalls({ calls: document, keep: 'summary' })
  assert.equal(summary.length, 1000)
  assert.deepEqual(summary.summary().byStatus, all.summary().byStatus)
  assert.equal(summary.summary().gasTotal, all.summary().gasTotal)
  assert.throws(() => summary.at(5), { name: 'InvalidArgumentError', message: /keep: 'status'/ })
  await assert.rejects(summary.toCSV(), { name: 'InvalidArgumentError' })
})

test('a summary alone, of few calls and of many, whatever ran before', async () => {
  for (const lanes of [1, 10, 1000]) {
    const fresh = await createEngine({ device: 'cpu', workers: 2 })
    const summary = await fresh.simulateCalls({ calls: { ...document, lanes }, keep: 'summary' })
    assert.equal(summary.length, lanes)
    assert.equal(summary.summary().byStatus.return, lanes === 1000 ? 999 : lanes)
    await fresh.destroy()
  }
})

test('files of what was kept have the columns that there are', async () => {
  for (const [keep, has] of [['status', false], ['return', true], ['all', true]]) {
    const result = await engine.simulateCalls({ calls: { ...document, lanes: 3 }, keep })
    const names = (await result.toCSV()).split('\r\n')[0].split(',')
    assert.equal(names.includes('gas_used'), true)
    assert.equal(names.includes('ret'), has, keep)
    assert.equal(names.includes('logs'), keep === 'all')
    assert.ok((await result.toParquet()).length > 100)
    assert.equal((await result.groupBy('status'))[0].count, 3)
  }
})

test('groups, filters and files have the columns that the page has', async () => {
  const result = await engine.simulateCalls({ calls: document })
  const groups = await result.groupBy('status')
  assert.deepEqual(groups.map(({ key, count }) => [key, count]), [['return', 999], ['revert', 1]])
  assert.deepEqual([...groups[1].lanes], [13])
  assert.equal(groups[1].gasMin, result.gasUsed[13])
  assert.equal(groups[0].gasTotal + groups[1].gasTotal, result.summary().gasTotal)
  assert.equal((await result.groupBy('a % 7')).length, 7)
  assert.deepEqual([...(await result.filter('a >= 10 and a < 14'))], [10, 11, 12, 13])
  await assert.rejects(result.groupBy('nothing'), { name: 'InvalidArgumentError', message: /nothing/ })
  await assert.rejects(result.filter('a >'), { name: 'InvalidArgumentError' })
  const lines = (await result.toCSV()).trimEnd().split('\r\n')
  const names = lines[0].split(',')
  assert.deepEqual(names.slice(0, 4), ['lane', 'status', 'gas_used', 'steps'])
  assert.equal(lines.length, 1001)
  assert.equal(lines[14].split(',')[1], 'revert')
  const rows = (await result.toNDJSON()).trimEnd().split('\n').map((line) => JSON.parse(line))
  assert.deepEqual(rows.map(({ a }) => Number(a)), Array.from({ length: 1000 }, (_, lane) => lane))
  const part = []
  for await (const chunk of engine.stream(document, { chunk: 300 })) part.push(await chunk.toNDJSON())
  assert.equal(part.join(''), await result.toNDJSON())
})

test('Parquet is what a reader reads', async () => {
  const { parquetReadObjects, parquetMetadata } = await tool('hyparquet')
  for (const lanes of [1000, 20_000]) {
    const result = await engine.simulateCalls({ calls: { ...document, lanes } })
    const bytes = await result.toParquet()
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
    assert.equal(Number(parquetMetadata(file).num_rows), lanes)
    const rows = await parquetReadObjects({ file, utf8: true })
    const texts = (await result.toNDJSON()).trimEnd().split('\n').map((line) => JSON.parse(line))
    assert.equal(rows.length, lanes)
    for (const lane of [0, 13, 14, 999, lanes - 1]) {
      const shown = (row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null || value === undefined ? null : String(value)]))
      assert.deepEqual(shown(rows[lane]), shown(texts[lane]))
    }
  }
  const none = await engine.simulateCalls({ calls: [] })
  assert.ok((await none.toParquet()).length > 8)
})

test('coverage counts blocks and branches', async () => {
  const result = await engine.simulateCalls({ calls: document, coverage: true })
  const [program] = result.coverage
  assert.equal(program.size, (sum.length - 2) / 2)
  assert.equal(program.blocks[0].lanes, 1000)
  assert.deepEqual(program.branches.map(({ jumped, fell }) => [jumped, fell]), [[1, 999]])
  const without = await engine.simulateCalls({ calls: document })
  assert.throws(() => without.coverage, { name: 'InvalidArgumentError', message: /coverage: true/ })
})

test('a document whose run is aborted while it is opened never runs', async () => {
  const controller = new AbortController()
  const run = engine.simulateCalls({ calls: document, signal: controller.signal })
  controller.abort(new Error('changed my mind'))
  await assert.rejects(run, { name: 'AbortError', message: /changed my mind/ })
  assert.equal((await engine.simulateCalls({ calls: document })).length, 1000)
})

test('an aborted stream ends', async () => {
  const controller = new AbortController()
  const loop = { ...document, programs: { sum: { code: '0x5b5f56' } }, lanes: 100_000 }
  const stream = engine.stream(loop, { signal: controller.signal, chunk: 1000, onProgress: () => controller.abort() })
  await assert.rejects(stream.next(), { name: 'AbortError' })
  assert.equal((await engine.simulateCalls({ calls: [{ code: '0x00' }] })).at(0).status, 'success')
})
