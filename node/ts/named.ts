// Calls by function and arguments on their way to the engine: each ABI once, each function once, arguments as JSON. What the
// types are, and whether the arguments fit them, the engine says.

import { InvalidArgumentError, InvalidNumberError } from './errors.js'
import { show, toHex } from './hex.js'
import type { Bytes, WireNamed } from './protocol.js'

/** ABIs as text: one that is used again is not written again. */
const TEXTS = new WeakMap<object, string>()

const NONE = 0xffff_ffff

function abiText(abi: unknown, path: string): string {
  if (typeof abi !== 'object' || abi === null) {
    throw new InvalidArgumentError(`${path} is ${show(abi)}; give the ABI as an array.`)
  }
  let text = TEXTS.get(abi)
  if (text === undefined) {
    try {
      text = JSON.stringify(abi)
    } catch (cause) {
      throw new InvalidArgumentError(`${path} cannot be written as JSON.`, { cause })
    }
    TEXTS.set(abi, text)
  }
  return text
}

/** Deepest nesting of arguments; the engine's own bound is lower. */
const DEEPEST = 64

/** A whole number as JSON, so that no type of text takes it; one that no number of JSON holds is an object (`src/calls_by_name.rs`). */
function integer(value: bigint): string {
  const short = value >= -(1n << 63n) && value < 1n << 64n
  return short ? String(value) : `{"":"${value}"}`
}

/** A value as JSON. */
function argument(value: unknown, path: string, depth: number): string {
  switch (typeof value) {
    case 'bigint':
      return integer(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'string':
      return JSON.stringify(value)
    case 'number':
      if (!Number.isSafeInteger(value)) {
        throw new InvalidNumberError(`${path} is ${value}; give a whole number up to 2^53-1, or a bigint.`)
      }
      return String(value)
    case 'object': {
      if (value === null) break
      if (depth > DEEPEST) throw new InvalidArgumentError(`${path} is nested more than ${DEEPEST} deep.`)
      if (value instanceof Uint8Array) return `"${toHex(value)}"`
      if (Array.isArray(value)) {
        return `[${value.map((item, index) => argument(item, `${path}[${index}]`, depth + 1)).join(',')}]`
      }
      const fields = Object.entries(value).filter(([, field]) => field !== undefined)
      return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${argument(field, `${path}.${name}`, depth + 1)}`).join(',')}}`
    }
  }
  throw new InvalidArgumentError(`${path} is ${show(value)}, which is no value of any ABI type.`)
}

/** The calls by name of one batch. */
export class NamedCalls {
  readonly #interfaces: string[] = []
  readonly #functions: [number, string][] = []
  readonly #places = new Map<unknown, Map<string, number>>()
  readonly #interfaceOf = new Map<string, number>()
  readonly #of: Uint32Array<ArrayBuffer>
  readonly #args: string[] = []

  constructor(count: number) {
    this.#of = new Uint32Array(count).fill(NONE)
  }

  /** Adds the call of that number: calls are added in order. */
  add(call: number, abi: unknown, functionName: unknown, args: unknown, path: string): void {
    let names = this.#places.get(abi)
    if (names === undefined) this.#places.set(abi, (names = new Map<string, number>()))
    let place = names.get(functionName as string)
    if (place === undefined) {
      if (typeof functionName !== 'string') {
        throw new InvalidArgumentError(`${path}.functionName is ${show(functionName)}; give a function's name.`)
      }
      const text = abiText(abi, `${path}.abi`)
      let at = this.#interfaceOf.get(text)
      if (at === undefined) this.#interfaceOf.set(text, (at = this.#interfaces.push(text) - 1))
      place = this.#functions.push([at, functionName]) - 1
      names.set(functionName, place)
    }
    if (args !== undefined && !Array.isArray(args)) {
      throw new InvalidArgumentError(`${path}.args is ${show(args)}; give an array.`)
    }
    this.#of[call] = place
    this.#args.push(argument(args ?? [], `${path}.args`, 0))
  }

  /** What the engine takes; nothing where no call has a name. */
  wire(): WireNamed | undefined {
    if (this.#functions.length === 0) return undefined
    return {
      interfaces: this.#interfaces,
      functions: this.#functions,
      function: new Uint8Array(this.#of.buffer) as Bytes,
      args: this.#args.join('\n'),
    }
  }
}
