// What a transaction has beyond a message call: types 0 to 4, with viem's names.

import { InvalidArgumentError, UnsupportedError } from './errors.js'
import { show, toAddressBytes, toBytes32, toCount, toQuantity, toWord } from './hex.js'
import { known, oneOf } from './options.js'
import type { Level } from './options.js'
import type { Address, Hex, Quantity } from './hex.js'
import type { Bytes, WireTransaction } from './protocol.js'

/** An authorisation of EIP-7702, signed. */
export interface Authorization {
  chainId: Quantity
  address: Address
  nonce: Quantity
  yParity: number
  r: Hex
  s: Hex
}

/** Fields of a call that speak of its transaction. At level `frame` only `origin`, `gasPrice` and `blobVersionedHashes`. */
export interface TransactionFields {
  /** The type; it follows from the other fields where it is left out. */
  type?: 'legacy' | 'eip2930' | 'eip1559' | 'eip4844' | 'eip7702'
  /** The sender's own where it is left out. */
  nonce?: Quantity
  /** ORIGIN at level `frame`; the caller where it is left out. */
  origin?: Address
  gasPrice?: Quantity
  maxFeePerGas?: Quantity
  maxPriorityFeePerGas?: Quantity
  /** The chain the transaction was signed for. */
  chainId?: Quantity
  accessList?: readonly { address: Address; storageKeys: readonly Hex[] }[]
  blobVersionedHashes?: readonly Hex[]
  maxFeePerBlobGas?: Quantity
  authorizationList?: readonly Authorization[]
}

/** Names of the fields of {@link TransactionFields}. @internal */
export const TRANSACTION_KEYS = [
  'type',
  'nonce',
  'origin',
  'gasPrice',
  'maxFeePerGas',
  'maxPriorityFeePerGas',
  'chainId',
  'accessList',
  'blobVersionedHashes',
  'maxFeePerBlobGas',
  'authorizationList',
] as const

const FRAME_KEYS: readonly string[] = ['origin', 'gasPrice', 'blobVersionedHashes']
const TYPES = ['legacy', 'eip2930', 'eip1559', 'eip4844', 'eip7702'] as const

function list(value: unknown, path: string): readonly unknown[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw new InvalidArgumentError(`${path} is ${show(value)}; give an array.`)
  return value
}

function words(value: unknown, path: string): Bytes {
  const items = list(value, path)
  const bytes = new Uint8Array(items.length * 32)
  items.forEach((item, index) => bytes.set(toBytes32(item, `${path}[${index}]`), index * 32))
  return bytes
}

/** Whether a call has any field of a transaction. @internal */
export function hasTransaction(call: Partial<Record<string, unknown>>): boolean {
  return TRANSACTION_KEYS.some((key) => call[key] !== undefined)
}

/** The transaction of a call. @internal */
export function transactionOf(
  call: Partial<Record<(typeof TRANSACTION_KEYS)[number], unknown>>,
  path: string,
  level: Level,
): WireTransaction {
  for (const key of TRANSACTION_KEYS) {
    if (call[key] === undefined) continue
    if (level === 'frame' && !FRAME_KEYS.includes(key)) {
      throw new UnsupportedError(`${path}.${key} has no meaning at level 'frame'.`, {
        metaMessages: ["Use level 'call' or 'transaction'."],
      })
    }
    if (level !== 'frame' && key === 'origin') {
      throw new UnsupportedError(`${path}.origin has no meaning at level '${level}'; there it is the sender.`)
    }
  }
  const maxFee = call.maxFeePerGas
  if (maxFee !== undefined && call.gasPrice !== undefined) {
    throw new InvalidArgumentError(`${path} has both gasPrice and fees of EIP-1559; give one.`)
  }
  if (call.maxPriorityFeePerGas !== undefined && call.maxFeePerGas === undefined) {
    throw new InvalidArgumentError(`${path}.maxPriorityFeePerGas needs a maxFeePerGas beside it.`)
  }
  let kind = 0
  if (call.type !== undefined) kind = TYPES.indexOf(oneOf(call.type, `${path}.type`, TYPES))
  else if (call.authorizationList !== undefined) kind = 4
  else if (level !== 'frame' && (call.blobVersionedHashes ?? call.maxFeePerBlobGas) !== undefined) kind = 3
  else if (maxFee !== undefined) kind = 2
  else if (call.accessList !== undefined) kind = 1
  const needs: [string, boolean, boolean][] = [
    ['accessList', call.accessList !== undefined, kind >= 1],
    ['maxFeePerGas', maxFee !== undefined, kind >= 2],
    ['gasPrice', call.gasPrice !== undefined, kind < 2],
    ['blobVersionedHashes', call.blobVersionedHashes !== undefined, kind === 3 || level === 'frame'],
    ['maxFeePerBlobGas', call.maxFeePerBlobGas !== undefined, kind === 3],
    ['authorizationList', call.authorizationList !== undefined, kind === 4],
  ]
  for (const [key, given, fits] of needs) {
    if (given && !fits) throw new InvalidArgumentError(`${path}.${key} does not go with type '${TYPES[kind]}'.`)
  }
  const price = kind >= 2 ? call.maxFeePerGas : call.gasPrice
  return {
    kind,
    nonce: call.nonce === undefined ? undefined : toQuantity(call.nonce, 64, `${path}.nonce`),
    origin: call.origin === undefined ? undefined : toAddressBytes(call.origin, `${path}.origin`),
    gasPrice: toWord(price ?? 0n, `${path}.${kind >= 2 ? 'maxFeePerGas' : 'gasPrice'}`),
    priorityFee: kind >= 2 ? toWord(call.maxPriorityFeePerGas ?? 0n, `${path}.maxPriorityFeePerGas`) : undefined,
    chainId: call.chainId === undefined ? undefined : toQuantity(call.chainId, 64, `${path}.chainId`),
    accessList: list(call.accessList, `${path}.accessList`).map((item, index) => {
      const where = `${path}.accessList[${index}]`
      const entry = known(item, where, ['address', 'storageKeys'])
      return {
        address: toAddressBytes(entry.address, `${where}.address`),
        slots: words(entry.storageKeys, `${where}.storageKeys`),
      }
    }),
    blobHashes: words(call.blobVersionedHashes, `${path}.blobVersionedHashes`),
    maxFeePerBlobGas: toWord(call.maxFeePerBlobGas ?? 0n, `${path}.maxFeePerBlobGas`),
    authorizations: list(call.authorizationList, `${path}.authorizationList`).map((item, index) => {
      const where = `${path}.authorizationList[${index}]`
      const entry = known(item, where, ['chainId', 'address', 'nonce', 'yParity', 'r', 's'])
      return {
        chainId: toWord(entry.chainId, `${where}.chainId`),
        address: toAddressBytes(entry.address, `${where}.address`),
        nonce: toQuantity(entry.nonce, 64, `${where}.nonce`),
        yParity: toCount(toQuantity(entry.yParity, 8, `${where}.yParity`), 0, `${where}.yParity`),
        r: toWord(entry.r, `${where}.r`),
        s: toWord(entry.s, `${where}.s`),
      }
    }),
  }
}
