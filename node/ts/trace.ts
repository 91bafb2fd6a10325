// The lines of an EIP-3155 trace, typed. The engine makes them; nothing is added here.

/** One step, or the summary that comes last. Names and forms are EIP-3155's. */
export interface TraceLine {
  /** Program counter. */
  pc?: number
  /** The instruction's byte. */
  op?: number
  /** Gas left before it, in hex. */
  gas?: string
  /** Gas it costs, in hex. */
  gasCost?: string
  /** Memory size in bytes. */
  memSize?: number
  /** The stack, deepest first, in hex. */
  stack?: string[]
  /** Depth of the call. */
  depth?: number
  /** The refund counter. */
  refund?: number
  /** The instruction's name. */
  opName?: string
  /** The summary's: return data. */
  output?: string
  /** The summary's: gas used, in hex. */
  gasUsed?: string
  /** The summary's: whether the call succeeded. */
  pass?: boolean
  /** The summary's: how the call ended, in the engine's words. */
  status?: string
  /** The summary's: the trace was cut, and the rest of the summary means nothing. */
  cut?: boolean
  [more: string]: unknown
}

/** Parses a trace: one JSON object a line. */
export function* parseTrace(text: Uint8Array): Generator<TraceLine, void, undefined> {
  let start = 0
  const decoder = new TextDecoder()
  while (start < text.length) {
    let end = text.indexOf(10, start)
    if (end < 0) end = text.length
    if (end > start) yield JSON.parse(decoder.decode(text.subarray(start, end))) as TraceLine
    start = end + 1
  }
}
