// What nobody closes and nobody can reach any more is let go of in the engine's worker: results, sessions and streams.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { runNode } from './place.mjs'

const script = `
  import { Worker } from 'node:worker_threads'
  import { createEngine } from 'lanevm'
  const told = []
  const post = Worker.prototype.postMessage
  Worker.prototype.postMessage = function (message, transfer) {
    told.push(message.type)
    return post.call(this, message, transfer)
  }
  const to = '0x' + 'c0'.repeat(20)
  const engine = await createEngine({ device: 'cpu', workers: 1, state: { [to]: { code: '0x00' } } })
  const document = { lanevm: 1, hardfork: 'osaka', lanes: 30, programs: { p: { code: '0x00' } }, steps: [{ program: 'p' }] }
  async function leave() {
    for (let times = 0; times < 5; times++) {
      await engine.simulateCalls({ calls: [{ to }] })
      const session = engine.session()
      await session.run({ calls: { to, count: 3 } })
      await session.branch([0, 1])
      // Begun, and left in the middle; and never begun.
      await engine.stream(document, { chunk: 10 }).next()
      engine.stream(document)
    }
  }
  // These stay: they are reached to the end.
  const kept = await engine.simulateCalls({ calls: [{ to }] })
  const session = engine.session()
  await session.run({ calls: { to, count: 3 } })
  await leave()
  const count = (type) => told.filter((one) => one === type).length
  for (let turn = 0; turn < 200 && (count('close-session') < 10 || count('close-document') < 5 || count('release') < 15); turn++) {
    gc()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  console.log(JSON.stringify([count('close-session'), count('close-document'), count('release')]))
  await session.run({ calls: { to, count: 3 } })
  console.log(await kept.digest() !== '', session.runs)
  session.close()
  session.close()
  await engine.simulateCalls({ calls: [{ to }] })
  console.log(count('close-session'))
  await engine.destroy()
`

test('results, sessions and streams that nobody reaches are let go of, and those that are reached stay', async () => {
  const ran = await runNode(script, { args: ['--expose-gc', '--input-type=module'] })
  assert.equal(ran.code, 0, ran.stderr)
  const [counts, kept, closed] = ran.stdout.trimEnd().split('\n')
  const [sessions, documents, results] = JSON.parse(counts)
  assert.deepEqual([sessions, documents], [10, 5])
  // Of calls, of sessions' runs, and of the chunks that streams were left at.
  assert.ok(results >= 15, counts)
  assert.deepEqual([kept, closed], ['true 2', '11'])
})
