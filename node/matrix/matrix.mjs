// Tries the packed package in bundlers and runtimes: one tarball, installed into a fresh project for each, which runs a hundred
// calls and says what came of them. What is to be tried can be named; all are where none is. It ends with 1 where one failed.
//
//   node matrix.mjs [NAME...]      NAMES: node-esm node-cjs vite webpack rollup esbuild next vitest deno bun workerd

import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const require = createRequire(import.meta.url)
const tool = (name) => import(pathToFileURL(require.resolve(name)).href)
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' }
const EXPECTED = '104 100'

/** What runs everywhere: two words of call data are added. `engine` is there, and `text` is what came of it. */
const SUM = `
  const data = Array.from({ length: 100 }, (_, n) => '0x' + n.toString(16).padStart(64, '0') + '05'.padStart(64, '0'))
  const result = await engine.simulateCalls({ calls: { code: '0x6020356000350160005260206000f3', data } })
  const text = [Number(result.at(99).data), result.summary().byStatus.return].join(' ')
  await engine.destroy()
`
const PRINT = `const engine = await createEngine({ workers: 2 })\n${SUM}\nconsole.log(text)\n`
const PAGE = `
import { createEngine } from 'lanevm'
const report = (text) => fetch('/report', { method: 'POST', body: text })
const run = async () => {
  const engine = await createEngine({ device: 'cpu', workers: 2 })
  ${SUM}
  return text
}
run().then(report, (error) => report(String(error?.stack ?? error) + ' ' + (error?.details ?? '')))
`

function run(command, args, cwd, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, NO_COLOR: '1', ...env }, timeout: 240_000 })
    let out = ''
    let errors = ''
    child.stdout.on('data', (part) => (out += part))
    child.stderr.on('data', (part) => (errors += part))
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`${command} ended with ${code}\n${out}\n${errors}`))))
  })
}

/** Serves a folder, opens it in Chromium, and gives what the page reports. */
async function inChromium(folder) {
  if (!CHROMIUM) throw new Error('there is no Chromium')
  let answer
  const reported = new Promise((resolve) => (answer = resolve))
  const server = createServer((request, response) => {
    if (request.url === '/report') {
      let body = ''
      request.on('data', (part) => (body += part))
      request.on('end', () => {
        response.end()
        answer(body)
      })
      return
    }
    const file = join(folder, request.url === '/' ? 'index.html' : decodeURIComponent(request.url.split('?')[0]).slice(1))
    if (!existsSync(file)) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' }).end(readFileSync(file))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const profile = mkdtempSync(join(tmpdir(), 'lanevm-chromium-'))
  const flags = ['--headless=new', '--no-sandbox', '--no-first-run', '--disable-sync', '--disable-background-networking', `--user-data-dir=${profile}`]
  const browser = spawn(CHROMIUM, [...flags, `http://127.0.0.1:${server.address().port}/`], { stdio: 'ignore' })
  const ended = new Promise((resolve) => browser.once('exit', resolve))
  let timer
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error('the page said nothing in a minute')), 60_000)))
  try {
    return await Promise.race([reported, late])
  } finally {
    clearTimeout(timer)
    browser.kill()
    await ended
    server.close()
    // Its children may write for a while after it has ended.
    rmSync(profile, { recursive: true, force: true, maxRetries: 20 })
  }
}

const INDEX = (script) => `<!doctype html><title>lanevm</title><script type="module" src="${script}"></script>`

/** Puts the worker and its wasm beside a bundle, where the bundler has not. */
function besides(project, out) {
  for (const name of ['worker-browser.js', 'lanevm_bg.wasm']) {
    copyFileSync(join(project, 'node_modules', 'lanevm', 'dist', 'esm', name), join(out, name))
  }
}

const tries = {
  'node-esm': async (project) => {
    writeFileSync(join(project, 'main.mjs'), `import { createEngine } from 'lanevm'\n${PRINT}`)
    return run(process.execPath, ['main.mjs'], project)
  },

  'node-cjs': async (project) => {
    writeFileSync(join(project, 'main.cjs'), `const { createEngine } = require('lanevm')\n;(async () => {${PRINT}})()`)
    return run(process.execPath, ['main.cjs'], project)
  },

  vite: async (project) => {
    writeFileSync(join(project, 'main.js'), PAGE)
    writeFileSync(join(project, 'index.html'), INDEX('/main.js'))
    const { build } = await tool('vite')
    await build({ root: project, logLevel: 'silent', configFile: false, worker: { format: 'es' }, build: { target: 'es2022' } })
    return inChromium(join(project, 'dist'))
  },

  webpack: async (project) => {
    writeFileSync(join(project, 'main.js'), PAGE)
    const { default: webpack } = await tool('webpack')
    const out = join(project, 'out')
    await new Promise((resolve, reject) => {
      webpack({ mode: 'production', context: project, entry: './main.js', target: 'web', output: { path: out, filename: 'main.js', publicPath: '/' } }, (error, stats) =>
        error || stats.hasErrors() ? reject(error ?? new Error(stats.toString())) : resolve(),
      )
    })
    writeFileSync(join(out, 'index.html'), INDEX('/main.js'))
    return inChromium(out)
  },

  rollup: async (project) => {
    writeFileSync(join(project, 'main.js'), PAGE)
    const [{ rollup }, { default: resolve }] = [await tool('rollup'), await tool('@rollup/plugin-node-resolve')]
    const bundle = await rollup({ input: join(project, 'main.js'), plugins: [resolve({ browser: true })], onwarn: () => {} })
    const out = join(project, 'out')
    await bundle.write({ dir: out, format: 'es' })
    besides(project, out)
    writeFileSync(join(out, 'index.html'), INDEX('/main.js'))
    return inChromium(out)
  },

  esbuild: async (project) => {
    writeFileSync(join(project, 'main.js'), PAGE)
    const out = join(project, 'out')
    const { build } = await tool('esbuild')
    await build({ entryPoints: [join(project, 'main.js')], bundle: true, format: 'esm', outdir: out, logLevel: 'silent' })
    besides(project, out)
    writeFileSync(join(out, 'index.html'), INDEX('/main.js'))
    return inChromium(out)
  },

  next: async (project) => {
    for (const name of ['next', 'react', 'react-dom']) symlinkSync(join(here, 'node_modules', name), join(project, 'node_modules', name), 'junction')
    writeFileSync(join(project, 'next.config.mjs'), `export default { serverExternalPackages: ['lanevm'], outputFileTracingRoot: ${JSON.stringify('/')}, turbopack: { root: '/' } }\n`)
    mkdirSync(join(project, 'app', 'sum'), { recursive: true })
    writeFileSync(join(project, 'app', 'layout.jsx'), 'export default function Layout({ children }) { return <html><body>{children}</body></html> }\n')
    writeFileSync(join(project, 'app', 'page.jsx'), 'export default function Page() { return <p>lanevm</p> }\n')
    const route = `import { createEngine } from 'lanevm'\nexport const dynamic = 'force-dynamic'\nexport async function GET() {\n  const engine = await createEngine({ device: 'cpu', workers: 2 })\n${SUM}\n  return new Response(text)\n}\n`
    writeFileSync(join(project, 'app', 'sum', 'route.js'), route)
    const next = join(here, 'node_modules', 'next', 'dist', 'bin', 'next')
    const env = { NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' }
    await run(process.execPath, [next, 'build'], project, env)
    const port = 20_000 + (process.pid % 20_000)
    const server = spawn(process.execPath, [next, 'start', '-p', String(port)], { cwd: project, env: { ...process.env, ...env }, stdio: 'ignore' })
    try {
      for (let waited = 0; waited < 60; waited++) {
        const response = await fetch(`http://127.0.0.1:${port}/sum`).catch(() => undefined)
        if (response) return await response.text()
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
      throw new Error('next did not start in 30 seconds')
    } finally {
      server.kill()
    }
  },

  vitest: async (project) => {
    const test = `import { createEngine } from 'lanevm'\nimport { expect, test } from 'vitest'\ntest('sum', async () => {\n  const engine = await createEngine({ device: 'cpu', workers: 2 })\n${SUM}\n  expect(text).toBe('${EXPECTED}')\n})\n`
    writeFileSync(join(project, 'sum.test.mjs'), test)
    symlinkSync(join(here, 'node_modules', 'vitest'), join(project, 'node_modules', 'vitest'), 'junction')
    const out = await run(process.execPath, [join(here, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--root', project], project)
    if (!/1 passed/.test(out)) throw new Error(out)
    return EXPECTED
  },

  deno: async (project) => {
    // Deno's own WebGPU is asked, and not the peer of Node's: the engine stands on its adapter, or says that there is none.
    const own = `
      const asked = await createEngine({ workers: 2 })
      const { device, whyNotGpu } = asked.info
      await asked.destroy()
      if (device !== 'webgpu' && !/adapter/i.test(whyNotGpu)) throw new Error(device + ': ' + whyNotGpu)
      const refused = await createEngine({ gpu: { flags: ['backend=vulkan'] } }).then(() => 'made', ({ name }) => name)
      if (refused !== 'InvalidArgumentError') throw new Error('gpu.flags: ' + refused)
    `
    writeFileSync(join(project, 'main.mjs'), `import { createEngine } from 'lanevm'\n${own}\n${PRINT}`)
    return run(process.execPath, [join(here, 'node_modules', 'deno', 'bin.cjs'), 'run', '-A', 'main.mjs'], project)
  },

  bun: async (project) => {
    writeFileSync(join(project, 'main.mjs'), `import { createEngine } from 'lanevm'\n${PRINT}`)
    return run(join(here, 'node_modules', 'bun', 'bin', 'bun.exe'), ['main.mjs'], project)
  },

  workerd: async (project) => {
    writeFileSync(join(project, 'main.mjs'), `import { createEngine } from 'lanevm'\nexport default {\n  async fetch() {\n    const engine = await createEngine()\n${SUM}\n    return new Response(text)\n  },\n}\n`)
    const out = join(project, 'out')
    const { build } = await tool('esbuild')
    await build({ entryPoints: [join(project, 'main.mjs')], bundle: true, format: 'esm', conditions: ['workerd', 'worker', 'browser'], outfile: join(out, 'main.mjs'), external: ['*.wasm'], logLevel: 'silent' })
    const wasm = readFileSync(join(project, 'node_modules', 'lanevm', 'dist', 'esm', 'lanevm_bg.wasm'))
    const { Miniflare } = await tool('miniflare')
    // Contents and not paths: the runtime reads none outside the folder that it is started in.
    const modules = [
      { type: 'ESModule', path: 'main.mjs', contents: readFileSync(join(out, 'main.mjs'), 'utf8') },
      { type: 'CompiledWasm', path: 'lanevm_bg.wasm', contents: wasm },
    ]
    const worker = new Miniflare({ modules, compatibilityDate: '2026-01-01' })
    try {
      return await (await worker.dispatchFetch('http://lanevm/')).text()
    } finally {
      await worker.dispose()
    }
  },
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !(name in tries))
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}; there are ${Object.keys(tries).join(', ')}.`)
  process.exit(2)
}
const scratch = mkdtempSync(join(tmpdir(), 'lanevm-matrix-'))
try {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', scratch], { cwd: dirname(here.replace(/[\\/]$/, '')), stdio: ['ignore', 'ignore', 'inherit'] })
  const tarball = join(scratch, readdirSync(scratch).find((name) => name.endsWith('.tgz')))
  for (const name of names.length > 0 ? names : Object.keys(tries)) {
    const project = join(scratch, name)
    mkdirSync(project)
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true }))
    execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', '--silent', tarball], { cwd: project })
    const begun = performance.now()
    try {
      const found = (await tries[name](project)).trim()
      if (found !== EXPECTED) throw new Error(`it came to ${JSON.stringify(found.slice(0, 2000))}`)
      console.log(`${name.padEnd(10)} passed, ${((performance.now() - begun) / 1000).toFixed(1)} s`)
    } catch (error) {
      process.exitCode = 1
      console.log(`${name.padEnd(10)} FAILED: ${error.message}`)
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })
}
