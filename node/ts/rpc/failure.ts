// Why calls fail, as JSON-RPC says it: one table of refusals, whose words clients know, for every method.

import type { Hex } from '../hex.js'
import type { BatchResult, Row } from '../result.js'
import { ProviderRpcError } from './error.js'

/** The code of eth_simulateV1, and the words. */
type Refusal = readonly [code: number, words: string]

/** Refusals by the names of execution-spec-tests; codes are of execution-apis, words are what viem and ethers look for. */
const REFUSALS: Record<string, Refusal> = {
  NONCE_MISMATCH_TOO_LOW: [-38010, 'nonce too low'],
  NONCE_MISMATCH_TOO_HIGH: [-38011, 'nonce too high'],
  NONCE_IS_MAX: [-32000, 'nonce has max value'],
  INSUFFICIENT_MAX_FEE_PER_GAS: [-38012, 'max fee per gas less than block base fee'],
  PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS: [-32602, 'max priority fee per gas higher than max fee per gas'],
  INTRINSIC_GAS_TOO_LOW: [-38013, 'intrinsic gas too low'],
  INTRINSIC_GAS_BELOW_FLOOR_GAS_COST: [-38013, 'intrinsic gas too low for the floor of call data'],
  INSUFFICIENT_ACCOUNT_FUNDS: [-38014, 'insufficient funds for gas * price + value'],
  GAS_ALLOWANCE_EXCEEDED: [-38015, 'gas limit reached'],
  GAS_LIMIT_EXCEEDS_MAXIMUM: [-32000, 'transaction gas limit too high'],
  SENDER_NOT_EOA: [-38024, 'sender not an eoa'],
  INITCODE_SIZE_EXCEEDED: [-38025, 'max initcode size exceeded'],
  INVALID_CHAINID: [-32602, 'invalid chain id'],
}

const NO_FUNDS: Refusal = [-38014, "insufficient funds for transfer: the sender's balance is below the value"]

/** The refusal of a call that did not begin; nothing where it ran. */
export function refusal(row: Row): { code: number; message: string } | undefined {
  if (row.halt === 'insufficient_balance') return { code: NO_FUNDS[0], message: NO_FUNDS[1] }
  if (row.halt !== 'rejected') return undefined
  const name = row.error?.name === 'ExecutionHaltedError' ? (row.error as { rejection?: string }).rejection : undefined
  const [code, words] = REFUSALS[name ?? ''] ?? [-32000, 'transaction rejected']
  return { code, message: row.detail === undefined ? words : `${words}: ${row.detail}` }
}

/** Whether a call failed for want of gas alone. */
export function wantsGas(row: Row): boolean {
  return row.halt === 'out_of_gas' || refusal(row)?.code === -38013
}

/** The error of a call that failed; `code` is that of one that neither reverted nor was refused. */
export function failure(row: Row, code = -32000): ProviderRpcError {
  if (row.error?.name === 'ExecutionRevertedError') {
    const { reason, data } = row.error as Row['error'] & { reason?: string; data: Hex }
    return new ProviderRpcError(3, `execution reverted${reason ? `: ${reason}` : ''}`, { data })
  }
  const refused = refusal(row)
  const why = refused?.message ?? row.detail ?? (row.halt ?? 'failed').replaceAll('_', ' ')
  return new ProviderRpcError(refused === undefined ? code : -32000, why, row.error ? { cause: row.error } : {})
}

/** The data of a call, or its error. */
export function answer(result: BatchResult, index: number): Hex {
  const row = result.at(index)
  if (row.status !== 'success') throw failure(row)
  return row.data
}
