import { concatBytes, equalBytes } from "../../primitives/index.js";
import { CommitmentProof, HashOp, LengthOp } from "../../../proto/gen/cosmos/ics23/v1.js";
import type { ExistenceProof, InnerOp, LeafOp } from "../../../proto/gen/cosmos/ics23/v1.js";
import { hashPrefix } from "../iavl/node.js";
import type { TreeView } from "../iavl/types.js";
import type { Entry } from "../types.js";

const LENGTH = Uint8Array.of(32);
const NOTHING = new Uint8Array(0);

/** The leaf operation of both trees; only the prefix differs. */
export function leafOp(prefix: Uint8Array): LeafOp {
  return {
    hash: HashOp.SHA256,
    prehashKey: HashOp.NO_HASH,
    prehashValue: HashOp.SHA256,
    length: LengthOp.VAR_PROTO,
    prefix,
  };
}

/** The proof of a key that is there. */
function existence(view: TreeView, key: Uint8Array): ExistenceProof | undefined {
  const found = view.path(key);
  if (found === undefined || !equalBytes(found.leaf.key, key)) return undefined;
  const { leaf, steps } = found;
  const path = steps.toReversed().map(({ node, goesLeft }): InnerOp => {
    const header = concatBytes(hashPrefix(node), LENGTH);
    const sibling = view.sibling({ node, goesLeft });
    if (goesLeft) return { hash: HashOp.SHA256, prefix: header, suffix: concatBytes(LENGTH, sibling) };
    return { hash: HashOp.SHA256, prefix: concatBytes(header, sibling, LENGTH), suffix: NOTHING };
  });
  return { key: leaf.key, value: leaf.value, leaf: leafOp(hashPrefix(leaf)), path };
}

function firstOf(entries: Iterable<Entry>): Uint8Array | undefined {
  for (const [key] of entries) return key;
  return undefined;
}

/**
 * The ICS23 proof that `key` is, or is not, in a saved version. Undefined where ICS23 has none: absence from an empty tree.
 * A proof that rests on an empty value is built, and no verifier accepts it.
 */
export function proveKey(view: TreeView, key: Uint8Array): CommitmentProof | undefined {
  const exist = existence(view, key);
  if (exist !== undefined) return CommitmentProof.create({ exist });
  const before = firstOf(view.iterate(undefined, key, { reverse: true }));
  const after = firstOf(view.iterate(key));
  if (before === undefined && after === undefined) return undefined;
  const left = before && existence(view, before);
  const right = after && existence(view, after);
  return CommitmentProof.create({ nonexist: { key, left, right } });
}
