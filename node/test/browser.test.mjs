// The package in a browser: bundled by esbuild, served, and run by headless Chromium, on the CPU and on WebGPU.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { test } from 'node:test'

import { createEngine } from 'lanevm'

import { erc20 } from './erc20.mjs'
import { packageFolder, projectFolder, requireTool } from './place.mjs'

const COUNT = 1_000
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--no-first-run',
  '--disable-sync',
  '--disable-component-update',
  '--disable-background-networking',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
]
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' }

const page = (parameters) => `
  import { createEngine } from 'lanevm'
  const parameters = ${parameters}
  const report = {}
  try {
    for (const device of ['cpu', 'webgpu']) {
      let engine
      try {
        engine = await createEngine({ device, workers: 2 })
      } catch (error) {
        report[device] = { failed: error.name, message: error.message }
        continue
      }
      const result = await engine.simulateCalls(parameters)
      const { onGpu, byStatus } = result.summary()
      let lines = 0
      for await (const line of engine.trace(result, 0)) lines++
      report[device] = { onGpu, byStatus, digest: await result.digest(), lines, info: engine.info.adapter }
      await engine.destroy()
    }
  } catch (error) {
    report.error = String(error?.stack ?? error)
  }
  await fetch('/report', { method: 'POST', body: JSON.stringify(report) })
`

/** The parameters as JavaScript text: JSON has no bigints. */
function source(value) {
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return `[${value.map(source).join()}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${source(item)}`).join()}}`
}

test('esbuild, for browsers, in Chromium', { timeout: 600_000 }, async (context) => {
  if (!CHROMIUM) return context.skip('there is no Chromium')
  const engine = await createEngine({ device: 'cpu' })
  const parameters = await erc20(engine, packageFolder, COUNT)
  const digest = await (await engine.simulateCalls(parameters)).digest()
  await engine.destroy()

  const folder = mkdtempSync(join(projectFolder, 'page-'))
  writeFileSync(join(folder, 'main.mjs'), page(source(parameters)))
  await requireTool('esbuild').build({
    entryPoints: [join(folder, 'main.mjs')],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    outfile: join(folder, 'main.js'),
    logLevel: 'silent',
  })
  for (const name of ['worker-browser.js', 'lanevm_bg.wasm']) {
    copyFileSync(join(projectFolder, 'node_modules', 'lanevm', 'dist', 'esm', name), join(folder, name))
  }
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>lanevm</title><script type="module" src="/main.js"></script>')

  let answer
  const reported = new Promise((resolve) => (answer = resolve))
  const server = createServer((request, response) => {
    if (request.url === '/report') {
      let body = ''
      request.on('data', (data) => (body += data))
      request.on('end', () => {
        response.end()
        answer(JSON.parse(body))
      })
      return
    }
    const file = join(folder, request.url === '/' ? 'index.html' : request.url.slice(1))
    if (!existsSync(file)) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' }).end(readFileSync(file))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const profile = mkdtempSync(join(projectFolder, 'profile-'))
  const url = `http://127.0.0.1:${server.address().port}/`
  const browser = spawn(CHROMIUM, [...FLAGS, `--user-data-dir=${profile}`, url], { stdio: 'ignore' })
  const ended = new Promise((resolve) => browser.once('exit', resolve))
  try {
    const early = ended.then((code) => ({ error: `Chromium ended with ${code}` }))
    const report = await Promise.race([reported, early])
    assert.equal(report.error, undefined)
    assert.deepEqual(report.cpu.byStatus, { return: COUNT })
    assert.equal(report.cpu.digest, digest)
    assert.ok(report.cpu.lines > 100)
    if (report.webgpu.failed) {
      assert.match(report.webgpu.message, /no WebGPU/i)
      context.diagnostic(`no WebGPU in this Chromium: ${report.webgpu.message}`)
      return
    }
    assert.equal(report.webgpu.onGpu, COUNT)
    assert.equal(report.webgpu.digest, digest)
    context.diagnostic(`WebGPU: ${report.webgpu.info}`)
  } finally {
    browser.kill()
    await ended
    server.close()
  }
})
