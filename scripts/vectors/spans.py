"""Roots of span indexes, written from docs/adr/0090, 0092 and proto/openledger/attribution/v1 with nothing of this repository:
suffixes are sorted by comparing them, hashes are hashlib's. Prints JSON; see README.md."""
import hashlib
import json

TAIL, FAN_OUT, CHUNK, BUCKET = 1 << 16, 8, 256, 64


def sha(data):
    return hashlib.sha256(data).digest()


def tree(leaves):
    """RFC 6962, 2.1."""
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return sha(b"\0" + leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha(b"\1" + tree(leaves[:k]) + tree(leaves[k:]))


def be(width, *numbers):
    return b"".join(n.to_bytes(width, "big") for n in numbers)


def pieces(values, size, width):
    return [be(width, *values[i:i + size]) for i in range(0, len(values), size)]


def segments(rows):
    """Which rows stand together: a tail frozen once full, eight neighbours of a level merged, the background by itself."""
    parts, tail, size, background = [], [], 0, 0

    def freeze():
        nonlocal tail, size
        if tail:
            parts.append((0, tail))
        tail, size = [], 0
        while len(parts) - background >= FAN_OUT and len({level for level, _ in parts[-FAN_OUT:]}) == 1:
            merged = (parts[-1][0] + 1, [row for _, part in parts[-FAN_OUT:] for row in part])
            parts[-FAN_OUT:] = [merged]

    before = None
    for row in rows:
        if before is not None and before[1] == "" and row[1] != "":
            freeze()
            background = len(parts)
        tail.append(row)
        size += len(row[2]) + 1
        if size >= TAIL:
            freeze()
        before = row
    return [part for _, part in parts] + ([tail] if tail else [])


def commit(rows, width):
    text, leaves = [], []
    for name, contributor, tokens in rows:
        leaf = be(8, len(text), len(tokens)) + b"\0" + tree(pieces(tokens, CHUNK, width))
        leaves.append(leaf + be(8, len(name)) + name.encode() + contributor.encode())
        text += [t + 1 for t in tokens] + [0]
    packed = be(4, *text)
    order = sorted(range(len(text)), key=lambda i: packed[4 * i:4 * i + 4096] if len(text) > 10_000 else packed[4 * i:])
    inverse = [0] * len(text)
    for place, start in enumerate(order):
        inverse[start] = place
    roots = [tree(leaves), tree(pieces(order, BUCKET, 4)), tree(pieces(inverse, BUCKET, 4))]
    return {"tokens": len(text), "documents": len(rows), "roots": roots}


def index(rows, vocabulary):
    width = 2 if vocabulary <= 1 << 16 else 4
    parts = [commit(part, width) for part in segments(rows)]
    total, start, leaves = sum(p["tokens"] for p in parts), 0, []
    for part in parts:
        leaves.append(be(8, 1, len(parts), total, width, start, part["tokens"], part["documents"]) + b"".join(part["roots"]))
        start += part["tokens"]
    return {"root": tree(leaves).hex(), "segments": [[p["tokens"], p["documents"]] for p in parts]}


def generated(count, tokens, common):
    """Rows over 256 tokens from a linear congruential generator that starts at the row's number; the first `common` are background."""
    rows = []
    for i in range(count):
        state, out = i + 1, []
        for _ in range(tokens):
            state = (state * 1_103_515_245 + 12_345) % (1 << 32)
            out.append(state >> 24)
        rows.append(("", "", out) if i < common else (f"{i}/0", f"open1{i % 3}", out))
    return rows


few = [("1/0", "open1a", [1, 2, 3, 1, 2, 3, 1]), ("1/1", "open1b", []), ("2/0", "open1b", [3, 1, 2]), ("2/1", "open1a", [0] * 600)]
listed = [few, [("", "", [1, 2])] + few[:1], few[:1]]
explicit = [{"vocabulary": v, "rows": rows, **index(rows, v)} for rows in listed for v in (4, 70_000)]
shapes = [(3, 300, 0), (40, 3_000, 0), (30, 5_000, 7), (10, 65_535, 1)]
made = [{"vocabulary": 256, "count": c, "tokens": t, "background": b, **index(generated(c, t, b), 256)} for c, t, b in shapes]
print(json.dumps({"explicit": explicit, "generated": made}))
