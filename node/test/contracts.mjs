// Real contracts: OpenZeppelin's ERC-20 of the examples, and WETH9, Multicall3 and the pair of Uniswap V2, which are read from
// the test data beside the repository where they are there (some are under the GPL, so that they are no part of it).

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { packageFolder } from './place.mjs'

const archive = join(process.env.LANEVM_FIXTURES ?? join(packageFolder, '..', '..', 'shared', 'fixtures'), 'contracts.tar.zst')

let folder

/** A contract of the test data, or nothing where there is none. */
export function contract(name) {
  if (folder === undefined) {
    folder = null
    if (existsSync(archive)) {
      const fresh = mkdtempSync(join(tmpdir(), 'lanevm-contracts-'))
      try {
        execFileSync('tar', ['--zstd', '-xf', archive, '-C', fresh], { stdio: 'ignore' })
        folder = fresh
      } catch {
        // There is no zstd here.
      }
    }
  }
  if (folder === null) return undefined
  const found = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
  return { ...found, bytecode: found.bytecode.startsWith('0x') ? found.bytecode : `0x${found.bytecode}` }
}

/** The ERC-20 of the examples, which is in the repository. */
export function exampleToken() {
  return JSON.parse(readFileSync(join(packageFolder, '..', 'examples', 'generated', 'erc20.json'), 'utf8'))
}

/** The code that creation code leaves. */
export async function deployed(createEngine, bytecode) {
  const engine = await createEngine({ device: 'cpu', workers: 1 })
  const row = (await engine.simulateCalls({ calls: [{ data: bytecode }] })).at(0)
  await engine.destroy()
  return row.data
}

/** Accounts that grow by what calls change. */
export class Chain {
  accounts = new Map()

  apply(changes) {
    for (const { address, nonce, balance, code, stateDiff } of changes) {
      const held = this.accounts.get(address) ?? { nonce: 0n, balance: 0n, storage: new Map() }
      this.accounts.set(address, { ...held, ...(nonce === undefined ? {} : { nonce }), ...(balance === undefined ? {} : { balance }), ...(code === undefined ? {} : { code }) })
      for (const { slot, value } of stateDiff) {
        if (BigInt(value) === 0n) held.storage.delete(slot)
        else held.storage.set(slot, value)
      }
    }
  }

  state() {
    return [...this.accounts].map(([address, { storage, ...account }]) => ({
      address,
      ...account,
      state: [...storage].map(([slot, value]) => ({ slot, value })),
    }))
  }

  /** Runs a call on the state, and keeps what it changed. */
  async run(engine, call) {
    const row = (await engine.simulateCalls({ calls: [call], state: this.state() })).at(0)
    if (row.status !== 'success') throw new Error(`${row.halt}: ${row.error?.message}`)
    this.apply(row.stateChanges)
    return row
  }
}
