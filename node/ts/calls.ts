// Calls as objects or as columns, checked and laid out as the engine's worker takes them.

import type { FunctionCall } from './abi.js'
import { ColumnLengthError, InvalidArgumentError, UnsupportedError } from './errors.js'
import { byteLength, show, toAddressBytes, toQuantity, toWord, writeAddress, writeBytes, writeWord } from './hex.js'
import type { Address, BytesLike, Quantity } from './hex.js'
import { NamedCalls } from './named.js'
import { known } from './options.js'
import type { Level } from './options.js'
import type { Bytes, WireBatch, WireColumns, WireTransaction } from './protocol.js'
import type { Programs } from './state.js'
import { hasTransaction, TRANSACTION_KEYS, transactionOf } from './transaction.js'
import type { TransactionFields } from './transaction.js'

/** One call. Without `to` and `code` it creates a contract from `data`. */
export interface Call extends TransactionFields {
  /** CALLER; the batch's `account` where it is left out. */
  account?: Address
  /** The account called. */
  to?: Address | null
  /** Bytecode run in the place of the code at `to`, at level `frame`. Without `to` it runs at {@link CODE_ADDRESS}. */
  code?: BytesLike
  /** Call data, or init code. */
  data?: BytesLike
  /** Value in wei. */
  value?: Quantity
  /** Gas limit; {@link DEFAULT_GAS} where it is left out. */
  gas?: Quantity
}

/** A call as {@link Call}, whose data is a function of an ABI and its arguments. */
export type NamedCall = Omit<Call, 'data'> & FunctionCall

/** Many calls as columns: one value for all, or one for each call. */
export interface CallColumns extends TransactionFields {
  /** How many calls; it follows from the columns where one of them has a value for each call. */
  count?: number
  /** One address, an array, or 20 bytes for each call. */
  account?: Address | readonly Address[] | Uint8Array
  /** One address, an array, or 20 bytes for each call. */
  to?: Address | readonly Address[] | Uint8Array | null
  /** Bytecode run in the place of the code at `to`, the same in all calls. */
  code?: BytesLike
  /** One value, or an array. */
  value?: Quantity | readonly Quantity[] | BigUint64Array
  /** One gas limit, or an array. */
  gas?: Quantity | readonly Quantity[] | BigUint64Array
  /** The same data for all, one for each, or all bytes in one array with where each call's data ends. */
  data?: BytesLike | readonly BytesLike[] | { bytes: Uint8Array; ends: Uint32Array }
}

/** Where `code` runs when no `to` is given. */
export const CODE_ADDRESS: Address = '0x00000000000000000000000000000000c0dec0de'

/** The gas limit of calls that name none: the most that a transaction may have since Osaka (EIP-7825). */
export const DEFAULT_GAS = 16_777_216n

/** The part of a batch that speaks of its calls. @internal */
export type CallsPart = Pick<
  WireBatch,
  'transactions' | 'count' | 'to' | 'create' | 'code' | 'transaction' | 'columns' | 'named'
>

const CALL_KEYS = ['account', 'to', 'code', 'data', 'value', 'gas', ...TRANSACTION_KEYS] as const
const COLUMN_KEYS = ['count', ...CALL_KEYS] as const
const OBJECT_KEYS = ['abi', 'functionName', 'args', ...CALL_KEYS] as const
const IN_OBJECTS = 'Give calls by function as an array of objects, or encode them first and give them as data.'
const LATER = { abi: IN_OBJECTS, functionName: IN_OBJECTS, args: IN_OBJECTS }
const NONE = 0xffff_ffff

/** A column of equally long values: one for all, until a call has another. */
class Fixed {
  readonly #common: Bytes
  #each: Bytes | undefined

  constructor(
    common: Bytes,
    private readonly count: number,
  ) {
    this.#common = common
  }

  /** The bytes into which to write the value of call `index`; its width is the common value's. */
  cell(): Bytes {
    if (this.#each === undefined) {
      const width = this.#common.length
      const each = new Uint8Array(this.count * width)
      for (let at = 0; at < each.length; at += width) each.set(this.#common, at)
      this.#each = each
    }
    return this.#each
  }

  bytes(): Bytes {
    return this.#each ?? this.#common
  }
}

function u32(value: number): Bytes {
  return new Uint8Array(Uint32Array.of(value).buffer)
}

function gasBytes(gas: bigint): Bytes {
  return new Uint8Array(BigUint64Array.of(gas).buffer)
}

/** The call data of all calls, one after another. */
function packData(items: readonly unknown[], path: (index: number) => string): Pick<WireColumns, 'data' | 'ends'> {
  const ends = new Uint32Array(items.length)
  let total = 0
  for (let index = 0; index < items.length; index++) {
    const item = items[index]
    if (item !== undefined) total += byteLength(item, path(index))
    if (total > NONE) throw new InvalidArgumentError('The call data of one batch must be below 4 GiB; split the batch.')
    ends[index] = total
  }
  const data = new Uint8Array(total)
  let at = 0
  for (let index = 0; index < items.length; index++) {
    const item = items[index]
    if (item !== undefined) writeBytes(data, at, item as BytesLike, path(index))
    at = ends[index]!
  }
  return { data, ends: new Uint8Array(ends.buffer) }
}

function refuseCode(path: string, level: Level): void {
  if (level === 'frame') return
  throw new UnsupportedError(`${path}.code is only for level 'frame'.`, {
    metaMessages: ['At other levels put the code into an account of the state and call that.'],
  })
}

/** Calls given as an array of objects. @internal */
export function callsFromObjects(calls: readonly unknown[], account: Bytes, level: Level, programs: Programs): CallsPart {
  const count = calls.length
  const caller = new Fixed(account, count)
  const to = new Fixed(new Uint8Array(20), count)
  const create = new Fixed(new Uint8Array(1), count)
  const code = new Fixed(u32(NONE), count)
  const value = new Fixed(new Uint8Array(32), count)
  const gas = new Fixed(gasBytes(DEFAULT_GAS), count)
  const transaction = new Fixed(u32(NONE), count)
  const transactions: WireTransaction[] = []
  const data: unknown[] = new Array(count)
  const named = new NamedCalls(count)
  for (let index = 0; index < count; index++) {
    const path = `calls[${index}]`
    const call = known(calls[index], path, OBJECT_KEYS)
    if (call.abi !== undefined || call.functionName !== undefined || call.args !== undefined) {
      if (call.data !== undefined) throw new InvalidArgumentError(`${path} has both data and a function; give one.`)
      if ((call.to === undefined || call.to === null) && call.code === undefined) {
        throw new InvalidArgumentError(`${path} calls a function and has no to: it would create a contract from the call's data.`, {
          metaMessages: ['Give to, or the code that is to run.'],
        })
      }
      named.add(index, call.abi, call.functionName, call.args, path)
    }
    data[index] = call.data
    if (call.account !== undefined) writeAddress(caller.cell(), index * 20, call.account, `${path}.account`)
    if (call.code !== undefined) {
      refuseCode(path, level)
      new DataView(code.cell().buffer).setUint32(index * 4, programs.add(call.code, `${path}.code`), true)
    }
    if (call.to !== undefined && call.to !== null) writeAddress(to.cell(), index * 20, call.to, `${path}.to`)
    else if (call.code !== undefined) writeAddress(to.cell(), index * 20, CODE_ADDRESS, path)
    else create.cell()[index] = 1
    if (call.value !== undefined) {
      writeWord(value.cell(), index * 32, toQuantity(call.value, 256, `${path}.value`))
    }
    if (call.gas !== undefined) {
      new DataView(gas.cell().buffer).setBigUint64(index * 8, toQuantity(call.gas, 64, `${path}.gas`), true)
    }
    if (hasTransaction(call)) {
      const id = transactions.push(transactionOf(call, path, level)) - 1
      new DataView(transaction.cell().buffer).setUint32(index * 4, id, true)
    }
  }
  return {
    transactions,
    count,
    to: to.bytes(),
    create: create.bytes(),
    code: code.bytes(),
    transaction: transaction.bytes(),
    named: named.wire(),
    columns: {
      caller: caller.bytes(),
      value: value.bytes(),
      gas: gas.bytes(),
      ...packData(data, (index) => `calls[${index}].data`),
    },
  }
}

/** The target of calls that all have the same one. @internal */
export function commonTarget(
  call: Partial<Record<'to' | 'code', unknown>>,
  path: string,
  level: Level,
  programs: Programs,
): Pick<WireBatch, 'to' | 'create' | 'code'> {
  let program = NONE
  if (call.code !== undefined) {
    refuseCode(path, level)
    program = programs.add(call.code, `${path}.code`)
  }
  const absent = call.to === undefined || call.to === null
  const target = absent && program !== NONE ? CODE_ADDRESS : call.to
  return {
    to: absent && program === NONE ? new Uint8Array(20) : toAddressBytes(target, `${path}.to`),
    create: Uint8Array.of(absent && program === NONE ? 1 : 0),
    code: u32(program),
  }
}

/** The transaction that all calls share, and the column that names it. @internal */
export function commonTransaction(
  call: Partial<Record<(typeof TRANSACTION_KEYS)[number], unknown>>,
  path: string,
  level: Level,
): Pick<WireBatch, 'transactions' | 'transaction'> {
  if (!hasTransaction(call)) return { transactions: [], transaction: u32(NONE) }
  return { transactions: [transactionOf(call, path, level)], transaction: u32(0) }
}

/** How many values a column has; `undefined` for one value for all. */
function columnCount(value: unknown, path: string, name: string): number | undefined {
  if (Array.isArray(value) || value instanceof BigUint64Array) return value.length
  if (value instanceof Uint8Array && (name === 'account' || name === 'to')) {
    if (value.length % 20 !== 0) {
      throw new InvalidArgumentError(`${path} has ${value.length} bytes, which is no whole number of addresses.`)
    }
    return value.length / 20
  }
  if (name === 'data' && typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
    const { bytes, ends } = known(value, path, ['bytes', 'ends'])
    if (!(bytes instanceof Uint8Array) || !(ends instanceof Uint32Array)) {
      throw new InvalidArgumentError(`${path} needs bytes (Uint8Array) and ends (Uint32Array).`)
    }
    return ends.length
  }
  return undefined
}

function addresses(value: unknown, fallback: Bytes, path: string): Bytes {
  if (value === undefined || value === null) return fallback
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (!Array.isArray(value)) return toAddressBytes(value, path)
  const bytes = new Uint8Array(value.length * 20)
  value.forEach((item, index) => writeAddress(bytes, index * 20, item, `${path}[${index}]`))
  return bytes
}

function valueColumn(value: unknown): Bytes {
  if (!(Array.isArray(value) || value instanceof BigUint64Array)) return toWord(value ?? 0n, 'calls.value')
  const bytes = new Uint8Array(value.length * 32)
  for (let index = 0; index < value.length; index++) {
    writeWord(bytes, index * 32, toQuantity(value[index], 256, `calls.value[${index}]`))
  }
  return bytes
}

function gasColumn(value: unknown): Bytes {
  if (value instanceof BigUint64Array) return new Uint8Array(new BigUint64Array(value).buffer)
  if (!Array.isArray(value)) return gasBytes(toQuantity(value ?? DEFAULT_GAS, 64, 'calls.gas'))
  const gas = BigUint64Array.from(value, (item, index) => toQuantity(item, 64, `calls.gas[${index}]`))
  return new Uint8Array(gas.buffer)
}

function dataColumn(value: unknown): Pick<WireColumns, 'data' | 'ends'> {
  if (Array.isArray(value)) return packData(value, (index) => `calls.data[${index}]`)
  if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
    const { bytes, ends } = value as { bytes: Uint8Array; ends: Uint32Array }
    let last = 0
    ends.forEach((end, index) => {
      if (end < last || end > bytes.length) {
        throw new InvalidArgumentError(`calls.data.ends[${index}] is ${end}; it must be ${last} to ${bytes.length}.`)
      }
      last = end
    })
    if (last !== bytes.length) {
      throw new InvalidArgumentError(`calls.data has ${bytes.length} bytes, but the last call's data ends at ${last}.`)
    }
    return { data: new Uint8Array(bytes), ends: new Uint8Array(new Uint32Array(ends).buffer) }
  }
  const bytes = new Uint8Array(value === undefined ? 0 : byteLength(value, 'calls.data'))
  if (value !== undefined) writeBytes(bytes, 0, value as BytesLike, 'calls.data')
  return { data: bytes, ends: new Uint8Array(0) }
}

/** Calls given as columns. @internal */
export function callsFromColumns(value: unknown, account: Bytes, level: Level, programs: Programs): CallsPart {
  const calls = known(value, 'calls', COLUMN_KEYS, LATER)
  let count = calls.count === undefined ? undefined : Number(toQuantity(calls.count, 32, 'calls.count'))
  let from = 'calls.count'
  for (const name of ['account', 'to', 'value', 'gas', 'data'] as const) {
    const found = columnCount(calls[name], `calls.${name}`, name)
    if (found === undefined) continue
    count ??= found
    if (found !== count) {
      throw new ColumnLengthError(`calls.${name} has ${found} values, but there are ${count} calls.`, {
        metaMessages: [`The number of calls comes from ${from}.`, 'Give one value for all, or one for each call.'],
      })
    }
    if (from === 'calls.count' && calls.count === undefined) from = `calls.${name}`
  }
  if (count === undefined) {
    throw new InvalidArgumentError('calls.count is missing, and no column has a value for each call.', {
      metaMessages: [`Given: ${Object.keys(value as object).join(', ') || show(value)}.`],
    })
  }
  const target = commonTarget(
    { code: calls.code, to: columnCount(calls.to, 'calls.to', 'to') === undefined ? calls.to : `0x${'00'.repeat(20)}` },
    'calls',
    level,
    programs,
  )
  return {
    ...commonTransaction(calls, 'calls', level),
    count,
    ...target,
    to: addresses(calls.to, target.to, 'calls.to'),
    named: undefined,
    columns: {
      caller: addresses(calls.account, account, 'calls.account'),
      value: valueColumn(calls.value),
      gas: gasColumn(calls.gas),
      ...dataColumn(calls.data),
    },
  }
}
