// Errors as JSON-RPC and EIP-1193 have them: a number, words, and for a revert its data.

import { LanevmError } from '../errors.js'
import type { ErrorParts } from '../errors.js'
import type { Hex } from '../hex.js'

/** A request was refused, or the call asked for failed. */
export class ProviderRpcError extends LanevmError {
  override name = 'ProviderRpcError'
  /**
   * 3 for a revert; -32601 for a method that there is not, -32602 for wrong parameters, -32600 for what is no request,
   * -32000 for a call that failed in another way, -38010 to -38026 what eth_simulateV1 has numbers for, 4900 for an engine that
   * was destroyed, -32603 for anything else.
   */
  readonly code: number
  /** Revert data. */
  readonly data?: Hex

  constructor(code: number, message: string, parts: ErrorParts & { data?: Hex } = {}) {
    super(message, parts)
    this.code = code
    if (parts.data !== undefined) this.data = parts.data
  }
}

/** Wrong parameters. */
export function wrong(message: string, cause?: unknown): ProviderRpcError {
  return new ProviderRpcError(-32602, message, cause === undefined ? {} : { cause })
}
