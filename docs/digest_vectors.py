"""The digest of docs/digest.md, a second time and in another language, to make the golden vectors of
core/tests/cpu/digests.rs. Run it: python3 docs/digest_vectors.py"""

ROTATIONS = [[0, 36, 3, 41, 18], [1, 44, 10, 45, 2], [62, 6, 43, 15, 61], [28, 55, 25, 21, 56], [27, 20, 39, 8, 14]]
MASK = (1 << 64) - 1


def rotate(word, by):
    return (word << by | word >> (64 - by)) & MASK if by else word


def keccak_f(a):
    lfsr = 1
    for _ in range(24):
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1) for x in range(5)]
        a = [[a[x][y] ^ d[x] for y in range(5)] for x in range(5)]
        b = [[0] * 5 for _ in range(5)]
        for x in range(5):
            for y in range(5):
                b[y][(2 * x + 3 * y) % 5] = rotate(a[x][y], ROTATIONS[x][y])
        a = [[b[x][y] ^ (~b[(x + 1) % 5][y] & b[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]
        for j in range(7):
            if lfsr & 1:
                a[0][0] ^= 1 << ((1 << j) - 1)
            lfsr = lfsr << 1 ^ (0x171 if lfsr & 0x80 else 0)
    return a


def keccak256(data):
    rate = 136
    padded = bytearray(data) + b"\x01"
    padded += bytes(-len(padded) % rate)
    padded[-1] |= 0x80
    a = [[0] * 5 for _ in range(5)]
    for block in range(0, len(padded), rate):
        for i in range(rate // 8):
            a[i % 5][i // 5] ^= int.from_bytes(padded[block + 8 * i : block + 8 * i + 8], "little")
        a = keccak_f(a)
    return b"".join(a[i % 5][i // 5].to_bytes(8, "little") for i in range(4))


assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


def u32(n):
    return n.to_bytes(4, "big")


def u64(n):
    return n.to_bytes(8, "big")


def word(n):
    return n.to_bytes(32, "big")


def log(address, topics, data):
    return address + bytes([len(topics)]) + b"".join(topics) + u32(len(data)) + data


def change(address, removed=False, cleared=False, nonce=None, balance=None, code=None, storage=()):
    flags = removed | cleared << 1 | (nonce is not None) << 2 | (balance is not None) << 3 | (code is not None) << 4
    out = address + bytes([flags])
    if nonce is not None:
        out += u64(nonce)
    if balance is not None:
        out += word(balance)
    if code is not None:
        out += u32(len(code)) + code
    return out + u32(len(storage)) + b"".join(word(slot) + word(value) for slot, value in storage)


def leaf(status_class, gas_used, refund, output=b"", logs=b"", changes=b""):
    body = bytes([0, 1, status_class]) + u64(gas_used) + refund.to_bytes(8, "big", signed=True)
    for part in (output, logs, changes):
        body += u64(len(part)) + part
    return keccak256(body)


def digest(leaves):
    level = list(leaves)
    while len(level) > 1:
        pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
        level = [keccak256(b"\x01" + p[0] + p[1]) if len(p) == 2 else p[0] for p in pairs]
    return keccak256(bytes([2, 1]) + u64(len(leaves)) + (level[0] if level else bytes(32)))


A, B = bytes([0xAA]) * 20, bytes([0xBB]) * 20
LEAVES = [
    leaf(1, 21_000, 0),
    leaf(1, 50_000, 4_800, b"\x01\x02\x03", log(A, [word(1), word(2)], b"\xff") + log(B, [], b""),
         change(A, nonce=1, balance=10**18, storage=[(0, 5), (1, 0)]) + change(B, removed=True)),
    leaf(2, 30_000, 0, b"reason"),
    leaf(3, 2**64 - 1, 0),
    leaf(1, 1, -15_000, b"", b"", change(A, cleared=True, code=b"\x60\x00", storage=[(2**256 - 1, 2**256 - 1)])),
]

if __name__ == "__main__":
    for index, value in enumerate(LEAVES):
        print(f"leaf {index}: 0x{value.hex()}")
    for count in range(len(LEAVES) + 1):
        print(f"digest of the first {count}: 0x{digest(LEAVES[:count]).hex()}")
