// What documents, sessions, coverage and less than everything kept come to on WebGPU: the same as on the CPU, in a project that
// has the peer `webgpu`.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { dawnFolder, runNode, softwareDriver } from './place.mjs'

const script = `
  import { createEngine, EngineSetupError } from 'lanevm'
  const counter = '0x' + 'c0'.repeat(20)
  const word = (value) => '0x' + BigInt(value).toString(16).padStart(64, '0')
  const document = {
    lanevm: 1, hardfork: 'osaka', lanes: 600,
    programs: { sum: { code: '0x5f3580600d14601357602035015f5260205ff35b5f5ffd' } },
    steps: [{ program: 'sum', calldata: { hex: '0x' + '00'.repeat(64), fields: [{ name: 'a', offset: 0, value: { range: [0, 599] } }, { offset: 32, value: { random: {} } }] } }],
  }
  const sequence = { lanevm: 1, hardfork: 'osaka', lanes: 200, level: 'call', programs: { add: { code: '0x5f355f5401805f555f5260205ff3' } }, state: { accounts: { [counter]: { program: 'add' } } },
    steps: [0, 1, 2].map(() => ({ program: 'add', calldata: { hex: '0x' + '00'.repeat(32), fields: [{ offset: 0, value: { range: [1, 200] } }] } })) }
  const found = {}
  for (const device of ['cpu', 'webgpu']) {
    let engine
    try {
      engine = await createEngine({ device, state: { [counter]: { code: '0x5f355f5401805f555f5260205ff3' } } })
    } catch (error) {
      if (!(error instanceof EngineSetupError) || !/no WebGPU adapter/i.test(error.message)) throw error
      console.log(JSON.stringify({ skip: error.message }))
      process.exit()
    }
    const one = found[device] = { onGpu: [] }
    one.limits = engine.info.limits
    one.lanes = [engine.info.lanesAtOnce ?? null]
    const note = (result) => one.onGpu.push(result.summary().onGpu)
    const whole = await engine.simulateCalls({ calls: document, coverage: true })
    note(whole)
    one.digest = await whole.digest()
    one.coverage = whole.coverage
    one.csv = (await whole.toCSV()).replaceAll(',' + (device === 'cpu' ? 'cpu' : 'gpu') + ',', ',,')
    one.parts = []
    for await (const part of engine.stream(document, { chunk: 250 })) {
      one.parts.push(await part.digest())
      note(part)
    }
    for (const keep of ['return', 'status', 'summary']) {
      const result = await engine.simulateCalls({ calls: document, keep })
      const { byStatus, gasTotal, stepsTotal } = result.summary()
      one[keep] = [byStatus, String(gasTotal), String(stepsTotal), keep === 'summary' ? 0 : [...result.gasUsed].map(String).join()]
      note(result)
    }
    const steps = await engine.simulateCalls({ calls: sequence })
    note(steps)
    one.steps = [0, 1, 2].map((step) => steps.at(150, step).data)
    const session = engine.session()
    for (let run = 0; run < 3; run++) {
      const result = await session.run({ calls: { to: counter, data: Array.from({ length: 100 }, (_, lane) => word(lane)) } })
      note(result)
      one['run ' + run] = await result.digest()
    }
    const branch = await session.branch([5, 6, 7])
    one.branch = [...(await branch.run({ calls: { to: counter, count: 3, data: word(1) } }))].map(({ data }) => data)
    const on = await session.run({ calls: { to: counter, count: 100, data: word(1) } })
    one.on = await on.digest()
    one.lanes.push(engine.info.lanesAtOnce)
    one.device = engine.info.device
    one.details = Object.keys(engine.info.details)
    await engine.destroy()
  }
  console.log(JSON.stringify(found))
`

test('documents, sessions and coverage on WebGPU (Dawn) are those of the CPU', async (context) => {
  if (!dawnFolder) return context.skip('the peer webgpu is not installed')
  const ran = await runNode(script, { cwd: dawnFolder, env: softwareDriver(), timeout: 600_000 })
  assert.equal(ran.code, 0, ran.stderr)
  const { skip, cpu, webgpu } = JSON.parse(ran.stdout)
  if (skip) return context.skip(skip)
  const { onGpu, device, details, limits, lanes, ...answers } = webgpu
  const { onGpu: none, device: other, details: less, limits: noLimits, lanes: workers, ...expected } = cpu
  assert.deepEqual([device, other], ['webgpu', 'cpu'])
  assert.deepEqual(answers, expected)
  // WebGPU's own names and least values (its table of limits), of which a device may have more.
  const least = {
    maxBufferSize: 2 ** 28,
    maxStorageBufferBindingSize: 2 ** 27,
    maxStorageBuffersPerShaderStage: 8,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupsPerDimension: 65_535,
  }
  assert.deepEqual(Object.keys(limits).sort(), Object.keys(least).sort())
  for (const [name, limit] of Object.entries(least)) assert.ok(limits[name] >= limit, `${name} is ${limits[name]}`)
  assert.deepEqual(noLimits, {})
  // Not known before the first batch; then that of 600 lanes was the largest. On the CPU, as many as there are workers.
  assert.deepEqual([lanes[0], lanes[1] > 0 && lanes[1] <= 600], [null, true], `${lanes}`)
  assert.ok(workers[0] >= 1 && workers[0] === workers[1], `${workers}`)
  assert.ok(none.every((lanes) => lanes === 0))
  context.diagnostic(`lanes on the GPU: ${onGpu.join(', ')}; details: ${details.join(', ')}, and ${less.join(', ')}`)
  assert.ok(onGpu.every((lanes) => lanes > 0), onGpu.join())
})
