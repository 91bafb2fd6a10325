// The command: what it writes, and how it ends.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { deflateRawSync } from 'node:zlib'

import { VERSION } from 'lanevm'

import { projectFolder, run } from './place.mjs'

const bin = join(projectFolder, 'node_modules', '.bin', process.platform === 'win32' ? 'lanevm.cmd' : 'lanevm')
const folder = mkdtempSync(join(projectFolder, 'cli-'))
const call = (...args) => run(bin, args)

/** Returns the word it is given. */
const document = {
  lanevm: 1,
  hardfork: 'osaka',
  programs: { echo: { code: '0x5f355f5260205ff3' } },
  lanes: 5000,
  steps: [{ program: 'echo', calldata: { hex: `0x${'00'.repeat(32)}`, fields: [{ name: 'n', offset: 0, value: { range: [0, 4999] } }] } }],
}
function file(name, value) {
  const path = join(folder, name)
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  return path
}
const good = file('good.json', document)

test('run writes a line of JSON for each lane, in order', async () => {
  const { code, stdout, stderr } = await call('run', good, '--device', 'cpu', '--chunk', '1024')
  assert.deepEqual([code, stderr], [0, ''])
  const lanes = stdout.trimEnd().split('\n').map((line) => JSON.parse(line))
  assert.deepEqual(lanes.map(({ lane }) => lane), Array.from({ length: 5000 }, (_, lane) => lane))
  assert.ok(lanes.every(({ status, n, ret }) => status === 'return' && BigInt(n) === BigInt(ret)))
})

test('run writes CSV, with one first line', async () => {
  const { code, stdout } = await call('run', good, '--device', 'cpu', '--format', 'csv', '--chunk', '2000')
  const lines = stdout.trimEnd().split('\r\n')
  assert.deepEqual([code, lines.length, lines[0].split(',')[0]], [0, 5001, 'lane'])
  assert.equal(lines[5000].split(',')[0], '4999')
})

test('run takes a link, and standard input', async () => {
  const link = `https://lanevm.example/#${deflateRawSync(JSON.stringify({ ...document, lanes: 2 })).toString('base64url')}`
  assert.equal((await call('run', link, '--device', 'cpu')).stdout.trimEnd().split('\n').length, 2)
  const child = spawn(process.execPath, [join(projectFolder, 'node_modules', 'lanevm', 'dist', 'esm', 'cli.js'), 'run', '-', '--device', 'cpu'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (data) => (out += data))
  child.stdin.end(JSON.stringify({ ...document, lanes: 3 }))
  assert.equal(await new Promise((resolve) => child.on('close', resolve)), 0)
  assert.equal(out.trimEnd().split('\n').length, 3)
})

test('steps have their numbers', async () => {
  const steps = file('steps.json', { ...document, mode: 'independent', lanes: 2, steps: [document.steps[0], document.steps[0]] })
  const { code, stdout } = await call('run', steps, '--device', 'cpu')
  assert.equal(code, 0)
  assert.deepEqual(stdout.trimEnd().split('\n').map((line) => JSON.parse(line)).map(({ step, lane }) => [step, lane]), [[0, 0], [0, 1], [1, 0], [1, 1]])
  const csv = (await call('run', steps, '--device', 'cpu', '--format', 'csv')).stdout.trimEnd().split('\r\n')
  assert.deepEqual(csv.map((line) => line.split(',').slice(0, 2).join()), ['step,lane', '0,0', '0,1', '1,0', '1,1'])
})

test('CSV of several steps: whole cells, and columns that are the same', async () => {
  // Reverts with its call data: an error whose text has a line break.
  const text = `08c379a0${'20'.padStart(64, '0')}${'3'.padStart(64, '0')}${'610a62'.padEnd(64, '0')}`
  const step = { program: 'p', calldata: { hex: `0x${text}` } }
  const several = (steps) => ({ lanevm: 1, hardfork: 'osaka', mode: 'independent', lanes: 2, programs: { p: { code: '0x365f5f37365ffd' } }, steps })
  const { code, stdout } = await call('run', file('lines.json', several([step, step])), '--device', 'cpu', '--format', 'csv', '--chunk', '1')
  assert.equal(code, 1)
  assert.equal(stdout.match(/"a\nb"/g).length, 4)
  assert.deepEqual(stdout.trimEnd().split('\r\n').map((line) => line.split(',').slice(0, 2).join()), ['step,lane', '0,0', '1,0', '0,1', '1,1'])
  const other = { ...step, calldata: { ...step.calldata, fields: [{ name: 'n', offset: 0, width: 1, value: { range: [0, 1] } }] } }
  const refused = await call('run', file('columns.json', several([step, other])), '--device', 'cpu', '--format', 'csv')
  assert.deepEqual([refused.code, refused.stdout], [2, ''])
  assert.match(refused.stderr, /Step 1 has other columns than step 0.*ndjson/)
})

test('lanes that fail make it end with 1', async () => {
  const { code, stdout } = await call('run', file('fails.json', { ...document, lanes: 3, programs: { echo: { code: '0x5f35600114600957005b5f5ffd' } } }), '--device', 'cpu')
  assert.equal(code, 1)
  assert.deepEqual(stdout.trimEnd().split('\n').map((line) => JSON.parse(line).status), ['stop', 'revert', 'stop'])
})

for (const [name, args, message] of [
  ['no command', [], /lanevm run/],
  ['an unknown command', ['walk'], /no command "walk"/],
  ['an unknown option', ['run', good, '--fast'], /--fast/],
  ['no file', ['run'], /one file or link/],
  ['two files', ['run', good, good], /one file or link/],
  ['a file that is missing', ['run', join(folder, 'none.json')], /cannot be read/],
  ['a document that is none', ['run', file('bad.json', '{"lanevm": 1}'), '--device', 'cpu'], /hardfork/],
  ['JSON that is none', ['run', file('worse.json', '{'), '--device', 'cpu'], /document|JSON|line/i],
  ['a link without a document', ['run', 'https://lanevm.example/', '--device', 'cpu'], /base64url|document/],
  ['a chunk of nothing', ['run', good, '--chunk', '0'], /--chunk/],
  ['an unknown format', ['run', good, '--format', 'xml'], /--format/],
  ['an unknown device', ['run', good, '--device', 'tpu'], /device is "tpu"/],
]) {
  test(`wrong usage ends with 2: ${name}`, async () => {
    const { code, stdout, stderr } = await call(...args)
    assert.deepEqual([code, stdout], [2, ''], stderr)
    assert.match(stderr, message)
  })
}

/** Makes the engine's worker answer every run with an error, as no document of today brings about. */
const answering = (kind) => file(`${kind}.mjs`, `
  import { Worker } from 'node:worker_threads'
  const on = Worker.prototype.on
  Worker.prototype.on = function (name, listener) {
    const hear = (reply) => listener(reply.type === 'done' && Array.isArray(reply.value) ? { type: 'error', id: reply.id, error: { kind: '${kind}', message: 'No, said the worker.' } } : reply)
    return on.call(this, name, name === 'message' ? hear : listener)
  }
`)

for (const [kind, name, expected] of [
  ['batch', 'a batch that is refused as a whole is the fault of the document', 2],
  ['device', 'a device that fails is not', 3],
]) {
  test(`${name}: the command ends with ${expected}`, async () => {
    const cli = join(projectFolder, 'node_modules', 'lanevm', 'dist', 'esm', 'cli.js')
    const { code, stdout, stderr } = await run(process.execPath, ['--import', pathToFileURL(answering(kind)).href, cli, 'run', good, '--device', 'cpu'])
    assert.deepEqual([code, stdout], [expected, ''], stderr)
    assert.match(stderr, /No, said the worker\./)
  })
}

test('a missing GPU ends with 3', async () => {
  const { code, stderr } = await call('run', good, '--device', 'webgpu')
  assert.equal(code, 3)
  assert.match(stderr, /WebGPU/)
})

test('an interrupt ends with 130, and leaves whole lines', { skip: process.platform === 'win32' }, async () => {
  const endless = file('endless.json', { ...document, lanes: 100_000, programs: { echo: { code: '0x5b5f56' } } })
  const child = spawn(process.execPath, [join(projectFolder, 'node_modules', 'lanevm', 'dist', 'esm', 'cli.js'), 'run', endless, '--device', 'cpu', '--chunk', '8'])
  let out = ''
  child.stdout.on('data', (data) => {
    if (out === '') child.kill('SIGINT')
    out += data
  })
  assert.equal(await new Promise((resolve) => child.on('close', resolve)), 130)
  for (const line of out.trimEnd().split('\n')) JSON.parse(line)
})

test('info says what there is', async () => {
  const { code, stdout } = await call('info', '--device', 'cpu')
  const info = JSON.parse(stdout)
  assert.deepEqual([code, info.lanevm, info.device, info.node], [0, VERSION, 'cpu', process.version])
  assert.deepEqual([info.limits, info.lanesAtOnce], [{}, info.workers])
  assert.equal((await call('--version')).stdout, `${VERSION}\n`)
  assert.match((await call('--help')).stdout, /Exit codes/)
})
