// A call template with generators, as the engine's worker takes it. Values are made by the engine, not here.

import { InvalidArgumentError } from './errors.js'
import { show, toBytes, toCount, toQuantity, writeWord } from './hex.js'
import type { Address, BytesLike, Quantity } from './hex.js'
import { commonTarget, commonTransaction, DEFAULT_GAS } from './calls.js'
import type { CallsPart } from './calls.js'
import { known, oneOf } from './options.js'
import type { Level } from './options.js'
import type { WireGenerator, WireTemplate } from './protocol.js'
import type { Programs } from './state.js'
import { TRANSACTION_KEYS } from './transaction.js'
import type { TransactionFields } from './transaction.js'

/** How a value varies, by an index: the call's number, or its place on an axis. */
export type GeneratorKind =
  | { range: { from: Quantity; step?: Quantity } }
  | { range: { from: Quantity; to: Quantity; count: number } }
  | { list: readonly Quantity[] }
  | { column: string }
  | { random: { min?: Quantity; max?: Quantity; dist?: 'uniform' | 'logUniform' } }

/**
 * How a value varies from call to call: not at all; `from + index * step`; `count` values from `from` to `to`, both among
 * them; the values of a list or of one of the template's columns in turn; or randomly between two bounds, by the template's
 * seed, the field's name and the index, the same on every machine. With `axis` the index is the call's place on that axis.
 */
export type Generator = Quantity | (GeneratorKind & { axis?: string })

/** An axis of a grid. */
export interface TemplateAxis {
  /** Its name, by which generators go along it. */
  name: string
  /** Its points. */
  length: number
}

/** A part of the call data that varies: `width` bytes at `offset`, big-endian. */
export interface TemplateField {
  /** Its name: part of what seeds its random values. */
  name: string
  /** First byte. */
  offset: number
  /** Bytes, 1 to 32; 32 where it is left out. The value's low bytes are used. */
  width?: number
  /** How it varies. */
  generator: Generator
}

/** A call whose account, value, gas and call data can vary. */
export interface CallTemplate extends TransactionFields {
  /** Calls to make; with axes, every point of the grid where it is left out. */
  count?: number
  /** Seeds random values; 0 where it is left out. */
  seed?: Quantity
  /** CALLER: the low 160 bits of the generated value. */
  account?: Generator
  /** The account called. */
  to?: Address | null
  /** Bytecode run in the place of the code at `to`, at level `frame`. */
  code?: BytesLike
  /** Value in wei. */
  value?: Generator
  /** Gas limit. */
  gas?: Generator
  /** Call data before fields are laid over it. */
  data?: BytesLike
  /** Fields of the call data, laid over it in this order. */
  fields?: readonly TemplateField[]
  /** Axes of a grid: calls enumerate their product, and the last varies fastest. */
  axes?: readonly TemplateAxis[]
  /** Columns of values that generators name, from a table, say. */
  columns?: Readonly<Record<string, readonly Quantity[]>>
}

const TEMPLATE_KEYS = [
  'count',
  'seed',
  'account',
  'to',
  'code',
  'value',
  'gas',
  'data',
  'fields',
  'axes',
  'columns',
  ...TRANSACTION_KEYS,
] as const

type Kind = Pick<WireGenerator, 'kind' | 'words' | 'column'>

function toWords(values: readonly bigint[]): Uint8Array<ArrayBuffer> {
  const words = new Uint8Array(values.length * 32)
  values.forEach((value, index) => writeWord(words, index * 32, value))
  return words
}

function wire(kind: WireGenerator['kind'], values: readonly bigint[], column?: string): Kind {
  return { kind, words: toWords(values), column }
}

function list(value: unknown, bits: number, path: string): bigint[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new InvalidArgumentError(`${path} is ${show(value)}; give an array of at least one value.`)
  }
  return value.map((item, index) => toQuantity(item, bits, `${path}[${index}]`))
}

function rangeKind(value: unknown, bits: number, path: string): Kind {
  const range = known(value, path, ['from', 'step', 'to', 'count'])
  const from = toQuantity(range.from, bits, `${path}.from`)
  if (range.to === undefined && range.count === undefined) {
    return wire('range', [from, toQuantity(range.step ?? 1n, 256, `${path}.step`)])
  }
  if (range.step !== undefined) throw new InvalidArgumentError(`${path} has both step and to; give one of them.`)
  const count = toCount(range.count, 1, `${path}.count`)
  return wire('steps', [from, toQuantity(range.to, bits, `${path}.to`), BigInt(count)])
}

function randomKind(value: unknown, bits: number, path: string): Kind {
  const random = known(value, path, ['min', 'max', 'dist'])
  const min = toQuantity(random.min ?? 0n, bits, `${path}.min`)
  const max = toQuantity(random.max ?? (1n << BigInt(bits)) - 1n, bits, `${path}.max`)
  if (min > max) throw new InvalidArgumentError(`${path}.min is ${min}, over max, which is ${max}.`)
  const dist = oneOf(random.dist ?? 'uniform', `${path}.dist`, ['uniform', 'logUniform'])
  return wire(dist === 'uniform' ? 'random' : 'logUniform', [min, max])
}

function generator(value: unknown, bits: number, path: string): WireGenerator {
  if (typeof value !== 'object' || value === null) {
    return { ...wire('fixed', [toQuantity(value, bits, path)]), axis: undefined }
  }
  const { axis, ...given } = known(value, path, ['range', 'list', 'column', 'random', 'axis'])
  if (axis !== undefined && typeof axis !== 'string') {
    throw new InvalidArgumentError(`${path}.axis is ${show(axis)}; give the name of an axis.`)
  }
  const [kind, more] = Object.keys(given)
  if (kind === undefined || more !== undefined) {
    throw new InvalidArgumentError(`${path} must have exactly one of range, list, column and random.`)
  }
  if (given.range !== undefined) return { ...rangeKind(given.range, bits, `${path}.range`), axis }
  if (given.random !== undefined) return { ...randomKind(given.random, bits, `${path}.random`), axis }
  if (given.column === undefined) return { ...wire('list', list(given.list, bits, `${path}.list`)), axis }
  if (typeof given.column !== 'string') {
    throw new InvalidArgumentError(`${path}.column is ${show(given.column)}; give the name of a column.`)
  }
  return { ...wire('column', [], given.column), axis }
}

function axes(value: unknown, path: string): [string, number][] {
  if (!Array.isArray(value)) throw new InvalidArgumentError(`${path} is ${show(value)}; give an array.`)
  return value.map((item, index) => {
    const axis = known(item, `${path}[${index}]`, ['name', 'length'])
    if (typeof axis.name !== 'string') {
      throw new InvalidArgumentError(`${path}[${index}].name is ${show(axis.name)}; give a name.`)
    }
    toCount(axis.length, 1, `${path}[${index}].length`)
    return [axis.name, Number(toQuantity(axis.length, 32, `${path}[${index}].length`))]
  })
}

function columns(value: unknown, path: string): [string, Uint8Array<ArrayBuffer>][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError(`${path} is ${show(value)}; give an object of arrays.`)
  }
  return Object.entries(value).map(([name, values]) => [name, toWords(list(values, 256, `${path}.${name}`))])
}

function fields(value: unknown, path: string): WireTemplate['fields'] {
  if (!Array.isArray(value)) throw new InvalidArgumentError(`${path} is ${show(value)}; give an array.`)
  return value.map((item, index) => {
    const at = `${path}[${index}]`
    const field = known(item, at, ['name', 'offset', 'width', 'generator'])
    if (typeof field.name !== 'string' || field.name === '') {
      throw new InvalidArgumentError(`${at}.name is ${show(field.name)}; give a name.`)
    }
    const width = toCount(field.width ?? 32, 1, `${at}.width`)
    if (width > 32) throw new InvalidArgumentError(`${at}.width is ${width}; a field holds 1 to 32 bytes.`)
    return {
      name: field.name,
      offset: Number(toQuantity(field.offset, 32, `${at}.offset`)),
      width,
      generator: generator(field.generator, width * 8, `${at}.generator`),
    }
  })
}

/** How many calls a template makes, and its generators as the engine's worker takes them. @internal */
export function readTemplate(
  value: unknown,
  path: string,
  account: unknown = 0n,
): { count: number; template: WireTemplate } {
  const template = known(value, path, TEMPLATE_KEYS)
  const grid = axes(template.axes ?? [], `${path}.axes`)
  const points = grid.length === 0 ? undefined : grid.reduce((product, [, length]) => product * length, 1)
  return {
    count: Number(toQuantity(template.count ?? points, 32, `${path}.count`)),
    template: {
      seed: toQuantity(template.seed ?? 0n, 64, `${path}.seed`),
      axes: grid,
      columns: columns(template.columns ?? {}, `${path}.columns`),
      caller: generator(template.account ?? account, 160, `${path}.account`),
      value: generator(template.value ?? 0n, 256, `${path}.value`),
      gas: generator(template.gas ?? DEFAULT_GAS, 64, `${path}.gas`),
      data: template.data === undefined ? new Uint8Array(0) : toBytes(template.data, `${path}.data`),
      fields: fields(template.fields ?? [], `${path}.fields`),
    },
  }
}

/** Calls given as a template. @internal */
export function callsFromTemplate(
  value: unknown,
  account: unknown,
  level: Level,
  programs: Programs,
): CallsPart & { template: WireTemplate } {
  const template = known(value, 'template', TEMPLATE_KEYS)
  return {
    ...commonTransaction(template, 'template', level),
    ...commonTarget(template, 'template', level, programs),
    columns: undefined,
    named: undefined,
    ...readTemplate(template, 'template', account),
  }
}
