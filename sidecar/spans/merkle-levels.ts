import { innerHash, leafHash, merkleRoot } from "../../chain/crypto/index.js";

const HASH_BYTES = 32;

/** An RFC 6962 tree kept level by level: hashes of the leaves first, the root last. 64 bytes a leaf. */
export class MerkleLevels {
  private readonly levels: readonly Uint8Array[];

  /** @param leaf content of leaf i; read once, in order. */
  constructor(count: number, leaf: (i: number) => Uint8Array) {
    const leaves = new Uint8Array(count * HASH_BYTES);
    for (let i = 0; i < count; i++) leaves.set(leafHash(leaf(i)), i * HASH_BYTES);
    const levels = [leaves];
    for (let below = leaves; below.length > HASH_BYTES; ) {
      below = levelAbove(below);
      levels.push(below);
    }
    this.levels = levels;
  }

  root(): Uint8Array {
    const top = this.levels.at(-1);
    return top === undefined || top.length === 0 ? merkleRoot([]) : top.slice();
  }

  /** From the leaf's sibling to the root's child. */
  path(index: number): Uint8Array[] {
    const path: Uint8Array[] = [];
    let at = index;
    for (const level of this.levels) {
      const sibling = (at ^ 1) * HASH_BYTES;
      if (level.length > HASH_BYTES && sibling < level.length) path.push(level.slice(sibling, sibling + HASH_BYTES));
      at >>= 1;
    }
    return path;
  }
}

/** Pairs hashed; an odd one out rises as it is, which is where splitting at powers of two leaves it. */
function levelAbove(level: Uint8Array): Uint8Array<ArrayBuffer> {
  const count = level.length / HASH_BYTES;
  const above = new Uint8Array(Math.ceil(count / 2) * HASH_BYTES);
  for (let i = 0; i < count; i += 2) {
    const left = level.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
    const right = level.subarray((i + 1) * HASH_BYTES, (i + 2) * HASH_BYTES);
    above.set(right.length === 0 ? left : innerHash(left, right), (i / 2) * HASH_BYTES);
  }
  return above;
}
