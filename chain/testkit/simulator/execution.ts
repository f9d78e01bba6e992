import { valueKey } from "../../consensus/index.js";
import { sha256 } from "../../crypto/index.js";
import { toHex, utf8 } from "../../primitives/index.js";
import type { SimBlock } from "./types.js";

/** The application, reduced to what consensus promises it: every block once, in order. Its state is on disk. */
export interface SimApplication {
  /** Height of the last commit. */
  readonly height: bigint;
  /** Hash of all that was executed, in order. */
  readonly hash: string;
  /** FinalizeBlock and Commit. */
  execute(block: SimBlock): void;
}

/** Hash before the first block. */
export const GENESIS_HASH = "";

export function createApplication(): SimApplication {
  let height = 0n;
  let hash = GENESIS_HASH;
  return {
    get height() {
      return height;
    },
    get hash() {
      return hash;
    },
    execute(block) {
      height = block.height;
      hash = toHex(sha256(utf8(`${hash} ${valueKey(block.blockId)} ${block.evidence.map((e) => e.key).join(" ")}`)));
    },
  };
}
