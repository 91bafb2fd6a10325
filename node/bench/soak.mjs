// Runs many batches in one process, of every kind, and says whether memory stays: resident memory at the end against that after
// the warm-up, and handles that are left when the engine is destroyed.
//
//   cargo xtask soak --package [--batches N] [--warm-up N] [--device cpu|webgpu] [--within PERCENT]
//
// Prints JSON, and ends with 1 where memory grew by more than PERCENT (5) or a handle is left.

import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    batches: { type: 'string', default: '10000' },
    'warm-up': { type: 'string', default: '10000' },
    device: { type: 'string', default: 'cpu' },
    within: { type: 'string', default: '5' },
  },
})
const [batches, warmUp] = [Number(values.batches), Number(values['warm-up'])]
const { createEngine } = await import(new URL('../dist/esm/node.js', import.meta.url).href)

const to = `0x${'c0'.repeat(20)}`
const word = (value) => `0x${BigInt(value).toString(16).padStart(64, '0')}`
const abi = [{ type: 'function', name: 'add', inputs: [{ name: 'n', type: 'uint256' }], outputs: [{ type: 'uint256' }] }]
const document = {
  lanevm: 1,
  hardfork: 'osaka',
  lanes: 100,
  programs: { echo: { code: '0x5f355f5260205ff3' } },
  steps: [{ program: 'echo', calldata: { hex: word(0), fields: [{ offset: 0, value: { range: [0, 99] } }] } }],
}
const handles = () => process.getActiveResourcesInfo().filter((name) => !/TTY|Pipe|Timeout|Immediate/.test(name)).length

const before = handles()
const engine = await createEngine({ device: values.device, workers: 2, state: { [to]: { code: '0x5f355f5401805f555f5260205ff3' } } })
const session = engine.session()
const kinds = [
  () => engine.simulateCalls({ calls: { to, data: Array.from({ length: 100 }, (_, lane) => word(lane)) } }),
  () => engine.simulateCalls({ calls: Array.from({ length: 100 }, (_, lane) => ({ to, abi, functionName: 'add', args: [lane] })), keep: 'return' }),
  () => engine.simulateCalls({ calls: document, coverage: true }),
  () => session.run({ calls: { to, count: 50, data: word(1) } }),
  async () => {
    for await (const part of engine.stream(document, { chunk: 40 })) await part.toNDJSON()
  },
  () => engine.request({ method: 'eth_call', params: [{ to, data: word(1) }] }),
]

const memory = () => {
  globalThis.gc?.()
  return process.memoryUsage().rss
}
const samples = []
const begun = performance.now()
for (let batch = -warmUp; batch < batches; batch++) {
  // Half of the results are released by hand, half are left to the collector.
  const result = await kinds[(batch + warmUp) % kinds.length]()
  if ((batch + warmUp) % 4 < 2) result?.release?.()
  if (batch % Math.max(1, Math.floor(batches / 50)) === 0 && batch >= 0) samples.push(memory())
}
const seconds = (performance.now() - begun) / 1000
await engine.destroy()
await new Promise((resolve) => setTimeout(resolve, 100))
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1]
const [early, late] = [median(samples.slice(0, 5)), median(samples.slice(-5))]
const grown = ((late - early) / early) * 100
const left = handles() - before
console.log(JSON.stringify({ batches, seconds: Math.round(seconds), warm_up: warmUp, early_mb: Math.round(early / 1e6), late_mb: Math.round(late / 1e6), grown_percent: Number(grown.toFixed(2)), handles_left: left }))
process.exitCode = grown > Number(values.within) || left > 0 ? 1 : 0
