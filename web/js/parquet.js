// Lanes as a Parquet file, one row group after another, so that no more than one is ever held. What the columns are and say is
// the engine's.
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'

/** How a column's type is written in Parquet. Any value may be absent. */
const TYPES = {
  count: { type: 'INT64', converted_type: 'UINT_64' },
  bool: { type: 'BOOLEAN' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
}

const decoder = new TextDecoder()

/** The texts of a column, which stand behind one another; `ends` says where each ends. */
function texts(bytes, ends) {
  const all = decoder.decode(bytes)
  const list = new Array(ends.length)
  // Where every character is a byte, places in the text are places in the bytes.
  const plain = all.length === bytes.length
  let from = 0
  for (let row = 0; row < ends.length; row += 1) {
    const to = ends[row]
    list[row] = plain ? all.slice(from, to) : decoder.decode(bytes.subarray(from, to))
    from = to
  }
  return list
}

/** A column's values, with null for those that are absent. */
function values({ type, present, cells, ends }) {
  const list = type === 'text' ? texts(cells, ends) : Array.from(cells, type === 'bool' ? Boolean : undefined)
  for (let row = 0; row < list.length; row += 1) if (!present[row]) list[row] = null
  return list
}

/** A file with these columns, `[name, type]` each. What is written of it goes to `part`, as bytes. */
export function open(columns, part) {
  const bytes = new ByteWriter()
  const handOver = () => {
    if (bytes.index > 0) part(new Uint8Array(bytes.buffer.slice(0, bytes.index)))
    bytes.index = 0
  }
  bytes.flush = handOver
  bytes.finish = handOver
  const schema = columns.map(([name, type]) => ({ name, repetition_type: 'OPTIONAL', ...TYPES[type] }))
  const file = new ParquetWriter({
    writer: bytes,
    schema: [{ name: 'lanes', num_children: schema.length }, ...schema],
    createdBy: 'lanevm',
  })
  return {
    /** Writes a row group: for each column `{type, present, cells, ends}`. */
    group(group) {
      const columnData = group.map((column, index) => ({ name: columns[index][0], data: values(column) }))
      file.write({ columnData, rowGroupSize: Math.max(1, columnData[0].data.length) })
    },
    finish() {
      // The writer gives an empty list of groups a type by which strict readers refuse the file.
      if (file.row_groups.length === 0) throw new Error('there are no lanes to write; without rows, not every reader takes Parquet')
      file.finish()
    },
  }
}
