// The least gas with which a call succeeds, found by running many limits at once.

import type { Call } from '../calls.js'
import type { BatchResult } from '../result.js'

/** Limits tried in one batch. */
const AT_ONCE = 64

/** Whole numbers above `fails` and below `works`, evenly spread. */
function between(fails: bigint, works: bigint): bigint[] {
  const room = works - fails - 1n
  if (room <= BigInt(AT_ONCE)) return Array.from({ length: Number(room) }, (_, index) => fails + 1n + BigInt(index))
  return Array.from({ length: AT_ONCE }, (_, index) => fails + ((works - fails) * BigInt(index + 1)) / BigInt(AT_ONCE + 1))
}

/**
 * The least gas limit, up to the call's own, with which it succeeds. `refused` throws the error of a call that fails with all
 * of it.
 */
export async function estimate(
  call: Call,
  run: (calls: Call[]) => Promise<BatchResult>,
  refused: (result: BatchResult) => unknown,
): Promise<bigint> {
  const most = call.gas as bigint
  const all = await run([{ ...call, gas: most }])
  refused(all)
  const used = all.gasUsed[0]! + all.refundGranted[0]!
  let [fails, works] = [all.gasUsed[0]! - 1n, most]
  // Most calls need what they used; calls in calls need a 64th more for each, and a stipend where value moves.
  const guesses = [used, used + 2_300n, (used * 64n) / 63n + 2_300n, (used * 65n) / 63n + 9_000n, used * 2n]
  let limits = [...new Set(guesses)].filter((limit) => limit > fails && limit < works)
  while (works - fails > 1n) {
    if (limits.length > 0) {
      const result = await run(limits.map((gas) => ({ ...call, gas })))
      limits.forEach((gas, index) => {
        if (result.at(index).status === 'success') works = gas < works ? gas : works
        else fails = gas > fails ? gas : fails
      })
      // A call that fails with more gas than it succeeds with: the least that works counts.
      if (fails >= works) fails = limits.filter((gas) => gas < works).reduce((top, gas) => (gas > top ? gas : top), all.gasUsed[0]! - 1n)
    }
    limits = between(fails, works)
  }
  return works
}
