// Calls alike on WebGPU go compiled paths, and come to what the CPU engine comes to; in a project that has the peer `webgpu`.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { dawnFolder, packageFolder, runNode, softwareDriver } from './place.mjs'

const script = `
  import { createEngine, AbortError, EngineSetupError } from 'lanevm'
  import { erc20 } from './test/erc20.mjs'
  const count = 5_000
  const cpu = await createEngine({ device: 'cpu' })
  let gpu
  try {
    gpu = await createEngine({ device: 'webgpu' })
  } catch (error) {
    if (!(error instanceof EngineSetupError) || !/no WebGPU adapter/i.test(error.message)) throw error
    console.log(JSON.stringify({ skip: error.message }))
    process.exit()
  }
  const { state, template } = await erc20(cpu, ${JSON.stringify(packageFolder)}, count)
  // Calls of which one in three fails: their data say whether.
  const fails = { count, code: '0x5f3560011460105760203560010160005260206000f35b5f5ffd', data: '0x' + '00'.repeat(64), fields: [
    { name: 'fails', offset: 0, generator: { list: [0n, 1n, 2n] } }, { name: 'other', offset: 32, generator: { random: {} } },
  ] }
  const found = []
  for (const params of [{ state, template }, { template: fails }]) {
    const expected = await cpu.simulateCalls(params)
    const one = { expected: await expected.digest(), digests: [], wrong: 0, summaries: [], parts: [] }
    const note = (result) => {
      const { compiled, compiledWrong, onGpu } = result.summary()
      one.compiled = compiled
      one.wrong += compiledWrong
      return { compiled, onGpu }
    }
    // Kernels are built beside the run: the first batches may be interpreted.
    const ends = performance.now() + 240_000
    do {
      const result = await gpu.simulateCalls(params)
      one.digests.push(await result.digest())
      one.whole = note(result)
      result.release()
    } while (one.compiled <= 4_000 && performance.now() < ends)
    // Where only a summary is kept, some go their path once more to be held against the CPU.
    const less = await gpu.simulateCalls({ ...params, keep: 'summary' })
    one.summary = note(less)
    const facts = ({ byStatus, gasTotal, stepsTotal }) => [byStatus, String(gasTotal), String(stepsTotal)]
    one.facts = [facts(less.summary()), facts(expected.summary())]
    // A cancelled run leaves the engine and its paths as they were.
    const controller = new AbortController()
    const cancelled = gpu.simulateCalls({ ...params, signal: controller.signal, onProgress: () => controller.abort() })
    one.cancelled = await cancelled.then(() => 'ended', (error) => error instanceof AbortError ? 'cancelled' : String(error))
    const again = await gpu.simulateCalls(params)
    one.digests.push(await again.digest())
    one.again = note(again)
    found.push(one)
  }
  await gpu.destroy()
  await cpu.destroy()
  console.log(JSON.stringify(found))
`

test('calls alike go compiled paths on WebGPU (Dawn) and come to what the CPU engine comes to', async (context) => {
  if (!dawnFolder) return context.skip('the peer webgpu is not installed')
  const ran = await runNode(script, { cwd: dawnFolder, env: softwareDriver(), timeout: 600_000 })
  assert.equal(ran.code, 0, ran.stderr)
  const found = JSON.parse(ran.stdout)
  if (found.skip) return context.skip(found.skip)
  for (const { expected, digests, wrong, facts, cancelled, whole, summary, again } of found) {
    assert.deepEqual(new Set(digests), new Set([expected]))
    assert.equal(wrong, 0)
    assert.deepEqual(facts[0], facts[1])
    assert.ok(['cancelled', 'ended'].includes(cancelled), cancelled)
    for (const { compiled, onGpu } of [whole, summary, again]) {
      assert.ok(compiled > 4_000 && compiled <= onGpu, `${compiled} of ${onGpu} calls went compiled paths`)
    }
    const calls = [whole, summary, again].map(({ compiled }) => compiled)
    context.diagnostic(`${digests.length} batches; ${calls.join(', ')} calls went compiled paths`)
  }
})
