// A call template with generators, as the engine's worker takes it. Values are made by the engine, not here.

import { InvalidArgumentError } from './errors.js'
import { show, toBytes, toCount, toQuantity, writeWord } from './hex.js'
import type { Address, BytesLike, Quantity } from './hex.js'
import { commonTarget, commonTransaction, DEFAULT_GAS } from './calls.js'
import type { CallsPart } from './calls.js'
import { known } from './options.js'
import type { Level } from './options.js'
import type { WireGenerator, WireTemplate } from './protocol.js'
import type { Programs } from './state.js'
import { TRANSACTION_KEYS } from './transaction.js'
import type { TransactionFields } from './transaction.js'

/**
 * How a value varies from call to call: not at all; `from + call * step`; a list's values in turn; or uniformly between
 * two bounds, by the template's seed, the field's name and the call's index, the same on every machine.
 */
export type Generator =
  | Quantity
  | { range: { from: Quantity; step?: Quantity } }
  | { list: readonly Quantity[] }
  | { random: { min?: Quantity; max?: Quantity } }

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
  /** Calls to make. */
  count: number
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
  /** Fields of the call data. */
  fields?: readonly TemplateField[]
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
  ...TRANSACTION_KEYS,
] as const

function wire(kind: WireGenerator['kind'], values: readonly bigint[]): WireGenerator {
  const words = new Uint8Array(values.length * 32)
  values.forEach((value, index) => writeWord(words, index * 32, value))
  return { kind, words }
}

function generator(value: unknown, bits: number, path: string): WireGenerator {
  if (typeof value !== 'object' || value === null) return wire('fixed', [toQuantity(value, bits, path)])
  const given = known(value, path, ['range', 'list', 'random'])
  const [kind, more] = Object.keys(given)
  if (kind === undefined || more !== undefined) {
    throw new InvalidArgumentError(`${path} must have exactly one of range, list and random.`)
  }
  if (given.range !== undefined) {
    const range = known(given.range, `${path}.range`, ['from', 'step'])
    const step = range.step ?? 1n
    return wire('range', [
      toQuantity(range.from, bits, `${path}.range.from`),
      toQuantity(step, 256, `${path}.range.step`),
    ])
  }
  if (given.random !== undefined) {
    const random = known(given.random, `${path}.random`, ['min', 'max'])
    const min = toQuantity(random.min ?? 0n, bits, `${path}.random.min`)
    const max = toQuantity(random.max ?? (1n << BigInt(bits)) - 1n, bits, `${path}.random.max`)
    if (min > max) throw new InvalidArgumentError(`${path}.random.min is ${min}, over max, which is ${max}.`)
    return wire('random', [min, max])
  }
  if (!Array.isArray(given.list) || given.list.length === 0) {
    throw new InvalidArgumentError(`${path}.list is ${show(given.list)}; give an array of at least one value.`)
  }
  return wire(
    'list',
    given.list.map((item, index) => toQuantity(item, bits, `${path}.list[${index}]`)),
  )
}

/** Calls given as a template. */
export function callsFromTemplate(
  value: unknown,
  account: unknown,
  level: Level,
  programs: Programs,
): CallsPart & { template: WireTemplate } {
  const template = known(value, 'template', TEMPLATE_KEYS)
  const fields = template.fields ?? []
  if (!Array.isArray(fields)) throw new InvalidArgumentError(`template.fields is ${show(fields)}; give an array.`)
  return {
    ...commonTransaction(template, 'template', level),
    ...commonTarget(template, 'template', level, programs),
    count: Number(toQuantity(template.count, 32, 'template.count')),
    columns: undefined,
    template: {
      seed: toQuantity(template.seed ?? 0n, 64, 'template.seed'),
      caller: generator(template.account ?? account, 160, 'template.account'),
      value: generator(template.value ?? 0n, 256, 'template.value'),
      gas: generator(template.gas ?? DEFAULT_GAS, 64, 'template.gas'),
      data: template.data === undefined ? new Uint8Array(0) : toBytes(template.data, 'template.data'),
      fields: fields.map((item, index) => {
        const path = `template.fields[${index}]`
        const field = known(item, path, ['name', 'offset', 'width', 'generator'])
        if (typeof field.name !== 'string' || field.name === '') {
          throw new InvalidArgumentError(`${path}.name is ${show(field.name)}; give a name.`)
        }
        const width = toCount(field.width ?? 32, 1, `${path}.width`)
        if (width > 32) throw new InvalidArgumentError(`${path}.width is ${width}; a field holds 1 to 32 bytes.`)
        return {
          name: field.name,
          offset: Number(toQuantity(field.offset, 32, `${path}.offset`)),
          width,
          generator: generator(field.generator, width * 8, `${path}.generator`),
        }
      }),
    },
  }
}
