// The ERC-20 example as the batch call takes it: each call sends another amount to another recipient.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const account = `0x${'ca'.repeat(20)}`
const to = `0x${'c0'.repeat(20)}`
const held = 1000n * 10n ** 18n
const tenth = 10n ** 17n

const word = (value) => BigInt(value).toString(16).padStart(64, '0')

/** keccak-256 of two words, by the EVM itself. */
async function keccakOfTwo(engine, first, second) {
  const code = '0x5f355f526020356020526040' + '5f205f5260205ff3'
  const result = await engine.simulateCalls({ calls: [{ code, data: `0x${word(first)}${word(second)}` }] })
  return result.at(0).data
}

/** Parameters of `simulateCalls` for `count` transfers; `folder` is the package's in the repository. */
export async function erc20(engine, folder, count) {
  const artefact = JSON.parse(readFileSync(join(folder, '..', 'examples', 'generated', 'erc20.json'), 'utf8'))
  const holder = await keccakOfTwo(engine, account, artefact.slots.balanceOf)
  return {
    state: {
      [to]: {
        nonce: 1,
        code: artefact.runtime,
        state: { [`0x${word(artefact.slots.totalSupply)}`]: held, [holder]: held },
      },
      [account]: { balance: 10n ** 18n },
    },
    template: {
      count,
      seed: 1,
      account,
      to,
      gas: 100_000n,
      data: `0x${artefact.selectors['transfer(address,uint256)']}${word(0)}${word(0)}`,
      fields: [
        { name: 'to', offset: 4, generator: { random: { min: 1n, max: (1n << 160n) - 1n } } },
        { name: 'amount', offset: 36, generator: { range: { from: tenth, step: tenth } } },
      ],
    },
  }
}
