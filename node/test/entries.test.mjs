// Every way in: what package.json says of each, entries that need no worker, and tools that judge packages.

import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { packageFolder, projectFolder, requireTool, run, runNode } from './place.mjs'

const installed = join(projectFolder, 'node_modules', 'lanevm')

test('publint has nothing to say', async () => {
  const { code, stdout, stderr } = await run(process.execPath, [join(packageFolder, 'node_modules', 'publint', 'src', 'cli.js'), process.env.LANEVM_TARBALL, '--strict'])
  assert.equal(code, 0, stdout + stderr)
  assert.match(stdout, /All good/)
})

const typesWrong = (...args) => run(process.execPath, [join(packageFolder, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js'), process.env.LANEVM_TARBALL, '--no-color', '--no-emoji', ...args])

test('are the types wrong? of no entry that is imported; workers and the wasm are files to be found, and have none', async () => {
  const { code, stdout, stderr } = await typesWrong('--entrypoints', '.', './package.json')
  assert.equal(code, 0, stdout + stderr)
})

test('are the types of slim wrong? no more than that it is an ES module, for CommonJS too', async () => {
  const { code, stdout, stderr } = await typesWrong('--entrypoints', './slim', '--ignore-rules', 'cjs-resolves-to-esm')
  assert.equal(code, 0, stdout + stderr)
  const ran = await runNode("import('lanevm/slim').then(({ createEngine }) => console.log(typeof createEngine))", { args: ['--input-type=commonjs'] })
  assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, 'function\n', ''])
})

const SUM = `
  const result = await engine.simulateCalls({ calls: { code: '0x6020356000350160005260206000f3', data: Array.from({ length: 100 }, (_, n) => '0x' + '00'.repeat(31) + n.toString(16).padStart(2, '0') + '00'.repeat(31) + '05') } })
  console.log(Number(result.at(99).data), result.summary().byStatus.return, engine.info.device)
  await engine.destroy()
`

test('slim needs no worker and no file beside it: the wasm is brought', async () => {
  const ran = await runNode(`
    import { createEngine } from 'lanevm/slim'
    import { readFileSync } from 'node:fs'
    import { createRequire } from 'node:module'
    const wasm = readFileSync(createRequire(process.cwd() + '/x.js').resolve('lanevm/lanevm_bg.wasm'))
    const engine = await createEngine({ device: 'cpu', wasm })
    ${SUM}
    const another = await createEngine({ device: 'cpu', wasm: Uint8Array.from(wasm) })
    console.log((await another.simulateCalls({ calls: [{ code: '0x00' }] })).at(0).status)
    await another.destroy()
    await createEngine({ device: 'cpu' }).catch((error) => console.log(error.name, error.details))
    await createEngine({ device: 'cpu', wasm: wasm.subarray(1) }).catch((error) => console.log(error.name, error.details))
    await createEngine({ wasm, gpu: { flags: ['backend=vulkan'] } }).catch((error) => console.log(error.name, error.message))
    await createEngine({ wasm, gpu: { module: 'webgpu' } }).catch((error) => console.log(error.name, error.message))
    await createEngine({ device: 'cpu', wasm, workers: 4 }).catch((error) => console.log(error.message))
  `)
  assert.deepEqual([ran.code, ran.stderr], [0, ''])
  const other = 'EngineSetupError an engine of this thread was made with another wasm, and a thread has one: give the same'
  assert.deepEqual(ran.stdout.trimEnd().split('\n').slice(0, 7), [
    '104 100 cpu',
    'success',
    other,
    other,
    "InvalidArgumentError gpu.flags is only for Node; here WebGPU is the runtime's own: leave it out.",
    "InvalidArgumentError gpu.module is only for Node; here WebGPU is the runtime's own: leave it out.",
    'workers is 4; there are none here: leave it out.',
  ])
})

test('slim without a wasm says what it lacks', async () => {
  const ran = await runNode(`
    import { createEngine } from 'lanevm/slim'
    await createEngine({ device: 'cpu' }).catch((error) => console.log(error.name, error.details))
  `)
  assert.deepEqual([ran.code, ran.stderr], [0, ''])
  assert.match(ran.stdout, /^EngineSetupError .*lanevm_bg\.wasm/)
})

/** Runs a bundle of the entry that a condition chooses, in a Node that lends it the compiled wasm. */
async function bundled(condition, specifier) {
  const { build } = requireTool('esbuild')
  const folder = mkdtempSync(join(projectFolder, 'edge-'))
  mkdirSync(join(folder, 'out'))
  writeFileSync(join(folder, 'main.mjs'), `import { createEngine } from 'lanevm'\nconst engine = await createEngine()\n${SUM}`)
  const found = []
  await build({
    entryPoints: [join(folder, 'main.mjs')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: [condition],
    outfile: join(folder, 'out', 'main.mjs'),
    logLevel: 'silent',
    plugins: [
      {
        name: 'compiled wasm',
        setup(build) {
          build.onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path }) => {
            found.push(path)
            return { path: './wasm.mjs', external: true }
          })
        },
      },
    ],
  })
  assert.deepEqual(found, [specifier])
  copyFileSync(join(installed, 'dist', 'esm', 'lanevm_bg.wasm'), join(folder, 'out', 'lanevm_bg.wasm'))
  // As the runtime has it: a module, compiled before anything runs.
  writeFileSync(join(folder, 'out', 'wasm.mjs'), `import { readFileSync } from 'node:fs'\nexport default new WebAssembly.Module(readFileSync(new URL('./lanevm_bg.wasm', import.meta.url)))\n`)
  const text = readFileSync(join(folder, 'out', 'main.mjs'), 'utf8')
  assert.doesNotMatch(text, /node:|new Worker/)
  const ran = await run(process.execPath, [join(folder, 'out', 'main.mjs')])
  assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, '104 100 cpu\n', ''])
}

test('workerd: a compiled module, no worker, no Node', () => bundled('workerd', './lanevm_bg.wasm'))
test('edge-light: the same', () => bundled('edge-light', './lanevm_bg.wasm?module'))

test('the conditions choose: workerd before browser, browser, node, and what is left', () => {
  const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  assert.deepEqual(Object.keys(exports['.']), ['workerd', 'edge-light', 'browser', 'node', 'default'])
  for (const entry of Object.values(exports['.'])) {
    for (const found of entry.default ? [entry] : Object.values(entry)) {
      assert.equal(Object.keys(found)[0], 'types')
      for (const path of Object.values(found)) readFileSync(join(installed, path))
    }
  }
})

test('a bundler keeps what works by being imported', async () => {
  const { build } = requireTool('esbuild')
  const size = async (contents, platform) => {
    const stdin = { contents, resolveDir: projectFolder }
    const { outputFiles } = await build({ stdin, bundle: true, write: false, format: 'esm', platform, external: ['webgpu'], logLevel: 'silent' })
    return outputFiles[0].text.length
  }
  assert.ok((await size("import 'lanevm/worker'", 'browser')) > 10_000)
  assert.ok((await size("import 'lanevm/worker'", 'node')) > 10_000)
  assert.ok((await size("import 'lanevm/worker-browser.js'", 'browser')) > 10_000)
  // And lets go of what is only looked up.
  assert.ok((await size("import { createEngine } from 'lanevm'", 'browser')) < 1_000)
})

test('the worker and the wasm have names of their own', async () => {
  const ran = await runNode(`
    import { createRequire } from 'node:module'
    const require = createRequire(process.cwd() + '/x.js')
    for (const name of ['lanevm/worker', 'lanevm/lanevm_bg.wasm', 'lanevm/package.json']) console.log(require.resolve(name).split(/[\\\\/]/).at(-1))
  `)
  assert.equal(ran.stdout, 'worker-node.js\nlanevm_bg.wasm\npackage.json\n')
})
