// Runs workloads on @ethereumjs/evm, as far as they go in the seconds given: some calls of a batch, each from the batch's own
// state, for each line of input. The first line of a workload warms the JIT and settles how many calls later ones make. It prints
// one line of JSON for each, and decides nothing.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const [packageFile, workloadFile, most] = process.argv.slice(2)
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

try {
  const load = createRequire(packageFile)
  const { Common, Hardfork, Mainnet } = load('@ethereumjs/common')
  const { createEVM } = load('@ethereumjs/evm')
  const { SimpleStateManager } = load('@ethereumjs/statemanager')
  const { Account, Address, bytesToHex, hexToBytes } = load('@ethereumjs/util')
  const workloads = JSON.parse(readFileSync(workloadFile, 'utf8'))
  const milliseconds = Number(most) * 1000
  const zero = new Address(new Uint8Array(20))
  const header = {
    number: 0n,
    coinbase: zero,
    timestamp: 1n,
    difficulty: 0n,
    prevRandao: new Uint8Array(32),
    gasLimit: 30_000_000n,
    baseFeePerGas: 0n,
    getBlobGasPrice: () => 1n,
  }

  /** What makes call `index` of a workload. */
  async function prepared({ fork, state, calls }) {
    const hardfork = Object.values(Hardfork).find((name) => name === fork)
    if (hardfork === undefined) throw new Error(`there is no fork ${fork}`)
    const common = new Common({ chain: Mainnet, hardfork })
    const stateManager = new SimpleStateManager({ common })
    for (const [address, { balance, nonce, code, state: slots }] of Object.entries(state)) {
      const at = new Address(hexToBytes(address))
      await stateManager.putAccount(at, new Account(BigInt(nonce), BigInt(balance)))
      if (code !== '0x') await stateManager.putCode(at, hexToBytes(code))
      for (const [slot, value] of Object.entries(slots)) await stateManager.putStorage(at, hexToBytes(slot), hexToBytes(value))
    }
    const evm = await createEVM({ common, stateManager })
    const { journal } = evm
    const [caller, to] = [calls.account, calls.to].map((address) => new Address(hexToBytes(address)))
    const warm = [calls.account, calls.to, zero.toString(), ...evm.precompiles.keys()]
    const gasLimit = BigInt(calls.gas)
    const same = typeof calls.data === 'string' ? hexToBytes(calls.data) : undefined
    return async (index) => {
      // What the call changes falls with the checkpoint, so that the next one finds the state as it was.
      await journal.checkpoint()
      for (const address of warm) journal.addAlwaysWarmAddress(address)
      const data = same ?? hexToBytes(calls.data[index])
      const { execResult } = await evm.runCall({ caller, origin: caller, to, data, gasLimit, block: { header } })
      await journal.revert()
      journal.cleanJournal()
      return execResult
    }
  }

  const makers = workloads.map(() => undefined)
  const counts = workloads.map(() => undefined)
  say({ ready: true })
  for await (const line of createInterface({ input: process.stdin })) {
    const at = Number(line)
    const one = (makers[at] ??= await prepared(workloads[at]))
    const wanted = counts[at] ?? workloads[at].calls.count
    let gas = 0n
    let calls = 0
    let output
    const begun = performance.now()
    while (calls < wanted) {
      const { executionGasUsed, returnValue } = await one(calls)
      gas += executionGasUsed
      output = returnValue
      calls++
      if (counts[at] === undefined && performance.now() - begun > 2 * milliseconds) break
    }
    const seconds = (performance.now() - begun) / 1000
    counts[at] ??= Math.max(1, Math.min(calls, Math.floor((calls * milliseconds) / (seconds * 1000))))
    say({ gas: String(gas), seconds, calls, output: bytesToHex(output) })
  }
} catch (error) {
  say({ error: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
}
