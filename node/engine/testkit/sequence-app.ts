/**
 * A small application for engine tests. A transaction is `sender/sequence/payload`; each sender's sequence must advance
 * by one. `payload` may be `power:<base64 key>:<power>` or `limits:<block bytes>:<height from which votes are extended>`. Its state is one
 * record, committed atomically to a store.
 */
import type {
  Application,
  CheckTxResponse,
  ExecTxResult,
  FinalizeBlockRequest,
  FinalizeBlockResponse,
  ValidatorUpdate,
} from "../../../chain/abci/index.js";
import { DEFAULT_CONSENSUS_PARAMS } from "../../../chain/block/index.js";
import type { ConsensusParams } from "../../../chain/block/index.js";
import { sha256 } from "../../../chain/crypto/index.js";
import {
  EMPTY_BYTES,
  Fault,
  equalBytes,
  parseUtf8,
  sortedEntries,
  toGas,
  toHeight,
  toVotingPower,
  u64be,
  utf8,
} from "../../../chain/primitives/index.js";
import type { Height } from "../../../chain/primitives/index.js";
import type { KvStore } from "../../../chain/store/index.js";

interface State {
  readonly height: Height;
  /** sender -> next sequence */
  readonly sequences: ReadonlyMap<string, bigint>;
  /** Transactions applied so far. */
  readonly applied: bigint;
}

const KEY = utf8("state");
const NO_STATE: State = { height: toHeight(0n), sequences: new Map(), applied: 0n };

export interface SequenceApp extends Application {
  readonly applied: bigint;
  /** Requests seen, for assertions. */
  readonly calls: string[];
  /** How many blocks it asks the engine to keep; 0: all. */
  keepBlocks: bigint;
}

interface ParsedTx {
  readonly sender: string;
  readonly sequence: bigint;
  readonly payload: string;
}

function parseTx(tx: Uint8Array): ParsedTx | undefined {
  const match = /^(\w+)\/(\d+)\/(.*)$/.exec(parseUtf8(tx));
  if (match === null) return undefined;
  return { sender: match[1] ?? "", sequence: BigInt(match[2] ?? 0), payload: match[3] ?? "" };
}

function encodeState(state: State): Uint8Array {
  const sequences = sortedEntries(state.sequences).map(([k, v]) => [k, String(v)]);
  return utf8(JSON.stringify([String(state.height), sequences, String(state.applied)]));
}

function decodeState(bytes: Uint8Array): State {
  const [height, sequences, applied] = JSON.parse(parseUtf8(bytes)) as [string, [string, string][], string];
  return {
    height: toHeight(BigInt(height)),
    sequences: new Map(sequences.map(([k, v]) => [k, BigInt(v)])),
    applied: BigInt(applied),
  };
}

export function createSequenceApp(kv: KvStore): SequenceApp {
  return new App(kv);
}

/** The extension that every validator attaches: bound to the height. */
const extensionOf = (height: Height): Uint8Array => sha256(u64be(height)).slice(0, 8);

class App implements SequenceApp {
  readonly calls: string[] = [];
  keepBlocks = 0n;
  readonly #kv: KvStore;
  #state: State;
  #next: State | undefined;
  #check: Map<string, bigint>;

  constructor(kv: KvStore) {
    this.#kv = kv;
    const stored = kv.get(KEY);
    this.#state = stored === undefined ? NO_STATE : decodeState(stored);
    this.#check = new Map(this.#state.sequences);
  }

  get applied(): bigint {
    return this.#state.applied;
  }

  info(): ReturnType<Application["info"]> {
    const { height } = this.#state;
    const lastBlockAppHash = height === 0n ? EMPTY_BYTES : hashOf(this.#state);
    return { data: "sequence", version: "1", appVersion: 1n, lastBlockHeight: height, lastBlockAppHash };
  }

  initChain(): ReturnType<Application["initChain"]> {
    this.calls.push("initChain");
    this.#state = NO_STATE;
    return { consensusParams: null, validators: [], appHash: hashOf(NO_STATE) };
  }

  query(): ReturnType<Application["query"]> {
    const value = u64be(this.#state.applied);
    const none = { log: "", info: "", index: 0n, key: EMPTY_BYTES, proofOps: [], codespace: "" };
    return { ...none, code: 0, value, height: this.#state.height };
  }

  checkTx({ tx }: Parameters<Application["checkTx"]>[0]): CheckTxResponse {
    const parsed = parseTx(tx);
    const expected = parsed === undefined ? 0n : (this.#check.get(parsed.sender) ?? 0n);
    const isGood = parsed?.sequence === expected;
    if (parsed !== undefined && isGood) this.#check.set(parsed.sender, expected + 1n);
    return {
      code: isGood ? 0 : 32,
      data: EMPTY_BYTES,
      log: isGood ? "" : `expected ${expected}`,
      gasWanted: toGas(1n),
      gasUsed: toGas(1n),
      events: [],
      codespace: isGood ? "" : "sdk",
      sender: parsed?.sender ?? "",
      sequence: parsed?.sequence ?? 0n,
      priority: parsed?.payload.startsWith("fee") === true ? 10n : 1n,
    };
  }

  prepareProposal({ txs }: Parameters<Application["prepareProposal"]>[0]): {
    readonly txs: readonly Uint8Array[];
  } {
    return { txs };
  }

  processProposal({ txs }: Parameters<Application["processProposal"]>[0]): "accept" | "reject" {
    return txs.every((tx) => parseTx(tx) !== undefined) ? "accept" : "reject";
  }

  extendVote({ height }: Parameters<Application["extendVote"]>[0]): Uint8Array {
    return extensionOf(height);
  }

  verifyVoteExtension(request: Parameters<Application["verifyVoteExtension"]>[0]): "accept" | "reject" {
    return equalBytes(request.extension, extensionOf(request.height)) ? "accept" : "reject";
  }

  finalizeBlock(request: FinalizeBlockRequest): FinalizeBlockResponse {
    this.calls.push(`finalizeBlock ${request.height}`);
    if (this.#state.height !== 0n && request.height !== this.#state.height + 1n)
      throw new Fault("a block out of order", { height: request.height, state: this.#state.height });
    const sequences = new Map(this.#state.sequences);
    const updates: ValidatorUpdate[] = [];
    let limits: ConsensusParams | null = null;
    let { applied } = this.#state;
    const txResults = request.txs.map((tx): ExecTxResult => {
      const parsed = parseTx(tx);
      const isGood = parsed !== undefined && (sequences.get(parsed.sender) ?? 0n) === parsed.sequence;
      if (parsed !== undefined && isGood) {
        sequences.set(parsed.sender, parsed.sequence + 1n);
        applied += 1n;
        const [kind, key = "", power = "0"] = parsed.payload.split(":");
        if (kind === "power")
          updates.push({ publicKey: Buffer.from(key, "base64"), power: toVotingPower(BigInt(power)) });
        if (kind === "limits") limits = limitsOf(BigInt(key), BigInt(power));
      }
      return result(isGood ? 0 : 32);
    });
    this.#next = { height: request.height, sequences, applied };
    return {
      events: [],
      txResults,
      validatorUpdates: updates,
      consensusParamUpdates: limits,
      appHash: hashOf(this.#next),
    };
  }

  commit(): ReturnType<Application["commit"]> {
    this.#state = this.#next ?? this.#state;
    this.#next = undefined;
    this.#check = new Map(this.#state.sequences);
    this.#kv.write([{ key: KEY, value: encodeState(this.#state) }]);
    const { height } = this.#state;
    return { retainHeight: toHeight(this.keepBlocks > 0n && height > this.keepBlocks ? height - this.keepBlocks + 1n : 0n) };
  }
}

function limitsOf(maxBytes: bigint, voteExtensionsEnableHeight: bigint): ConsensusParams {
  const { block, evidence, validator } = DEFAULT_CONSENSUS_PARAMS;
  return {
    block: { ...block, maxBytes },
    evidence: { ...evidence, maxBytes: maxBytes / 4n },
    validator,
    version: { app: 1n },
    abci: { voteExtensionsEnableHeight },
  };
}

/** The height is left out, so that empty blocks keep the hash; sequences and count are in. */
function hashOf(state: State): Uint8Array {
  return sha256(encodeState({ ...state, height: toHeight(0n) }));
}

function result(code: number): ExecTxResult {
  const none = { data: EMPTY_BYTES, log: "", info: "", events: [], codespace: "" };
  return { ...none, code, gasWanted: toGas(1n), gasUsed: toGas(1n) };
}
