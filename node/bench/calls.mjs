// Measures what calls cost in JavaScript, before the engine runs anything: time in the caller's thread for each call, given as
// columns, as raw objects and by name with static types; and how soon the first result is there after the import.
//
//   node bench/calls.mjs [--count N] [--rounds N]
//
// Prints JSON: {"count", "microseconds": {columns, raw, named}, "whole": {...}, "first_result_ms"}; medians of the rounds.
// `whole` is from the call to its result, for the same calls, which do next to nothing.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const entry = new URL('../dist/esm/node.js', import.meta.url)
const { values } = parseArgs({ options: { count: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '7' } } })
const [count, rounds] = [Number(values.count), Number(values.rounds)]
const { createEngine } = await import(entry.href)

const to = `0x${'c0'.repeat(20)}`
const abi = [{ type: 'function', name: 'transfer', inputs: [{ name: 'to', type: 'address' }, { name: 'amount', type: 'uint256' }], outputs: [] }]
const people = Array.from({ length: count }, (_, index) => `0x${(index + 1).toString(16).padStart(40, '0')}`)
const data = people.map((person, index) => `0xa9059cbb${person.slice(2).padStart(64, '0')}${index.toString(16).padStart(64, '0')}`)
const bytes = new Uint8Array(count * 68)
const ends = Uint32Array.from({ length: count }, (_, index) => (index + 1) * 68)
const gas = new BigUint64Array(count).fill(100_000n)

const ways = {
  columns: () => ({ calls: { to, gas, data: { bytes, ends } } }),
  raw: () => ({ calls: data.map((item) => ({ to, data: item, gas: 100_000n })) }),
  named: () => ({ calls: people.map((person, index) => ({ to, abi, functionName: 'transfer', args: [person, BigInt(index)], gas: 100_000n })) }),
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1]
const engine = await createEngine({ device: 'cpu', workers: 1, state: { [to]: { code: '0x00' } } })
const [microseconds, whole] = [{}, {}]
for (const [name, make] of Object.entries(ways)) {
  const [own, all] = [[], []]
  for (let round = 0; round < rounds; round++) {
    const parameters = make()
    const begun = performance.now()
    const running = engine.simulateCalls({ ...parameters, keep: 'status' })
    // What is done in this thread, until the worker has been told.
    await Promise.resolve()
    await Promise.resolve()
    own.push(((performance.now() - begun) * 1000) / count)
    const result = await running
    all.push(((performance.now() - begun) * 1000) / count)
    if (result.status.some((status) => result.statusName(status) !== 'stop')) throw new Error(`${name}: not all calls ended as they should`)
    result.release()
  }
  microseconds[name] = Number(median(own).toFixed(3))
  whole[name] = Number(median(all).toFixed(3))
}
await engine.destroy()

const script = `
  const begun = performance.now()
  const { createEngine } = await import(${JSON.stringify(entry.href)})
  const engine = await createEngine({ device: 'cpu', workers: 1 })
  await engine.simulateCalls({ calls: [{ code: '0x00' }] })
  console.log(performance.now() - begun)
  await engine.destroy()
`
const first = Array.from({ length: 5 }, () => Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: fileURLToPath(new URL('..', import.meta.url)), encoding: 'utf8' })))
console.log(JSON.stringify({ count, microseconds, whole, first_result_ms: Math.round(median(first)) }, undefined, 2))
