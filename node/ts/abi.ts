// Types of ABI values, so that a call's arguments are checked where they are written. Types only: what an ABI means is the
// engine's, and nothing is encoded here.

import type { Address, Hex } from './hex.js'

/** A parameter of a function, event or error. */
export interface AbiParameter {
  readonly name?: string
  readonly type: string
  readonly internalType?: string
  readonly indexed?: boolean
  readonly components?: readonly AbiParameter[]
}

/** An item of an ABI. */
export interface AbiItem {
  readonly type: string
  readonly name?: string
  readonly inputs?: readonly AbiParameter[]
  readonly outputs?: readonly AbiParameter[]
  readonly stateMutability?: string
  readonly anonymous?: boolean
}

/** An ABI: the array that compilers write. Write `as const` behind it, and arguments are checked. */
export type Abi = readonly AbiItem[]

/** The element and the length of an array type: `uint8[2][3]` is `['uint8[2]', '3']`. */
type ArrayParts<T extends string, Head extends string = ''> = T extends `${infer A}[${infer B}`
  ? B extends `${string}[${string}`
    ? ArrayParts<B, `${Head}${A}[`>
    : B extends `${infer Length}]`
      ? [`${Head}${A}`, Length]
      : never
  : never

type Repeat<V, Length extends string, List extends readonly V[] = readonly []> = `${List['length']}` extends Length
  ? List
  : List['length'] extends 64
    ? readonly V[]
    : Repeat<V, Length, readonly [...List, V]>

type SmallBits = '8' | '16' | '24' | '32' | '40' | '48'

type Named<P extends AbiParameter> = P extends { readonly name: infer N extends string } ? (N extends '' ? never : N) : never

type TupleValue<C extends readonly AbiParameter[]> = [C[number] extends infer P ? (P extends AbiParameter ? ([Named<P>] extends [never] ? true : never) : never) : never] extends [never]
  ? { [P in C[number] as Named<P>]: ParameterValue<P> }
  : ParameterValues<C>

/** The value of an ABI type: `bigint` for integers of more than 48 bits, as viem and abitype have it. */
export type AbiValue<T extends string, C extends readonly AbiParameter[] = readonly []> = string extends T
  ? unknown
  : T extends `${string}]`
    ? ArrayParts<T> extends [infer E extends string, infer Length extends string]
      ? Length extends ''
        ? readonly AbiValue<E, C>[]
        : Repeat<AbiValue<E, C>, Length>
      : unknown
    : T extends 'bool'
      ? boolean
      : T extends 'address'
        ? Address
        : T extends 'string'
          ? string
          : T extends 'tuple'
            ? TupleValue<C>
            : T extends `bytes${string}` | 'function'
              ? Hex
              : T extends `${'u' | ''}int${infer Bits}`
                ? Bits extends SmallBits
                  ? number
                  : bigint
                : unknown

/** The value of a parameter. */
export type ParameterValue<P extends AbiParameter> = P extends { readonly components: infer C extends readonly AbiParameter[] }
  ? AbiValue<P['type'], C>
  : AbiValue<P['type']>

/** The values of parameters, in order. */
export type ParameterValues<P extends readonly AbiParameter[]> = { readonly [K in keyof P]: ParameterValue<P[K]> }

type FunctionItem<A extends Abi, N extends string> = Extract<
  A[number],
  { readonly type: 'function'; readonly name: N extends `${infer Plain}(${string}` ? Plain : N }
>

/** The names of an ABI's functions; where several have one name, its signature says which is meant. */
export type FunctionName<A extends Abi> = Abi extends A
  ? string
  : Extract<A[number], { readonly type: 'function' }> extends { readonly name: infer N extends string }
    ? N | `${N}(${string})`
    : never

/** The arguments of a function. */
export type FunctionArgs<A extends Abi, N extends string> = Abi extends A
  ? readonly unknown[]
  : FunctionItem<A, N> extends { readonly inputs: infer I extends readonly AbiParameter[] }
    ? ParameterValues<I>
    : readonly unknown[]

/** What a function returns: nothing, its one value, or all of them in order. */
export type FunctionResult<A extends Abi, N extends string> = Abi extends A
  ? unknown
  : FunctionItem<A, N> extends { readonly outputs: infer O extends readonly AbiParameter[] }
    ? O extends readonly []
      ? undefined
      : O extends readonly [infer One extends AbiParameter]
        ? ParameterValue<One>
        : ParameterValues<O>
    : unknown

/** A call by function and arguments. */
export type FunctionCall<A extends Abi = Abi, N extends string = string> = {
  /** The contract's ABI. */
  abi: A
  /** The function's name, or its signature where several have that name. */
  functionName: N
} & (FunctionArgs<A, N> extends readonly [] ? { args?: FunctionArgs<A, N> } : Abi extends A ? { args?: FunctionArgs<A, N> } : { args: FunctionArgs<A, N> })

/** What a call returns: nothing where it names no function. */
export type CallResult<C> = C extends { abi: infer A extends Abi; functionName: infer N extends string } ? FunctionResult<A, N> : undefined

/** Call `I` of calls; where it is not known which one is meant, any of them. */
export type CallAt<C, I extends number> = C extends readonly unknown[]
  ? number extends I | C['length']
    ? C[number]
    : I extends keyof C
      ? C[I]
      : C[number]
  : undefined

/** What call `I` of calls returns. */
export type ResultAt<C, I extends number> = CallResult<CallAt<C, I>>

/** A call as it was written, with its arguments held to the function they are for. */
export type Checked<C> = C extends { abi: infer A extends Abi; functionName: infer N extends string }
  ? Omit<C, 'abi' | 'functionName' | 'args'> & FunctionCall<A, N extends FunctionName<A> ? N : FunctionName<A>>
  : C
