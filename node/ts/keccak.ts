// keccak-256 of a few bytes, for the keys of random fields. It is plain, not fast: nothing else here hashes.

const MASK = (1n << 64n) - 1n

/** Bytes of the sponge that a block of the message fills. */
const RATE = 136

const turn = (lane: bigint, bits: bigint): bigint => ((lane << bits) | (lane >> (64n - bits))) & MASK

/** The 24 round constants, from the linear-feedback register that defines them (FIPS 202, 3.2.5). */
const ROUNDS = (() => {
  let register = 1
  return Array.from({ length: 24 }, () => {
    let constant = 0n
    for (let power = 0n; power < 7n; power++) {
      if (register & 1) constant |= 1n << ((1n << power) - 1n)
      register = ((register << 1) ^ ((register >> 7) * 0x171)) & 0xff
    }
    return constant
  })
})()

/** Lane (x, y) of the state is at x + 5 y. */
function permute(lanes: bigint[]): void {
  const lane = (at: number): bigint => lanes[at] ?? 0n
  for (const constant of ROUNDS) {
    const columns = [0, 1, 2, 3, 4].map((x) => lane(x) ^ lane(x + 5) ^ lane(x + 10) ^ lane(x + 15) ^ lane(x + 20))
    const column = (x: number): bigint => columns[x % 5] ?? 0n
    for (let at = 0; at < 25; at++) lanes[at] = lane(at) ^ column((at % 5) + 4) ^ turn(column((at % 5) + 1), 1n)
    let [x, y] = [1, 0]
    let moving = lane(1)
    for (let step = 1; step <= 24; step++) {
      ;[x, y] = [y, (2 * x + 3 * y) % 5]
      const next = lane(x + 5 * y)
      lanes[x + 5 * y] = turn(moving, BigInt(((step * (step + 1)) / 2) % 64))
      moving = next
    }
    for (let row = 0; row < 25; row += 5) {
      const old = lanes.slice(row, row + 5)
      const at = (index: number): bigint => old[index % 5] ?? 0n
      for (let index = 0; index < 5; index++) lanes[row + index] = at(index) ^ (~at(index + 1) & MASK & at(index + 2))
    }
    lanes[0] = lane(0) ^ constant
  }
}

/** keccak-256, as Ethereum has it. */
export function keccak256(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil((message.length + 1) / RATE) * RATE)
  padded.set(message)
  padded[message.length] = 1
  padded[padded.length - 1] = (padded[padded.length - 1] ?? 0) | 0x80
  const blocks = new DataView(padded.buffer)
  const lanes = new Array<bigint>(25).fill(0n)
  for (let start = 0; start < padded.length; start += RATE) {
    for (let at = 0; at < RATE / 8; at++) lanes[at] = (lanes[at] ?? 0n) ^ blocks.getBigUint64(start + at * 8, true)
    permute(lanes)
  }
  const hash = new DataView(new ArrayBuffer(32))
  for (let at = 0; at < 4; at++) hash.setBigUint64(at * 8, lanes[at] ?? 0n, true)
  return new Uint8Array(hash.buffer)
}
