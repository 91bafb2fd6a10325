// Measures the package against @ethereumjs/evm and EDR on message calls from a JSON file (the one that bench/workloads.mjs takes), at
// 1, 100 and 100,000 calls; what the results of 1,000,000 calls hold in memory; and how soon the first result is there. Losses are
// printed like wins.
//
//   node bench/against.mjs FILE [--workers N] [--device cpu|webgpu] [--only NAME,...] [--most SECONDS] [--json]
//
// All make every call from the same state and give its return data, which must agree. EDR makes calls as `eth_call`, request by
// request: it has no other way, so its calls pay for a transaction too. Engines take turns in every round; times are medians of the
// rounds, and so are the ratios, each of one round. Who would take more than SECONDS (2) for a round makes fewer calls, and its
// time is scaled; the table says so. Memory and first results are measured in processes of their own.
//
// EDR is no devDependency: its native part is for Node 22 and later, and so installs nowhere else by itself, though it runs on Node 20.
// npm install --no-save --force @nomicfoundation/edr@0.22.0 @nomicfoundation/edr-linux-x64-gnu@0.22.0 brings it (or the package of
// another platform). Without it the table says that it was not measured.

import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { makers, workloads } from './others.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    workers: { type: 'string', default: '2' },
    device: { type: 'string', default: 'cpu' },
    only: { type: 'string', default: 'tiny,erc20_transfer,uniswap_swap,fib,keccak' },
    most: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
    part: { type: 'string' },
  },
})
const [file] = positionals
if (file === undefined || positionals.length > 1) {
  console.error('usage: node bench/against.mjs FILE [--workers N] [--device cpu|webgpu] [--only NAME,...] [--most SECONDS] [--json]')
  process.exit(2)
}
/** How many calls, and in how many rounds. */
const COUNTS = [[1, 101], [100, 11], [100_000, 3]]
/** Processes of their own for each first result. */
const STARTS = 7
/** Results that are held where those of a million calls would take minutes; the rest is scaled. */
const HELD = 20_000
const MILLION = 1_000_000
const most = Number(values.most) * 1000
const how = { device: values.device, workers: Number(values.workers) }
const load = workloads(file)
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1]

/** What a process of its own measures: the time from before the import to the first result, or memory. */
async function part(what, name) {
  const [call] = load.calls.filter(({ name }) => name === 'erc20_transfer').concat(load.calls)
  const begun = performance.now()
  const engine = await makers[name](load, how)
  await engine.one(call)
  if (what === 'first') return performance.now() - begun
  const rss = () => {
    for (let round = 0; round < 3; round++) globalThis.gc()
    return process.memoryUsage().rss
  }
  const count = name === 'lanevm' ? MILLION : HELD
  const kept = []
  await engine.many(call, 1000)
  const before = rss()
  await engine.many(call, count, kept)
  const held = rss() - before
  if (kept.length === 0) throw new Error('nothing was kept')
  return (held / count) * MILLION
}

if (values.part !== undefined) {
  const [what, name] = values.part.split(' ')
  console.log(await part(what, name))
  process.exit(0)
}

const apart = (what, name) => {
  const args = ['--expose-gc', fileURLToPath(import.meta.url), file, '--workers', values.workers, '--device', values.device, '--part', `${what} ${name}`]
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

const engines = {}
const absent = {}
for (const [name, make] of Object.entries(makers)) {
  try {
    engines[name] = await make(load, how)
  } catch (error) {
    if (name === 'lanevm') throw error
    absent[name] = error.message.split('\n')[0]
  }
}
const names = Object.keys(engines)
const others = names.filter((name) => name !== 'lanevm')

async function timed(engine, call, count) {
  const begun = performance.now()
  await engine.many(call, count)
  return performance.now() - begun
}

const found = {}
for (const call of load.calls.filter(({ name }) => values.only.split(',').includes(name))) {
  const mine = await engines.lanevm.one(call)
  for (const name of others) {
    const other = await engines[name].one(call)
    if (other.data !== mine.data || (other.gas ?? mine.gas) !== mine.gas) {
      throw new Error(`${call.name}: ${mine.data}, ${mine.gas} gas, where ${name} has ${other.data}, ${other.gas} gas`)
    }
  }
  // All are warm before they are measured, and their pace is known.
  const pace = {}
  for (const name of names) {
    for (let made = 0; made < 100; made++) await engines[name].one(call)
    pace[name] = (await timed(engines[name], call, 100)) / 100
  }
  found[call.name] = {}
  for (const [count, rounds] of COUNTS) {
    const many = Object.fromEntries(names.map((name) => [name, name === 'lanevm' ? count : Math.max(1, Math.min(count, Math.floor(most / pace[name])))]))
    const times = Object.fromEntries(names.map((name) => [name, []]))
    for (let round = 0; round < rounds; round++) {
      for (const name of names) times[name].push(((await timed(engines[name], call, many[name])) * count) / many[name])
    }
    found[call.name][count] = Object.fromEntries(
      names.map((name) => {
        const ratios = times[name].map((time, round) => time / times.lanevm[round])
        return [name, { ms: median(times[name]), ratio: median(ratios), ...(many[name] < count ? { made: many[name] } : {}) }]
      }),
    )
  }
}
const { about } = engines.lanevm
for (const engine of Object.values(engines)) await engine.close()

const first = Object.fromEntries(names.map((name) => [name, median(Array.from({ length: STARTS }, () => apart('first', name)))]))
const memory = Object.fromEntries(names.map((name) => [name, median(Array.from({ length: 3 }, () => apart('memory', name)))]))
const machine = `${cpus().length} cores (${cpus()[0].model.trim()}), Node ${process.versions.node}; lanevm's CPU engine: ${about}`

const shown = (value) => (value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3))))
const times = (ratio) => (ratio >= 1 ? `${shown(ratio)}×` : `**${shown(ratio)}×**`)
const cell = ({ ms, ratio, made }, own) => `${shown(ms)} ms${own ? '' : ` (${times(ratio)})`}${made === undefined ? '' : ` of ${made.toLocaleString('en')}`}`

function table() {
  const titles = { lanevm: 'lanevm', ethereumjs: '@ethereumjs/evm', edr: 'EDR' }
  const lines = [`On ${machine}.`, '', `| call | calls | ${names.map((name) => titles[name]).join(' | ')} |`, `| --- | --- |${' --- |'.repeat(names.length)}`]
  for (const [name, counts] of Object.entries(found)) {
    for (const [count, by] of Object.entries(counts)) lines.push(`| ${name} | ${Number(count).toLocaleString('en')} | ${names.map((who) => cell(by[who], who === 'lanevm')).join(' | ')} |`)
  }
  const row = (title, of, unit) => lines.push(`| ${title} | ${names.map((name) => `${shown(of[name])} ${unit}${name === 'lanevm' ? '' : ` (${times(of[name] / of.lanevm)})`}`).join(' | ')} |`)
  row('first result after the import | 1', first, 'ms')
  row('memory of results | 1,000,000', Object.fromEntries(names.map((name) => [name, memory[name] / 1e6])), 'MB')
  lines.push('', `Bold are losses. "of n": n calls were made, and their time scaled; so is the memory of others, from ${HELD.toLocaleString('en')} results.`)
  for (const [name, why] of Object.entries(absent)) lines.push('', `${titles[name]} was not measured: ${why}`)
  return lines.join('\n')
}

console.log(values.json ? JSON.stringify({ machine, workloads: found, first_ms: first, memory_bytes: memory, absent }, undefined, 1) : table())
process.exit(0)
