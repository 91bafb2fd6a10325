// What a template's generators give, computed here and not by the engine: for those who want to know the input of a call
// that they see a result of. The same committed values hold this and the engine to each other.

import { toHex, toWord } from './hex.js'
import type { Address, Hex } from './hex.js'
import { InvalidArgumentError } from './errors.js'
import type { WireGenerator, WireTemplate } from './protocol.js'
import { fieldKey, randomWord, threefry } from './random.js'
import { readTemplate } from './template.js'
import type { CallTemplate } from './template.js'

const WORD = 1n << 256n

/** What varies of a call that a template makes. */
export interface TemplateCall {
  /** CALLER; the zero address where the template names none. */
  account: Address
  /** Value in wei. */
  value: bigint
  /** Gas limit. */
  gas: bigint
  /** Call data. */
  data: Hex
}

/** The word at a place; zero where there is none. */
function word(bytes: Uint8Array, index: number): bigint {
  const word = bytes.subarray(index * 32, index * 32 + 32)
  return word.length === 0 ? 0n : BigInt(toHex(word))
}

const bitLength = (value: bigint): number => (value === 0n ? 0 : value.toString(2).length)

/** The index of a call in a generator: its number, or its place on the generator's axis. The last axis varies fastest. */
function place(template: WireTemplate, generator: WireGenerator, call: number): number {
  if (generator.axis === undefined) return call
  const at = template.axes.findIndex(([name]) => name === generator.axis)
  const axis = template.axes[at]
  if (!axis) throw new InvalidArgumentError(`There is no axis ${generator.axis}.`)
  const stride = template.axes.slice(at + 1).reduce((product, [, length]) => product * length, 1)
  return Math.floor(call / stride) % axis[1]
}

/** The value of a generator, as the field of that name, in a call. */
function generated(template: WireTemplate, name: string, generator: WireGenerator, call: number): bigint {
  const { kind, words } = generator
  const index = place(template, generator, call)
  const [first, second] = [word(words, 0), word(words, 1)]
  const turn = (values: Uint8Array): bigint => word(values, index % (values.length / 32))
  switch (kind) {
    case 'fixed':
      return first
    case 'range':
      return (first + BigInt(index) * second) % WORD
    case 'steps': {
      const count = word(words, 2)
      const parts = count > 1n ? count - 1n : 1n
      const at = BigInt(index) % count
      return second < first ? first - ((first - second) * at) / parts : first + ((second - first) * at) / parts
    }
    case 'list':
      return turn(words)
    case 'column': {
      const column = template.columns.find(([known]) => known === generator.column)
      if (!column || column[1].length === 0) throw new InvalidArgumentError(`Column ${generator.column} has no values.`)
      return turn(column[1])
    }
    case 'random':
      return first + ((randomWord(fieldKey(template.seed, name), index) * (second - first + 1n)) >> 256n)
    case 'logUniform': {
      const key = fieldKey(template.seed, name)
      const [least, most] = [bitLength(first), bitLength(second)]
      const choice = BigInt(threefry(key, [index, 4])[0])
      const bits = BigInt(least) + ((choice * BigInt(most - least + 1)) >> 32n)
      const value = (randomWord(key, index) | (WORD >> 1n)) >> (256n - bits)
      return value < first ? first : value > second ? second : value
    }
  }
}

function checked(template: CallTemplate, call: number): WireTemplate {
  const read = readTemplate(template, 'template')
  if (!Number.isSafeInteger(call) || call < 0 || call >= read.count) {
    throw new InvalidArgumentError(`There is no call ${call}: the template makes ${read.count}.`)
  }
  return read.template
}

/** What a template makes of the call of that number, without an engine. */
export function templateCall(template: CallTemplate, call: number): TemplateCall {
  const read = checked(template, call)
  const data = read.data.slice()
  for (const { name, offset, width, generator } of read.fields) {
    if (offset + width > data.length) {
      throw new InvalidArgumentError(`Field ${name} ends at byte ${offset + width}, past the ${data.length} of the data.`)
    }
    data.set(toWord(generated(read, name, generator, call), name).subarray(32 - width), offset)
  }
  const most = (1n << 64n) - 1n
  const gas = generated(read, 'gas', read.gas, call)
  return {
    account: toHex(toWord(generated(read, 'caller', read.caller, call), 'account').subarray(12)),
    value: generated(read, 'value', read.value, call),
    gas: gas > most ? most : gas,
    data: toHex(data),
  }
}

/** The value of a template's field in the call of that number, before the field's width cuts it. */
export function templateValue(template: CallTemplate, field: string, call: number): bigint {
  const read = checked(template, call)
  const found = read.fields.find(({ name }) => name === field)
  if (!found) throw new InvalidArgumentError(`The template has no field ${field}.`)
  return generated(read, field, found.generator, call)
}
