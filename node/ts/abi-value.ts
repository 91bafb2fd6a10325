// ABI values from the JSON that the engine writes (`src/abi_values.rs`). What data mean is the engine's.

/** A value: an object whose one field has no name is an integer of more than 48 bits. */
export function abiValue(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json
  if (Array.isArray(json)) return json.map(abiValue)
  const fields = Object.entries(json)
  const [first] = fields
  if (first?.[0] === '') return BigInt(first[1] as string)
  return Object.fromEntries(fields.map(([name, value]) => [name, abiValue(value)]))
}
