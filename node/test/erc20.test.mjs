// 10,000 ERC-20 transfers with distinct recipients and amounts: on the CPU here, on the GPU in a project that has the
// peer `webgpu`; every call on the GPU, and one digest.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'

import { createEngine } from 'lanevm'

import { erc20 } from './erc20.mjs'
import { dawnFolder, packageFolder, runNode, softwareDriver } from './place.mjs'

const COUNT = 10_000
let cpuDigest

test(`${COUNT} ERC-20 transfers on the CPU`, async () => {
  const engine = await createEngine({ device: 'cpu' })
  const result = await engine.simulateCalls(await erc20(engine, packageFolder, COUNT))
  assert.deepEqual(result.summary().byStatus, { return: COUNT })
  const recipients = new Set()
  const amounts = new Set()
  for (const row of result) {
    recipients.add(row.logs[0].topics[2])
    amounts.add(row.logs[0].data)
  }
  assert.equal(recipients.size, COUNT)
  assert.equal(amounts.size, COUNT)
  const last = result.at(COUNT - 1)
  assert.equal(BigInt(last.data), 1n)
  assert.equal(BigInt(last.logs[0].data), 1000n * 10n ** 18n)
  assert.equal(last.stateChanges.length, 1)
  assert.equal(last.stateChanges[0].stateDiff.length, 2)
  cpuDigest = await result.digest()
  await engine.destroy()
})

test('one worker or many, the digest is the same', async () => {
  for (const workers of [1, 3]) {
    const engine = await createEngine({ device: 'cpu', workers })
    const result = await engine.simulateCalls(await erc20(engine, packageFolder, COUNT))
    assert.equal(await result.digest(), cpuDigest)
    await engine.destroy()
  }
})

test(`${COUNT} ERC-20 transfers on WebGPU (Dawn)`, async (context) => {
  if (!dawnFolder) return context.skip('the peer webgpu is not installed')
  const script = `
    import { createEngine, EngineSetupError } from 'lanevm'
    import { erc20 } from './test/erc20.mjs'
    const before = Object.getOwnPropertyNames(globalThis).sort().join()
    const gpuBefore = globalThis.navigator?.gpu
    let engine
    try {
      engine = await createEngine({ device: 'webgpu' })
    } catch (error) {
      if (!(error instanceof EngineSetupError) || !/no WebGPU adapter/i.test(error.message)) throw error
      console.log(JSON.stringify({ skip: error.message }))
      process.exit()
    }
    let turns = 0
    const timer = setInterval(() => turns++, 20)
    const started = performance.now()
    const result = await engine.simulateCalls(await erc20(engine, ${JSON.stringify(packageFolder)}, ${COUNT}))
    const ms = performance.now() - started
    clearInterval(timer)
    const untouched = before === Object.getOwnPropertyNames(globalThis).sort().join() && gpuBefore === globalThis.navigator?.gpu
    const { onGpu, onCpu, byStatus } = result.summary()
    const { adapter, device } = engine.info
    const digest = await result.digest()
    const executedOn = result.at(0).executedOn
    await engine.destroy()
    console.log(JSON.stringify({ onGpu, onCpu, byStatus, adapter, device, digest, executedOn, untouched, turns, ms }))
  `
  const ran = await runNode(script, { cwd: dawnFolder, env: softwareDriver(), timeout: 600_000 })
  assert.equal(ran.code, 0, ran.stderr)
  const found = JSON.parse(ran.stdout)
  if (found.skip) return context.skip(found.skip)
  context.diagnostic(`${found.adapter}: ${Math.round(found.ms)} ms`)
  assert.equal(found.device, 'webgpu')
  assert.deepEqual(found.byStatus, { return: COUNT })
  assert.equal(found.onGpu, COUNT)
  assert.deepEqual(found.onCpu, {})
  assert.equal(found.executedOn, 'gpu')
  assert.equal(found.digest, cpuDigest)
  assert.equal(found.untouched, true, "the caller's globals changed")
  assert.ok(found.turns > found.ms / 200, `${found.turns} turns of the event loop in ${found.ms} ms`)
})
