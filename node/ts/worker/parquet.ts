// Columns as a Parquet file: plain values, not packed, one page a column and group. It is what readers of every kind take,
// and needs no library. Which columns there are, and what they say, is the engine's.

import type { WireColumnPart } from '../protocol.js'

const MAGIC = Uint8Array.of(0x50, 0x41, 0x52, 0x31)

/** Types of Thrift's compact protocol. */
const I32 = 5
const I64 = 6
const BINARY = 8
const LIST = 9
const STRUCT = 12

/** Parquet's physical types, encodings and page types, by number. */
const PHYSICAL = { bool: 0, count: 2, text: 6 } as const
const PLAIN = 0
const RLE = 3
const DATA_PAGE = 0
const OPTIONAL = 1
const UTF8 = 0
const UINT_64 = 14

/** Writes Thrift's compact protocol. */
class Thrift {
  readonly bytes: number[] = []
  readonly #last: number[] = []
  #field = 0

  varint(value: number): void {
    let rest = value
    while (rest >= 128) {
      this.bytes.push((rest % 128) | 128)
      rest = Math.floor(rest / 128)
    }
    this.bytes.push(rest)
  }

  #head(field: number, type: number): void {
    this.bytes.push(((field - this.#field) << 4) | type)
    this.#field = field
  }

  /** Numbers here are counts and places: none is negative. */
  number(field: number, value: number, type: typeof I32 | typeof I64 = I32): void {
    this.#head(field, type)
    this.varint(value * 2)
  }

  text(field: number, value: string): void {
    this.#head(field, BINARY)
    this.bare(value)
  }

  bare(value: string): void {
    const bytes = new TextEncoder().encode(value)
    this.varint(bytes.length)
    this.bytes.push(...bytes)
  }

  list(field: number, type: number, length: number): void {
    this.#head(field, LIST)
    if (length < 15) this.bytes.push((length << 4) | type)
    else {
      this.bytes.push(0xf0 | type)
      this.varint(length)
    }
  }

  /** A struct: of a field, or of a list where there is none. */
  struct(field: number | undefined, body: () => void): void {
    if (field !== undefined) this.#head(field, STRUCT)
    this.#last.push(this.#field)
    this.#field = 0
    body()
    this.bytes.push(0)
    this.#field = this.#last.pop()!
  }
}

/** Which rows have a value, as levels of one bit: runs of equal ones. */
function levels(present: Uint8Array): Uint8Array {
  const runs = new Thrift()
  for (let at = 0; at < present.length; ) {
    let end = at + 1
    while (end < present.length && present[end] === present[at]) end += 1
    runs.varint((end - at) * 2)
    runs.bytes.push(present[at]! ? 1 : 0)
    at = end
  }
  const bytes = new Uint8Array(4 + runs.bytes.length)
  new DataView(bytes.buffer).setUint32(0, runs.bytes.length, true)
  bytes.set(runs.bytes, 4)
  return bytes
}

/** The values of a column that are there, as Parquet's plain encoding has them. */
function plain({ type, present, cells, ends }: WireColumnPart): Uint8Array {
  const some = present.reduce((count, one) => count + one, 0)
  if (type === 'bool') {
    const bits = new Uint8Array(Math.ceil(some / 8))
    let at = 0
    present.forEach((there, row) => {
      if (!there) return
      if (cells[row]) bits[at >> 3]! |= 1 << (at & 7)
      at += 1
    })
    return bits
  }
  if (type === 'count') {
    if (some === present.length) return cells
    const words = new Uint8Array(some * 8)
    let at = 0
    present.forEach((there, row) => {
      if (!there) return
      words.set(cells.subarray(row * 8, row * 8 + 8), at)
      at += 8
    })
    return words
  }
  const bytes = new Uint8Array(cells.length + some * 4)
  const view = new DataView(bytes.buffer)
  let [at, from] = [0, 0]
  present.forEach((there, row) => {
    const end = ends![row]!
    if (there) {
      view.setUint32(at, end - from, true)
      bytes.set(cells.subarray(from, end), at + 4)
      at += 4 + end - from
    }
    from = end
  })
  return bytes.subarray(0, at)
}

interface Chunk {
  at: number
  size: number
  rows: number
}

/** A file that is being written. */
export class ParquetFile {
  readonly #parts: Uint8Array[] = [MAGIC]
  readonly #groups: { rows: number; chunks: Chunk[] }[] = []
  #columns: { name: string; type: WireColumnPart['type'] }[] = []
  #at = MAGIC.length

  /** Adds a group of rows: all groups have the same columns. */
  group(columns: readonly WireColumnPart[]): void {
    this.#columns = columns.map(({ name, type }) => ({ name, type }))
    const rows = columns[0]?.present.length ?? 0
    if (rows === 0) return
    const chunks = columns.map((column): Chunk => {
      const [where, values] = [levels(column.present), plain(column)]
      const header = new Thrift()
      header.struct(undefined, () => {
        header.number(1, DATA_PAGE)
        header.number(2, where.length + values.length)
        header.number(3, where.length + values.length)
        header.struct(5, () => {
          header.number(1, rows)
          header.number(2, PLAIN)
          header.number(3, RLE)
          header.number(4, RLE)
        })
      })
      const at = this.#at
      for (const part of [Uint8Array.from(header.bytes), where, values]) this.#write(part)
      return { at, size: this.#at - at, rows }
    })
    this.#groups.push({ rows, chunks })
  }

  /** Ends the file, and gives its parts. */
  finish(): Uint8Array[] {
    const meta = new Thrift()
    const columns = this.#columns
    meta.struct(undefined, () => {
      meta.number(1, 1)
      meta.list(2, STRUCT, columns.length + 1)
      meta.struct(undefined, () => {
        meta.text(4, 'lanes')
        meta.number(5, columns.length)
      })
      for (const { name, type } of columns) {
        meta.struct(undefined, () => {
          meta.number(1, PHYSICAL[type])
          meta.number(3, OPTIONAL)
          meta.text(4, name)
          if (type !== 'bool') meta.number(6, type === 'text' ? UTF8 : UINT_64)
        })
      }
      meta.number(3, this.#groups.reduce((rows, group) => rows + group.rows, 0), I64)
      meta.list(4, STRUCT, this.#groups.length)
      for (const group of this.#groups) this.#describe(meta, group)
      meta.text(6, 'lanevm')
    })
    const size = new Uint8Array(4)
    new DataView(size.buffer).setUint32(0, meta.bytes.length, true)
    for (const part of [Uint8Array.from(meta.bytes), size, MAGIC]) this.#write(part)
    return this.#parts
  }

  #describe(meta: Thrift, { rows, chunks }: { rows: number; chunks: Chunk[] }): void {
    meta.struct(undefined, () => {
      meta.list(1, STRUCT, chunks.length)
      chunks.forEach((chunk, index) => {
        const { name, type } = this.#columns[index]!
        meta.struct(undefined, () => {
          meta.number(2, chunk.at, I64)
          meta.struct(3, () => {
            meta.number(1, PHYSICAL[type])
            meta.list(2, I32, 2)
            meta.varint(PLAIN * 2)
            meta.varint(RLE * 2)
            meta.list(3, BINARY, 1)
            meta.bare(name)
            meta.number(4, 0)
            meta.number(5, chunk.rows, I64)
            meta.number(6, chunk.size, I64)
            meta.number(7, chunk.size, I64)
            meta.number(9, chunk.at, I64)
          })
        })
      })
      meta.number(2, chunks.reduce((size, chunk) => size + chunk.size, 0), I64)
      meta.number(3, rows, I64)
    })
  }

  #write(part: Uint8Array): void {
    this.#parts.push(part)
    this.#at += part.length
  }
}
