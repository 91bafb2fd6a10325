// The state and the block that calls start from, as the engine's worker takes them.

import { joined } from './bytes.js'
import { InvalidArgumentError, InvalidHexError, InvalidNumberError } from './errors.js'
import { show, toAddressBytes, toBytes, toBytes32, toHex, toQuantity, toWord, writeBytes, writeWord } from './hex.js'
import { known, plainEntries } from './options.js'
import type { BlockContext, State } from './options.js'
import type { Bytes, WireAccount, WireBlock } from './protocol.js'

/** The programs of a batch; equal code is kept once. */
export class Programs {
  readonly list: Bytes[]
  readonly #index: Map<string, number>

  /** No programs yet, or those of others. */
  constructor(others?: Programs) {
    this.list = others ? [...others.list] : []
    this.#index = new Map(others ? others.#index : [])
  }

  /** The index of this code. */
  add(value: unknown, path: string): number {
    const key = typeof value === 'string' ? value : undefined
    const seen = key === undefined ? undefined : this.#index.get(key)
    if (seen !== undefined) return seen
    const bytes = toBytes(value, path)
    const text = key ?? toHex(bytes)
    const index = this.#index.get(text) ?? this.list.push(bytes) - 1
    this.#index.set(text, index)
    return index
  }
}

const ACCOUNT_KEYS = ['address', 'balance', 'nonce', 'code', 'state', 'stateDiff'] as const

function slotBytes(target: Bytes, at: number, slot: unknown, path: string): void {
  if (typeof slot !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(slot)) {
    throw new InvalidHexError(`${path}: slot ${show(slot)} is not 0x and 1 to 64 hex digits.`)
  }
  writeBytes(target, at, `0x${slot.slice(2).padStart(64, '0')}`, path)
}

function storageBytes(value: unknown, path: string): Bytes {
  if (value === undefined) return new Uint8Array(0)
  let entries: [unknown, unknown, string][]
  if (Array.isArray(value)) {
    entries = value.map((item, index) => {
      const entry = known(item, `${path}[${index}]`, ['slot', 'value'])
      return [entry.slot, entry.value, `${path}[${index}]`]
    })
  } else {
    const words = plainEntries(value, path, 'a map from slot to value, or a list')
    entries = words.map(([slot, word]) => [slot, word, `${path}[${slot}]`])
  }
  const bytes = new Uint8Array(entries.length * 64)
  entries.forEach(([slot, word, where], index) => {
    slotBytes(bytes, index * 64, slot, where)
    writeWord(bytes, index * 64 + 32, toQuantity(word, 256, `${where} value`))
  })
  return bytes
}

/** The state's accounts. */
export function stateAccounts(state: State | undefined, path: string, programs: Programs): WireAccount[] {
  if (state === undefined) return []
  const entries: [unknown, unknown, string][] = Array.isArray(state)
    ? state.map((account, index) => [(account as { address?: unknown } | null)?.address, account, `${path}[${index}]`])
    : plainEntries(state, path, 'a map from address to account, or an array').map(([address, account]) => [address, account, `${path}[${address}]`])
  const seen = new Set<string>()
  return entries.map(([address, value, where]) => {
    const account = known(value, where, ACCOUNT_KEYS)
    const bytes = toAddressBytes(address, `${where} address`)
    if (account.address !== undefined && !Array.isArray(state)) {
      throw new InvalidArgumentError(`${where}.address stands beside the map's own key; leave it out.`)
    }
    const key = toHex(bytes)
    if (seen.has(key)) throw new InvalidArgumentError(`${path} has account ${key} twice.`)
    seen.add(key)
    if (account.state !== undefined && account.stateDiff !== undefined) {
      throw new InvalidArgumentError(`${where} has both state and stateDiff; give one.`)
    }
    const storage = account.state === undefined ? 'stateDiff' : 'state'
    return {
      address: bytes,
      nonce: toQuantity(account.nonce ?? 0n, 64, `${where}.nonce`),
      balance: toWord(account.balance ?? 0n, `${where}.balance`),
      code: account.code === undefined ? undefined : programs.add(account.code, `${where}.code`),
      storage: storageBytes(account[storage], `${where}.${storage}`),
    }
  })
}

const OVERRIDE_KEYS = ['address', 'balance', 'nonce', 'code', 'state', 'stateDiff'] as const

const NO_PRECOMPILES = {
  movePrecompileToAddress: 'Precompiles stay where they are; give the account the code that it is to have.',
}

/** Storage by slot, as hex. */
function slots(storage: Bytes): Map<string, Bytes> {
  const found = new Map<string, Bytes>()
  for (let at = 0; at < storage.length; at += 64) {
    found.set(toHex(storage.subarray(at, at + 32)), storage.slice(at, at + 64))
  }
  return found
}

/** The accounts with overrides laid over them. */
export function overridden(accounts: WireAccount[], value: unknown, path: string, programs: Programs): WireAccount[] {
  if (value === undefined) return accounts
  const entries: [unknown, unknown, string][] = Array.isArray(value)
    ? value.map((account, index) => [(account as { address?: unknown } | null)?.address, account, `${path}[${index}]`])
    : plainEntries(value, path, 'a map from address to override, or an array').map(([address, account]) => [address, account, `${path}[${address}]`])
  const found = new Map(accounts.map((account) => [toHex(account.address), account]))
  const seen = new Set<string>()
  for (const [address, item, where] of entries) {
    const change = known(item, where, OVERRIDE_KEYS, NO_PRECOMPILES)
    const bytes = toAddressBytes(address, `${where} address`)
    const key = toHex(bytes)
    if (seen.has(key)) throw new InvalidArgumentError(`${path} has account ${key} twice.`)
    seen.add(key)
    if (change.state !== undefined && change.stateDiff !== undefined) {
      throw new InvalidArgumentError(`${where} has both state and stateDiff; give one.`)
    }
    const before = found.get(key)
    let storage = before?.storage ?? new Uint8Array(0)
    if (change.state !== undefined) storage = storageBytes(change.state, `${where}.state`)
    if (change.stateDiff !== undefined) {
      const diff = storageBytes(change.stateDiff, `${where}.stateDiff`)
      const changed = slots(diff)
      // A slot twice is refused where the state is read: it must not vanish here.
      storage = changed.size * 64 === diff.length ? joined(new Map([...slots(storage), ...changed]).values()) : diff
    }
    found.set(key, {
      address: bytes,
      nonce: change.nonce === undefined ? (before?.nonce ?? 0n) : toQuantity(change.nonce, 64, `${where}.nonce`),
      balance:
        change.balance === undefined ? (before?.balance ?? new Uint8Array(32)) : toWord(change.balance, `${where}.balance`),
      code: change.code === undefined ? before?.code : programs.add(change.code, `${where}.code`),
      storage,
    })
  }
  return [...found.values()]
}

const BLOCK_OVERRIDES = ['number', 'time', 'gasLimit', 'feeRecipient', 'prevRandao', 'baseFeePerGas'] as const

const NO_OVERRIDES = {
  blobBaseFee: 'It follows from the excess blob gas of the block: give block.excessBlobGas.',
  withdrawals: 'Give the balances they leave as stateOverrides.',
}

/** The block with overrides laid over it. */
export function blockOverridden(block: WireBlock, value: unknown, path: string): WireBlock {
  if (value === undefined) return block
  const given = known(value, path, BLOCK_OVERRIDES, NO_OVERRIDES)
  const changed = { ...block }
  if (given.number !== undefined) changed.number = toWord(given.number, `${path}.number`)
  if (given.time !== undefined) changed.timestamp = toWord(given.time, `${path}.time`)
  if (given.gasLimit !== undefined) changed.gasLimit = toQuantity(given.gasLimit, 64, `${path}.gasLimit`)
  if (given.feeRecipient !== undefined) changed.coinbase = toAddressBytes(given.feeRecipient, `${path}.feeRecipient`)
  if (given.prevRandao !== undefined) changed.prevRandao = toWord(given.prevRandao, `${path}.prevRandao`)
  if (given.baseFeePerGas !== undefined) changed.baseFee = toQuantity(given.baseFeePerGas, 64, `${path}.baseFeePerGas`)
  return changed
}

const BLOCK_KEYS = [
  'number',
  'time',
  'timestamp',
  'feeRecipient',
  'coinbase',
  'gasLimit',
  'baseFeePerGas',
  'prevRandao',
  'difficulty',
  'chainId',
  'excessBlobGas',
  'blockHashes',
] as const

/** The block. */
export function blockContext(value: BlockContext | undefined, path: string): WireBlock {
  const block = known(value ?? {}, path, BLOCK_KEYS)
  const either = (a: (typeof BLOCK_KEYS)[number], b: (typeof BLOCK_KEYS)[number]): unknown => {
    if (block[a] !== undefined && block[b] !== undefined) {
      throw new InvalidArgumentError(`${path} has both ${a} and ${b}; give one.`)
    }
    return block[a] ?? block[b]
  }
  const hashes = plainEntries(block.blockHashes ?? {}, `${path}.blockHashes`, 'a map from number to hash')
  const coinbase = either('feeRecipient', 'coinbase')
  return {
    number: toWord(block.number ?? 0n, `${path}.number`),
    timestamp: toWord(either('time', 'timestamp') ?? 1n, `${path}.time`),
    coinbase: coinbase === undefined ? new Uint8Array(20) : toAddressBytes(coinbase, `${path}.feeRecipient`),
    gasLimit: toQuantity(block.gasLimit ?? 30_000_000n, 64, `${path}.gasLimit`),
    baseFee: toQuantity(block.baseFeePerGas ?? 0n, 64, `${path}.baseFeePerGas`),
    difficulty: toWord(block.difficulty ?? 0n, `${path}.difficulty`),
    prevRandao: block.prevRandao === undefined ? new Uint8Array(32) : toBytes32(block.prevRandao, `${path}.prevRandao`),
    chainId: toQuantity(block.chainId ?? 1n, 64, `${path}.chainId`),
    excessBlobGas: toQuantity(block.excessBlobGas ?? 0n, 64, `${path}.excessBlobGas`),
    hashes: hashes.map(([number, hash]) => {
      const where = `${path}.blockHashes[${number}]`
      if (!/^(0|[1-9][0-9]*|0x[0-9a-fA-F]+)$/.test(number)) {
        throw new InvalidNumberError(`${where}: ${show(number)} is no block number.`)
      }
      return [toQuantity(BigInt(number), 64, where), toBytes32(hash, where)]
    }),
  }
}
