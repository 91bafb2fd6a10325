// Runs workloads on the CPU engine of the built npm package: one worker, a batch for each line of input. It prints one
// line of JSON for each, and decides nothing.

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const [packageFile, workloadFile] = process.argv.slice(2)
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

try {
  const { createEngine } = await import(pathToFileURL(packageFile))
  const workloads = JSON.parse(readFileSync(workloadFile, 'utf8'))
  const engine = await createEngine({ device: 'cpu', workers: 1 })
  say({ ready: true })
  for await (const line of createInterface({ input: process.stdin })) {
    const { state, calls } = workloads[Number(line)]
    const begun = performance.now()
    const result = await engine.simulateCalls({ state, calls })
    const seconds = (performance.now() - begun) / 1000
    let gas = 0n
    for (const used of result.gasUsed) gas += used
    result.release()
    say({ gas: String(gas), seconds })
  }
  await engine.destroy()
} catch (error) {
  say({ error: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
}
