// The tarball: what is in it, and that it can be imported as ESM, as CommonJS, bundled, and type-checked.

import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { packageFolder, projectFolder, requireTool, run, runNode } from './place.mjs'

const installed = join(projectFolder, 'node_modules', 'lanevm')
const sum = `
  const engine = await createEngine({ device: 'cpu' })
  const result = await engine.simulateCalls({ calls: [{ code: '0x600160020160005260206000f3' }] })
  console.log(BigInt(result.at(0).data), result.at(0).gasUsed)
  await engine.destroy()
`
const printed = '3n 24n\n'

test('the tarball holds one wasm file, types, licences, and no dependency', () => {
  const [packed] = JSON.parse(readFileSync(process.env.LANEVM_PACKED, 'utf8'))
  const names = packed.files.map(({ path }) => path)
  assert.deepEqual(names.filter((name) => name.endsWith('.wasm')), ['dist/esm/lanevm_bg.wasm'])
  for (const name of ['README.md', 'LICENSE-APACHE', 'LICENSE-MIT', 'THIRD_PARTY_LICENSES.txt', 'dist/esm/node.d.ts', 'dist/cjs/node.d.ts']) {
    assert.ok(names.includes(name), `${name} is missing`)
  }
  assert.ok(packed.unpackedSize <= 3e6, `${packed.unpackedSize} bytes unpacked`)
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  assert.equal(manifest.dependencies, undefined)
  assert.deepEqual(manifest.peerDependenciesMeta, { webgpu: { optional: true } })
  assert.equal(manifest.scripts.postinstall, undefined)
  for (const name of names.filter((path) => path.endsWith('.js'))) {
    assert.ok(!readFileSync(join(installed, name), 'utf8').includes(packageFolder), `${name} names a folder of the build`)
  }
})

test('the wasm holds no debug information', async () => {
  const module = await WebAssembly.compile(readFileSync(join(installed, 'dist', 'esm', 'lanevm_bg.wasm')))
  for (const name of ['name', '.debug_info', '.debug_line', '.debug_str', 'sourceMappingURL']) {
    assert.equal(WebAssembly.Module.customSections(module, name).length, 0, name)
  }
})

test('ESM', async () => {
  const ran = await runNode(`import { createEngine } from 'lanevm'\n${sum}`)
  assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, printed, ''])
})

test('CommonJS', async () => {
  const text = `const { createEngine, LanevmError } = require('lanevm')
    if (!(new LanevmError('x') instanceof Error)) throw 1
    ;(async () => {${sum}})()`
  const ran = await runNode(text, { args: ['--input-type=commonjs'] })
  assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, printed, ''])
})

test('one wasm file serves: bytes, path, URL and compiled module', async () => {
  const ran = await runNode(`
    import { createEngine } from 'lanevm'
    import { readFileSync } from 'node:fs'
    import { createRequire } from 'node:module'
    import { pathToFileURL } from 'node:url'
    const path = createRequire(process.cwd() + '/x.js').resolve('lanevm/lanevm_bg.wasm')
    const bytes = readFileSync(path)
    for (const wasm of [new Uint8Array(bytes), path, pathToFileURL(path), await WebAssembly.compile(bytes)]) {
      const engine = await createEngine({ device: 'cpu', wasm })
      console.log((await engine.simulateCalls({ calls: [{ code: '0x00' }] })).at(0).status)
      await engine.destroy()
    }
  `)
  assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, 'success\n'.repeat(4), ''])
})

test('esbuild, for Node', async () => {
  const { build } = requireTool('esbuild')
  const folder = mkdtempSync(join(projectFolder, 'bundle-'))
  const out = join(folder, 'out')
  mkdirSync(out)
  writeFileSync(join(folder, 'main.mjs'), `import { createEngine } from 'lanevm'\n${sum}`)
  await build({
    entryPoints: [join(folder, 'main.mjs')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: join(out, 'main.mjs'),
    logLevel: 'silent',
  })
  writeFileSync(join(out, 'package.json'), '{"type":"module"}')
  for (const name of ['worker-node.js', 'lanevm_bg.wasm']) {
    copyFileSync(join(installed, 'dist', 'esm', name), join(out, name))
  }
  const ran = await run(process.execPath, [join(out, 'main.mjs')])
  assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, printed, ''])
})

const TYPES = `
  import { AbortError, createEngine, LanevmError } from 'lanevm'
  import type { BatchResult, Call, EngineInfo, Hex, Row, SimulateCallsParameters } from 'lanevm'

  async function main(): Promise<void> {
    const engine = await createEngine({ device: 'auto', gpu: { flags: ['backend=vulkan'] }, workers: 2, hardfork: 'Prague' })
    const info: EngineInfo = engine.info
    const call: Call = { to: '0x00', data: '0x', value: 1n, gas: 21_000n }
    const result: BatchResult = await engine.simulateCalls({ calls: [call], level: 'call' })
    const row: Row = result.at(0)
    const status: 'success' | 'failure' | 'unfinished' = row.status
    const gas: bigint = result.gasUsed[0] ?? 0n
    const digest: Hex = await result.digest()
    for await (const line of engine.trace(result, 0)) console.log(line.opName?.length, info.adapter, status, gas, digest)
    const columns: SimulateCallsParameters = { calls: { to: null, gas: BigUint64Array.of(1n), data: [new Uint8Array(1)] } }
    const template: SimulateCallsParameters = { template: { count: 1, gas: { random: { max: 5n } } } }
    console.log(columns, template)
    // @ts-expect-error: a device is one of three words
    await createEngine({ device: 'tpu' })
    // @ts-expect-error: hex starts with 0x
    await engine.simulateCalls({ calls: [{ to: 'me' }] })
    // @ts-expect-error: an option that does not exist
    await engine.simulateCalls({ calls: [], gasPrice: 1n })
    try {
      await engine[Symbol.asyncDispose]()
    } catch (error) {
      if (error instanceof AbortError) console.log(error.partial?.length)
      if (error instanceof LanevmError) console.log(error.shortMessage, error.metaMessages.length, error.walk())
    }
  }
  void main
`

for (const [name, file, module] of [
  ['ESM', 'types.mts', 'nodenext'],
  ['CommonJS', 'types.cts', 'nodenext'],
  ['a bundler', 'types.ts', 'esnext'],
]) {
  test(`types, for ${name}`, async () => {
    const folder = mkdtempSync(join(projectFolder, 'types-'))
    writeFileSync(join(folder, file), TYPES)
    const options = {
      strict: true,
      noEmit: true,
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      module,
      moduleResolution: module === 'nodenext' ? 'nodenext' : 'bundler',
      ...(module === 'nodenext' ? {} : { customConditions: ['browser'] }),
      skipLibCheck: false,
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: [file] }))
    const tsc = join(packageFolder, 'node_modules', 'typescript', 'bin', 'tsc')
    const ran = await run(process.execPath, [tsc, '-p', folder])
    assert.deepEqual([ran.code, ran.stdout], [0, ''])
  })
}
