// What TypeScript says of calls: arguments are held to their ABI, and wrong ones are seen where they stand. Each line behind a
// `@ts-expect-error` must be one.

import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { packageFolder, projectFolder, run } from './place.mjs'

const CASES = `
  import { createEngine } from 'lanevm'
  import type { Abi, AbiValue, BatchResult, Document, FunctionArgs, FunctionName, FunctionResult, Row, StateOverrides } from 'lanevm'

  type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
  function same<A, B>(_: Same<A, B>): void {}

  const abi = [
    { type: 'function', name: 'transfer', stateMutability: 'nonpayable', inputs: [{ name: 'to', type: 'address' }, { name: 'amount', type: 'uint256' }], outputs: [{ name: '', type: 'bool' }] },
    { type: 'function', name: 'totalSupply', stateMutability: 'view', inputs: [], outputs: [{ name: '', type: 'uint256' }] },
    { type: 'function', name: 'small', stateMutability: 'pure', inputs: [{ name: 'a', type: 'uint8' }, { name: 'b', type: 'int48' }, { name: 'c', type: 'int56' }], outputs: [] },
    { type: 'function', name: 'lists', stateMutability: 'pure', inputs: [{ name: 'a', type: 'uint256[]' }, { name: 'b', type: 'bytes32[2]' }, { name: 'c', type: 'bool[2][]' }], outputs: [{ name: 'x', type: 'string' }, { name: 'y', type: 'bytes' }] },
    { type: 'function', name: 'order', stateMutability: 'pure', inputs: [{ name: 'o', type: 'tuple', components: [{ name: 'maker', type: 'address' }, { name: 'ends', type: 'uint64[2]' }] }], outputs: [] },
    { type: 'event', name: 'Transfer', inputs: [] },
  ] as const

  same<AbiValue<'uint256'>, bigint>(true)
  same<AbiValue<'uint32'>, number>(true)
  same<AbiValue<'uint'>, bigint>(true)
  same<AbiValue<'bytes4'>, \`0x\${string}\`>(true)
  same<AbiValue<'uint256[][2]'>, readonly [readonly bigint[], readonly bigint[]]>(true)
  same<FunctionArgs<typeof abi, 'transfer'>, readonly [\`0x\${string}\`, bigint]>(true)
  same<FunctionArgs<typeof abi, 'small'>, readonly [number, number, bigint]>(true)
  same<FunctionArgs<typeof abi, 'lists'>, readonly [readonly bigint[], readonly [\`0x\${string}\`, \`0x\${string}\`], readonly (readonly [boolean, boolean])[]]>(true)
  same<FunctionResult<typeof abi, 'transfer'>, boolean>(true)
  same<FunctionResult<typeof abi, 'small'>, undefined>(true)
  same<FunctionResult<typeof abi, 'lists'>, readonly [string, \`0x\${string}\`]>(true)
  const name: FunctionName<typeof abi> = 'totalSupply'

  async function main(): Promise<void> {
    const engine = await createEngine({ chainId: 1n, blockHashes: { 1: '0x00' } })
    const to = '0x00' as const
    await engine.simulateCalls({ calls: [{ to, abi, functionName: 'transfer', args: [to, 1n] }, { to, data: '0x' }, { to, abi, functionName: 'totalSupply' }] })
    await engine.simulateCalls({ calls: [{ to, abi, functionName: 'order', args: [{ maker: to, ends: [1n, 2n] }] }] })
    await engine.simulateCalls({ calls: [{ to, abi, functionName: 'small', args: [1, 2, 3n] }], keep: 'status', coverage: true })
    // @ts-expect-error: no such function
    await engine.simulateCalls({ calls: [{ to, abi, functionName: 'transfers', args: [to, 1n] }] })
    // @ts-expect-error: an event is no function
    await engine.simulateCalls({ calls: [{ to, abi, functionName: 'Transfer' }] })
    // @ts-expect-error: too few arguments
    await engine.simulateCalls({ calls: [{ to, abi, functionName: 'transfer', args: [to] }] })
    // @ts-expect-error: arguments are missing
    await engine.simulateCalls({ calls: [{ to, abi, functionName: 'transfer' }] })
    // @ts-expect-error: a number where a bigint belongs
    await engine.simulateCalls({ calls: [{ to, abi, functionName: 'transfer', args: [to, 1] }] })
    // @ts-expect-error: no address
    await engine.simulateCalls({ calls: [{ to, abi, functionName: 'transfer', args: ['me', 1n] }] })
    // @ts-expect-error: a field of the tuple is missing
    await engine.simulateCalls({ calls: [{ to, abi, functionName: 'order', args: [{ maker: to }] }] })
    // @ts-expect-error: a word that keep does not know
    await engine.simulateCalls({ calls: [], keep: 'most' })
    // @ts-expect-error: not supported, and never ignored
    await engine.simulateCalls({ calls: [], blockOverrides: { blobBaseFee: 1n } })
    const typed = await engine.simulateCalls({ calls: [{ to, abi, functionName: 'transfer', args: [to, 1n] }, { to, data: '0x' }, { to, abi, functionName: 'lists', args: [[1n], ['0x', '0x'], []] }] })
    const row = typed.at(0)
    if (row.status === 'success') same<typeof row.result, boolean>(true)
    if (row.status === 'failure') same<typeof row.result, undefined>(true)
    const raw = typed.at(1)
    if (raw.status === 'success') same<typeof raw.result, undefined>(true)
    const lists = typed.at(2)
    if (lists.status === 'success') same<typeof lists.result, readonly [string, \`0x\${string}\`]>(true)
    const many = await engine.simulateCalls({ calls: [to, to].map((who) => ({ to, abi, functionName: 'transfer', args: [who, 1n] }) as const) })
    for (const each of many) if (each.status === 'success') same<typeof each.result, boolean>(true)
    const { functionName } = await typed.decode(0)
    same<typeof functionName, 'transfer' | undefined>(true)
    const plain: BatchResult = typed
    const anyRow: Row = plain.at(0)
    if (anyRow.status === 'success') same<typeof anyRow.result, unknown>(true)
    const lanes: number | undefined = engine.info.lanesAtOnce
    console.log(lanes)
    const loose: Abi = abi
    const some: string = name
    await engine.simulateCalls({ calls: [{ to, abi: loose, functionName: some, args: [1, 'two'] }] })
    const overrides: StateOverrides = [{ address: to, nonce: 1, stateDiff: [{ slot: '0x00', value: '0x01' }] }]
    const other: StateOverrides = { '0x00': { nonce: 1n, state: { '0x00': '0x01' } } }
    const document: Document = { lanevm: 1, hardfork: 'osaka', lanes: 1, steps: [{ program: 'p' }] }
    const result = await engine.simulateCalls({ calls: document })
    const { error } = result.at(0, 0)
    if (error?.name === 'ExecutionRevertedError') console.log(error.message)
    for await (const part of engine.stream(document, { chunk: 10 })) console.log(part.first, (await part.toCSV()).length)
    const groups = await result.groupBy('status')
    const gas: bigint = groups[0]!.gasTotal
    const session = engine.session({ stateOverrides: overrides })
    await session.run({ calls: [{ to, abi, functionName: 'transfer', args: [to, gas] }] })
    // @ts-expect-error: a session's state is its own
    await session.run({ calls: [], stateOverrides: other })
    const chain: unknown = await engine.request({ method: 'eth_chainId' })
    console.log(chain, other)
  }
  void main
`

for (const [name, file, options] of [
  ['Node', 'cases.mts', { module: 'nodenext', moduleResolution: 'nodenext' }],
  ['a bundler', 'cases.ts', { module: 'esnext', moduleResolution: 'bundler', customConditions: ['browser'] }],
]) {
  test(`types of calls, for ${name}`, async () => {
    const folder = mkdtempSync(join(projectFolder, 'types-'))
    writeFileSync(join(folder, file), CASES)
    const compilerOptions = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, target: 'es2022', lib: ['es2022', 'dom'], types: [], skipLibCheck: false, ...options }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
    const tsc = join(packageFolder, 'node_modules', 'typescript', 'bin', 'tsc')
    const ran = await run(process.execPath, [tsc, '-p', folder])
    assert.deepEqual([ran.code, ran.stdout], [0, ''])
  })
}
