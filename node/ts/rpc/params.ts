// Parameters of requests, read as strictly as the package's own: what is not supported is an error that says what and where.

import type { Call } from '../calls.js'
import {
  BatchError,
  ColumnLengthError,
  EngineDestroyedError,
  InvalidAddressError,
  InvalidArgumentError,
  InvalidHexError,
  InvalidNumberError,
  LanevmError,
  UnsupportedError,
} from '../errors.js'
import { show, toAddressBytes, toHex, toQuantity } from '../hex.js'
import type { Hex } from '../hex.js'
import { known } from '../options.js'
import type { BlockOverrides, StateOverrides } from '../options.js'
import { ProviderRpcError, wrong } from './error.js'

const TRANSACTION_KEYS = [
  'from',
  'to',
  'data',
  'input',
  'value',
  'gas',
  'gasPrice',
  'maxFeePerGas',
  'maxPriorityFeePerGas',
  'maxFeePerBlobGas',
  'blobVersionedHashes',
  'accessList',
  'authorizationList',
  'nonce',
  'type',
  'chainId',
] as const

const TYPES = ['legacy', 'eip2930', 'eip1559', 'eip4844', 'eip7702'] as const

/** Errors that speak of what was given. Others, such as that of a destroyed engine, stay what they are. */
const OF_PARAMETERS = [
  BatchError,
  ColumnLengthError,
  InvalidAddressError,
  InvalidArgumentError,
  InvalidHexError,
  InvalidNumberError,
  UnsupportedError,
]

/** An error as a request's: what speaks of what was given is a wrong parameter. */
export function refused(error: unknown): unknown {
  const found = OF_PARAMETERS.some((kind) => error instanceof kind)
  return found ? wrong((error as LanevmError).shortMessage, error) : error
}

/** Any error as a request's: each has a number. */
export function rpcError(error: unknown): ProviderRpcError {
  const found = refused(error)
  if (found instanceof ProviderRpcError) return found
  const code = found instanceof EngineDestroyedError ? 4900 : -32603
  const words = found instanceof LanevmError ? found.shortMessage : found instanceof Error ? found.message : String(found)
  return new ProviderRpcError(code, words, { cause: found })
}

/** Runs a reading: what it refuses is a wrong parameter. */
export function reading<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw refused(error)
  }
}

/** JSON has null for what is not there. */
function present(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null && field !== undefined))
}

/** The parity of an authorisation's signature: as such, or by the numbers that signatures had before EIP-155. */
function parity(given: unknown, v: unknown, where: string): number {
  const own = given === undefined && v !== undefined ? undefined : toQuantity(given, 8, `${where}.yParity`)
  if (v === undefined) return Number(own)
  const number = toQuantity(v, 256, `${where}.v`)
  const bit = number === 27n || number === 28n ? number - 27n : number
  if (bit > 1n) throw wrong(`${where}.v is ${number}; give 0 or 1, 27 or 28.`)
  if (own !== undefined && own !== bit) throw wrong(`${where} has yParity ${own} and v ${number}, which contradict each other.`)
  return Number(bit)
}

/** A field that is true, false, or not there. */
export function readFlag(value: unknown, path: string): boolean {
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw wrong(`${path} is ${show(value)}; give true or false.`)
  return value
}

/** A transaction of a request as a call. */
export function readTransaction(value: unknown, path: string, gas: bigint): Call {
  return reading(() => {
    if (typeof value !== 'object' || value === null) throw wrong(`${path} is ${show(value)}; give a transaction.`)
    const { from, to, data, input, type, authorizationList, ...given } = known(present(value), path, TRANSACTION_KEYS)
    if (data !== undefined && input !== undefined && String(data).toLowerCase() !== String(input).toLowerCase()) {
      throw wrong(`${path} has data and input, and they differ.`)
    }
    const kind = type === undefined ? undefined : toQuantity(type, 64, `${path}.type`)
    if (kind !== undefined && kind > 4n) throw wrong(`${path}.type is ${kind}; types 0 to 4 are known.`)
    const named = kind === undefined ? undefined : TYPES[Number(kind)]!
    // Clients write a type of 2 beside no fee at all; without fees the type changes nothing.
    const fits = named === undefined || (named === 'legacy' && given.accessList !== undefined) ? {} : { type: named }
    const call: Record<string, unknown> = {
      ...given,
      ...fits,
      gas: given.gas === undefined ? gas : toQuantity(given.gas, 64, `${path}.gas`),
      ...(from === undefined ? {} : { account: from }),
      ...(to === undefined ? {} : { to }),
      ...((input ?? data) === undefined ? {} : { data: input ?? data }),
    }
    if (from !== undefined) toAddressBytes(from, `${path}.from`)
    if (to !== undefined) toAddressBytes(to, `${path}.to`)
    if (given.value !== undefined) toQuantity(given.value, 256, `${path}.value`)
    if (authorizationList !== undefined) {
      if (!Array.isArray(authorizationList)) throw wrong(`${path}.authorizationList is ${show(authorizationList)}; give an array.`)
      call['authorizationList'] = authorizationList.map((item: unknown, index) => {
        const where = `${path}.authorizationList[${index}]`
        const entry = known(item, where, ['chainId', 'address', 'nonce', 'yParity', 'v', 'r', 's'])
        const { v, yParity, ...rest } = entry
        return { ...rest, yParity: parity(yParity, v, where) }
      })
    }
    return call as Call
  })
}

/** A state override set of a request. */
export function readStateOverrides(value: unknown, path: string): StateOverrides | undefined {
  if (value === undefined || value === null) return undefined
  return reading(() => {
    if (typeof value !== 'object' || Array.isArray(value)) throw wrong(`${path} is ${show(value)}; give an object.`)
    return Object.fromEntries(
      Object.entries(value).map(([address, account]: [string, unknown]) => [
        address,
        typeof account === 'object' && account !== null ? present(account) : account,
      ]),
    ) as StateOverrides
  })
}

/** Block overrides of a request. */
export function readBlockOverrides(value: unknown, path: string): BlockOverrides | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) throw wrong(`${path} is ${show(value)}; give an object.`)
  return present(value) as BlockOverrides
}

/** An address of a request, in small letters. */
export function readAddress(value: unknown, path: string): Hex {
  return reading(() => toHex(toAddressBytes(value, path)))
}

/** The parameters of a method: no more than it has. */
export function readParams(params: unknown, method: string, most: number): unknown[] {
  const list = params ?? []
  if (!Array.isArray(list)) throw wrong(`params of ${method} is ${show(params)}; give an array.`)
  if (list.length > most && list.slice(most).some((item) => item !== undefined && item !== null)) {
    throw wrong(`${method} has ${list.length} params; it takes at most ${most}.`)
  }
  return list
}

/** A number as requests have it: 0x and hex digits without leading zeros. */
export function quantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`
}
