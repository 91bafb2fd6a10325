// Templates computed in JavaScript, held to the same committed values as the engine and the device.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { createEngine, fieldKey, templateCall, templateValue, threefry } from 'lanevm'

import { packageFolder } from './place.mjs'

const vectors = JSON.parse(readFileSync(join(packageFolder, '..', 'tests', 'vectors', 'template.json'), 'utf8'))
/** Returns its call data. */
const ECHO = '0x365f5f37365ff3'
let engine

before(async () => {
  engine = await createEngine({ device: 'cpu', workers: 2 })
})
after(() => engine.destroy())

test('blocks of Threefry and keys of fields are the committed ones', () => {
  assert.ok(vectors.threefry.length >= 3)
  for (const { key, counter, result } of vectors.threefry) assert.deepEqual(threefry(key, counter), result)
  for (const { seed, name, key } of vectors.fieldKeys) assert.deepEqual(fieldKey(seed, name), key)
})

for (const { name, template, rows } of vectors.templates) {
  test(`${name}: the committed values`, () => {
    assert.ok(rows.length > 10)
    for (const { row, data } of rows) {
      const call = templateCall(template, row)
      assert.equal(call.data, data, `row ${row}`)
      assert.equal(call.gas, 16_777_216n)
    }
  })

  test(`${name}: the engine makes what JavaScript computes`, async () => {
    const few = { ...template, count: 50 }
    const result = await engine.simulateCalls({ template: { ...few, code: ECHO } })
    for (let row = 0; row < 50; row++) assert.equal(result.at(row).data, templateCall(few, row).data, `row ${row}`)
  })
}

test('account, value and gas vary too', async () => {
  const template = {
    axes: [{ name: 'a', length: 4 }, { name: 'b', length: 5 }],
    seed: 5n,
    account: { random: {}, axis: 'a' },
    gas: { range: { from: 90_000n, to: 100_000n, count: 5 }, axis: 'b' },
    // CALLER and GAS, stored and returned.
    code: '0x335f525a60205260405ff3',
  }
  const result = await engine.simulateCalls({ template })
  assert.equal(result.length, 20)
  const seen = new Set()
  for (let row = 0; row < 20; row++) {
    const { account, gas } = templateCall(template, row)
    const data = result.at(row).data.slice(2)
    assert.equal(`0x${data.slice(24, 64)}`, account)
    assert.equal(BigInt(`0x${data.slice(64)}`), gas - 12n, `row ${row}`)
    seen.add(`${account} ${gas}`)
  }
  assert.equal(seen.size, 20)
})

test('what is not there is said', () => {
  const template = { count: 2, data: '0x00', fields: [{ name: 'x', offset: 0, width: 1, generator: { list: [7n, 8n] } }] }
  assert.equal(templateValue(template, 'x', 1), 8n)
  assert.throws(() => templateValue(template, 'y', 1), /no field y/)
  assert.throws(() => templateCall(template, 2), /no call 2: the template makes 2/)
  const past = { ...template, fields: [{ name: 'x', offset: 1, width: 1, generator: 1n }] }
  assert.throws(() => templateCall(past, 0), /ends at byte 2, past the 1/)
})

test('a template can stand where calls stand', async () => {
  const engine = await createEngine({ device: 'cpu', workers: 1 })
  const template = { count: 5, code: '0x5f355f5260205ff3', data: `0x${'00'.repeat(32)}`, fields: [{ name: 'n', offset: 0, generator: { range: { from: 7n } } }] }
  const [a, b] = [await engine.simulateCalls({ template }), await engine.simulateCalls({ calls: template })]
  assert.equal(await a.digest(), await b.digest())
  const gas = await engine.simulateCalls({ calls: { count: 2, code: '0x5a5f5260205ff3', gas: { list: [50n, 60n] } } })
  assert.deepEqual([...gas].map(({ data }) => BigInt(data)), [48n, 58n])
  await engine.destroy()
})
