// What the package does to the caller's process: nothing to its globals, and it does not keep it alive.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'

import { dawnFolder, projectFolder, runNode } from './place.mjs'

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json'
const places = [
  ['without webgpu', projectFolder, {}],
  ['with webgpu and no adapter', dawnFolder, { VK_DRIVER_FILES: '/nowhere.json', VK_ICD_FILENAMES: '/nowhere.json' }],
  ['with webgpu and an adapter', existsSync(SWIFTSHADER) ? dawnFolder : '', { VK_DRIVER_FILES: SWIFTSHADER }],
]

const globals = `
  const globals = () => JSON.stringify(Reflect.ownKeys(globalThis).map(String).sort().map((key) => {
    const { value, get } = Object.getOwnPropertyDescriptor(globalThis, key) ?? {}
    return [key, typeof value, typeof get]
  }))
  const navigatorKeys = () => JSON.stringify(globalThis.navigator ? Reflect.ownKeys(globalThis.navigator).map(String) : null)
`

for (const [name, cwd, env] of places) {
  const skip = cwd ? false : 'the peer webgpu or its software driver is not installed'
  for (const destroyed of [true, false]) {
    test(`the process ends ${destroyed ? 'after' : 'without'} destroy, ${name}`, { skip }, async () => {
      const script = `
        import { createEngine } from 'lanevm'
        ${globals}
        const before = globals()
        const navigatorBefore = navigatorKeys()
        const engine = await createEngine()
        const result = await engine.simulateCalls({ calls: { count: 200, code: '0x600160020100' } })
        if (globals() !== before || navigatorKeys() !== navigatorBefore) throw new Error('globals changed')
        console.log(result.summary().byStatus.stop, engine.info.device, engine.info.whyNotGpu ?? '')
        globalThis.ended = performance.now()
        ${destroyed ? 'await engine.destroy()' : ''}
        process.on('exit', () => console.log('late', performance.now() - globalThis.ended > 10_000))
      `
      const ran = await runNode(script, { cwd, env, timeout: 180_000 })
      assert.equal(ran.signal, null)
      assert.equal(ran.code, 0, ran.stderr)
      assert.match(ran.stdout, /^200 (cpu|webgpu) /)
      assert.match(ran.stdout, /late false/)
      if (name === 'without webgpu') assert.match(ran.stdout, /cpu .*optional peer 'webgpu'/)
      if (name.endsWith('no adapter')) assert.match(ran.stdout, /cpu .*adapter/)
    })
  }
}

for (const [name, code] of [
  // Each instruction is cheap.
  ['a loop', '0x5b5f56'],
  // Each takes tenths of a second: 32 MiB are hashed, 16 MiB copied.
  ['a loop of long hashes', '0x5b630200000060002050600056'],
  ['a loop of long copies', '0x5b6301000000600060205e600056'],
]) {
  test(`one call with 2^40 gas can be cancelled: ${name}`, async () => {
    const script = `
      import { createEngine } from 'lanevm'
      const engine = await createEngine({ device: 'cpu', workers: 2 })
      const controller = new AbortController()
      let aborted
      setTimeout(() => { aborted = performance.now(); controller.abort() }, 300)
      const error = await engine.simulateCalls({ calls: [{ code: '${code}', gas: 2n ** 40n }], signal: controller.signal }).catch((error) => error)
      console.log(error.name, error.partial.at(0).status, performance.now() - aborted < 8_000)
      console.log((await engine.simulateCalls({ calls: [{ code: '0x00' }] })).at(0).status)
      await engine.destroy()
    `
    const ran = await runNode(script)
    assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, 'AbortError unfinished true\nsuccess\n', ''])
  })
}

test('aborting the creation of an engine ends its worker', async () => {
  const script = `
    import { createEngine } from 'lanevm'
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 1)
    await createEngine({ signal: controller.signal }).then(
      (engine) => engine.destroy(),
      (error) => { if (error.name !== 'AbortError') throw error },
    )
  `
  const ran = await runNode(script)
  assert.equal(ran.code, 0, ran.stderr)
})
