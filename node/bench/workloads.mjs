// Measures the package's CPU engine (wasm, in Node) on message calls from a JSON file:
//
//   node bench/workloads.mjs FILE [--workers N] [--seconds S] [--device cpu|webgpu]
//
// FILE holds `accounts` (addr, balance, nonce, code, storage) and `calls` (name, caller, to, data, gas, gasUsed), hex
// without 0x; a call's `gasUsed`, where it is given, must come out. Each workload is run in batches of equal calls; the
// median of the batches' rates is printed as JSON: {"device", "adapter", "workers", "workloads": {name: {calls_per_s,
// gas_per_s, batches, calls}}}. Only the batch call is timed: from the call to its result, digest and decoding left out.

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { createEngine } from '../dist/esm/node.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    workers: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '2' },
    device: { type: 'string', default: 'cpu' },
  },
})
if (positionals.length !== 1) {
  console.error('usage: node bench/workloads.mjs FILE [--workers N] [--seconds S] [--device cpu|webgpu]')
  process.exit(2)
}

const { accounts, calls } = JSON.parse(readFileSync(positionals[0], 'utf8'))
const hex = (text) => (text.startsWith('0x') ? text : `0x${text}`)
const state = Object.fromEntries(
  accounts.map(({ addr, balance = '0x0', nonce = 0, code = '', storage = {} }) => [
    hex(addr),
    {
      balance: hex(balance),
      nonce,
      code: hex(code),
      state: Object.fromEntries(Object.entries(storage).map(([slot, value]) => [hex(slot), hex(value)])),
    },
  ]),
)

const median = (rates) => rates.toSorted((a, b) => a - b)[rates.length >> 1]
const seconds = Number(values.seconds)
const engine = await createEngine({ device: values.device, workers: Number(values.workers) })
const workloads = {}
for (const { name, caller, to, data, gas, gasUsed } of calls) {
  const batch = (count) => ({
    state,
    hardfork: 'Osaka',
    calls: { count, account: hex(caller), to: hex(to), data: hex(data), gas: BigInt(gas) },
  })
  const time = async (count) => {
    const started = performance.now()
    const result = await engine.simulateCalls(batch(count))
    const took = (performance.now() - started) / 1000
    const row = result.at(count - 1)
    result.release()
    if (row.status !== 'success' || (gasUsed !== undefined && row.gasUsed !== BigInt(gasUsed))) {
      throw new Error(`${name}: ${row.halt ?? row.status} with ${row.gasUsed} gas, where ${gasUsed} was expected`)
    }
    return { took, gas: Number(row.gasUsed) }
  }
  // As many calls as take about a fifth of the time, found by doubling; that also warms everything up.
  let count = 16
  let probe = await time(count)
  while (probe.took < seconds / 10 && count < 1 << 17) {
    count *= 2
    probe = await time(count)
  }
  const rates = []
  const ends = performance.now() + seconds * 1000
  while (rates.length < 3 || performance.now() < ends) rates.push(count / (await time(count)).took)
  const rate = median(rates)
  workloads[name] = { calls_per_s: rate, gas_per_s: rate * probe.gas, batches: rates.length, calls: count }
}
const { device, adapter, workers } = engine.info
await engine.destroy()
console.log(JSON.stringify({ device, adapter, workers, workloads }, null, 1))
