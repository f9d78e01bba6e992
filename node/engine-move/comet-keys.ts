/** Keys of CometBFT 0.38's databases: store/store.go, state/store.go and evidence/pool.go there. */
import { concatBytes, toHex, toUpperHex, utf8 } from "../../chain/primitives/index.js";

/** blockstore.db */
export const BLOCK_STORE_KEY = utf8("blockStore");
/** state.db */
export const STATE_KEY = utf8("stateKey");
export const LAST_RESULTS_KEY = utf8("lastABCIResponseKey");

export const metaKey = (height: bigint): Uint8Array => utf8(`H:${height}`);
export const partKey = (height: bigint, index: number): Uint8Array => utf8(`P:${height}:${index}`);
/** The commit of a height as the next block has it. */
export const commitKey = (height: bigint): Uint8Array => utf8(`C:${height}`);
/** The commit of a height as this node saw it. */
export const seenCommitKey = (height: bigint): Uint8Array => utf8(`SC:${height}`);
export const extendedCommitKey = (height: bigint): Uint8Array => utf8(`EC:${height}`);
export const hashKey = (hash: Uint8Array): Uint8Array => utf8(`BH:${toHex(hash)}`);

export const validatorsKey = (height: bigint): Uint8Array => utf8(`validatorsKey:${height}`);
export const paramsKey = (height: bigint): Uint8Array => utf8(`consensusParamsKey:${height}`);
export const resultsKey = (height: bigint): Uint8Array => utf8(`abciResponsesKey:${height}`);

/** CometBFT writes a set that has not changed again at each such height. */
export const VALIDATOR_CHECKPOINT = 100_000n;

const COMMITTED = 0;
const PENDING = 1;

function evidenceKey(kind: number, height: bigint, hash: Uint8Array): Uint8Array {
  const place = height.toString(16).toUpperCase().padStart(16, "0");
  return concatBytes(Uint8Array.of(kind), utf8(`${place}/${toUpperHex(hash)}`));
}

/** evidence.db. @param height of the double vote */
export const committedEvidenceKey = (height: bigint, hash: Uint8Array): Uint8Array => evidenceKey(COMMITTED, height, hash);
export const pendingEvidenceKey = (height: bigint, hash: Uint8Array): Uint8Array => evidenceKey(PENDING, height, hash);
/** Where pending evidence lies. */
export const PENDING_EVIDENCE = { gte: Uint8Array.of(PENDING), lt: Uint8Array.of(PENDING + 1) } as const;
