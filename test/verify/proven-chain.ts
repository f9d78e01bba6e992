import { ed25519 } from "@noble/curves/ed25519.js";
import { commitSignBytes, headerHash, validatorSetHash } from "../../chain/block/index.js";
import type { Commit, CommitSig, Header } from "../../chain/block/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { EMPTY_BYTES, Reject, parseHex, toHeight, toTimeNs } from "../../chain/primitives/index.js";
import { createMemoryKv, openMultiStore } from "../../chain/store/index.js";
import type { MultiStore, Stores } from "../../chain/store/index.js";
import { testValidators } from "../../chain/testkit/validators.js";
import type { TestValidators } from "../../chain/testkit/validators.js";
import { VerifyFailure } from "../../client/verify/index.js";
import type { VerifyDoor } from "../../client/verify/index.js";
import { queryJson } from "../../node/rpc/json-abci.js";
import { commitJson, headerJson, validatorJson } from "../../node/rpc/json-chain.js";

/** A chain of signed headers over real stores, as a node would serve it. For tests only. */

const CHAIN_ID = "open-verify-1";
export const START_SECONDS = 1_790_000_000n;
const STORES = ["attribution", "modelfactory", "openlora"];

export interface ProvenChain {
  readonly door: VerifyDoor;
  /** Hash of header 1. */
  readonly trustHash: Uint8Array;
  /** Headers by height; tests forge them. */
  readonly headers: Map<bigint, { header: Header; commit: Commit }>;
  readonly blobs: Map<string, Uint8Array>;
}

export interface ProvenChainOptions {
  readonly heights: number;
  /** Validators that sign a height. Default four of power 10 for all. */
  readonly validatorsAt?: (height: number) => TestValidators;
  /** Writes to the stores in the block of a height. */
  readonly write: (height: number, stores: Stores) => void;
  readonly blobs?: ReadonlyMap<string, Uint8Array>;
}

function sign(header: Header, { keys }: TestValidators): Commit {
  const blockId = { hash: headerHash(header), parts: { total: 1, hash: sha256(headerHash(header)) } };
  const commit = { height: header.height, round: 0, blockId };
  const signatures = keys.map((key): CommitSig => {
    const sig: CommitSig = { flag: "commit", validator: key.address, time: header.time, signature: EMPTY_BYTES };
    return { ...sig, signature: ed25519.sign(commitSignBytes(header.chainId, commit, sig), key.secret) };
  });
  return { ...commit, signatures };
}

/** Signs again after a test has changed a header. */
export function resign(header: Header, validators: TestValidators): { header: Header; commit: Commit } {
  return { header, commit: sign(header, validators) };
}

function buildHeaders(options: Required<Pick<ProvenChainOptions, "heights" | "validatorsAt" | "write">>, state: MultiStore): ProvenChain["headers"] {
  const headers: ProvenChain["headers"] = new Map();
  let appHash: Uint8Array = EMPTY_BYTES;
  for (let h = 1; h <= options.heights; h++) {
    const validators = options.validatorsAt(h);
    const before = headers.get(BigInt(h - 1));
    const header: Header = {
      blockVersion: 11n,
      appVersion: 1n,
      chainId: CHAIN_ID,
      height: toHeight(BigInt(h)),
      time: toTimeNs(START_SECONDS + BigInt(h), 0),
      lastBlockId: before?.commit.blockId ?? { hash: EMPTY_BYTES, parts: { total: 0, hash: EMPTY_BYTES } },
      lastCommitHash: sha256(EMPTY_BYTES),
      dataHash: sha256(EMPTY_BYTES),
      validatorsHash: validatorSetHash(validators.set),
      nextValidatorsHash: validatorSetHash(options.validatorsAt(h + 1).set),
      consensusHash: sha256(EMPTY_BYTES),
      appHash,
      lastResultsHash: sha256(EMPTY_BYTES),
      evidenceHash: sha256(EMPTY_BYTES),
      proposer: validators.set.proposer.address,
    };
    headers.set(BigInt(h), resign(header, validators));
    options.write(h, state);
    appHash = state.commit().appHash;
  }
  return headers;
}

type Params = Readonly<Record<string, string | boolean>>;

export function createProvenChain(given: ProvenChainOptions): ProvenChain {
  const four = testValidators([10, 10, 10, 10]);
  const options = { validatorsAt: () => four, ...given };
  const state = openMultiStore({ kv: createMemoryKv(), stores: STORES });
  const headers = buildHeaders(options, state);
  const blobs = new Map(given.blobs ?? []);
  const latest = BigInt(given.heights);
  const methods: Readonly<Record<string, (params: Params) => unknown>> = {
    status: () => ({ sync_info: { latest_block_height: latest.toString() } }),
    commit({ height }) {
      const found = headers.get(BigInt(String(height)));
      if (found === undefined) throw new VerifyFailure("unreachable", `no height ${String(height)}`);
      return { signed_header: { header: headerJson(found.header), commit: commitJson(found.commit) }, canonical: true };
    },
    validators({ height, page, per_page }) {
      const { validators } = options.validatorsAt(Number(height)).set;
      const [size, from] = [Number(per_page), (Number(page) - 1) * Number(per_page)];
      return { block_height: height, validators: validators.slice(from, from + size).map(validatorJson), total: String(validators.length) };
    },
    abci_query({ path, data, height }) {
      const key = parseHex(String(data));
      const [, , store = ""] = String(path).split("/");
      try {
        const { value = EMPTY_BYTES, ops } = state.queryWithProof(store, key, toHeight(BigInt(String(height))));
        const answer = { code: 0, log: "", info: "", index: 0n, codespace: "", key, value, proofOps: ops };
        return { response: queryJson({ ...answer, height: toHeight(BigInt(String(height))) }) };
      } catch (error) {
        if (error instanceof Reject) return { response: { code: error.code, log: error.message } };
        throw error;
      }
    },
  };
  const first = headers.get(1n);
  if (first === undefined) throw new Error("a chain has a first block");
  return {
    headers,
    blobs,
    trustHash: headerHash(first.header),
    door: {
      rpc(method, params) {
        const call = methods[method];
        if (call === undefined) return Promise.reject(new VerifyFailure("unreachable", `no method ${method}`));
        try {
          return Promise.resolve(JSON.parse(JSON.stringify(call(params))) as unknown);
        } catch (error) {
          return Promise.reject(error instanceof Error ? error : new Error(String(error)));
        }
      },
      blob(cid) {
        const bytes = blobs.get(cid);
        return bytes === undefined ? Promise.reject(new VerifyFailure("not-found", cid)) : Promise.resolve(bytes);
      },
    },
  };
}
