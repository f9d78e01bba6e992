import type {
  Application,
  CheckTxRequest,
  CheckTxResponse,
  FinalizeBlockRequest,
  FinalizeBlockResponse,
  InitChainRequest,
} from "../abci/index.js";
import { formatAddress } from "../codec/index.js";
import { EMPTY_BYTES, Fault, equalBytes, keyText, toGas, toHeight } from "../primitives/index.js";
import { createScratchStores } from "../store/index.js";
import type { Height } from "../primitives/index.js";
import type { ReadStores, Stores } from "../store/index.js";
import type { Accounts, FeeGrants, Fees } from "./accounts-port.js";
import type { AnteOptions, GasPrice } from "./ante.js";
import type { AttestHooks } from "./attest-port.js";
import { currentParams, lastBlock } from "./consensus-state.js";
import type { BlockInfo, ReadContext } from "./context.js";
import { executeTransaction } from "./execute.js";
import { runBlock, toResult } from "./finalize.js";
import type { BlockOptions } from "./finalize.js";
import { exportGenesis, runGenesis } from "./genesis.js";
import type { Module } from "./module.js";
import { failureOf } from "./outcome.js";
import { prepareProposal, processProposal } from "./proposals.js";
import { answerQuery } from "./query.js";
import { retainHeight } from "./retention.js";
import { createRouter } from "./router.js";
import { createAminoMode, directMode } from "./sign-modes.js";
import type { SignModeHandler } from "./sign-modes.js";
import { simulateRoute } from "./simulate.js";
import type { StateStore } from "./state-port.js";
import { createTransactionCache } from "./transaction-cache.js";
import type { Transaction } from "./transaction.js";
import { moduleTypes } from "./type-registry.js";

export interface ApplicationOptions {
  /** In block order; genesis runs in the same order. */
  readonly modules: readonly Module[];
  readonly state: StateStore;
  readonly accounts: Accounts;
  readonly fees: Fees;
  /** Without it nobody pays the fees of others. */
  readonly feeGrants?: FeeGrants;
  readonly attest: AttestHooks;
  /** What this node asks for in CheckTx; never part of a state transition. */
  readonly minGasPrice: GasPrice;
  readonly name: string;
  readonly version: string;
  readonly appVersion: bigint;
  /** Default 100 million units. */
  readonly queryGasLimit?: bigint;
  /** How many blocks the engine is asked to keep at least; 0, the default, keeps all. */
  readonly minRetainBlocks?: bigint;
  /** Told of each version in the turn of its commit; answers the oldest snapshot, whose blocks are kept too. */
  readonly onCommit?: (version: Height) => Height | undefined;
  /** Hears of each signature that CheckTx itself found good. */
  readonly onVerified?: AnteOptions["onVerified"];
  /** Beside SIGN_MODE_DIRECT and SIGN_MODE_LEGACY_AMINO_JSON. */
  readonly signModes?: readonly SignModeHandler[];
}

/** The application with what its own node may ask beside ABCI. */
export interface KernelApplication extends Application {
  /** app_state of the last committed version. */
  exportGenesis(): Readonly<Record<string, unknown>>;
  /** The last committed version, for invariants and services of the node. */
  readContext(): ReadContext;
  /** Names of the stores of its state, ascending. */
  readonly stores: readonly string[];
  /** Keeps a committed version readable until the answer is called, for a snapshot of it. @throws Reject sdk/26. */
  hold(version: Height): () => void;
  /** Continues from the state that a snapshot has put below. @throws Fault when there is none, or it is of another program. */
  restored(): void;
}

interface Finalized {
  readonly request: FinalizeBlockRequest;
  readonly response: FinalizeBlockResponse;
}

/** What CheckTx runs on until the next block. */
interface CheckState {
  readonly stores: Stores;
  readonly block: BlockInfo;
  /** What has passed on it, by the text of the hash. */
  readonly passed: Set<string>;
}

/** Of so many transactions it is remembered that they have passed, four times what a mempool holds by default; of more, a proposal runs ante. */
const MAX_PASSED = 20_000;

class KernelApp implements KernelApplication {
  readonly #options: ApplicationOptions;
  readonly #block: BlockOptions;
  readonly #router: ReturnType<typeof createRouter>;
  #genesis: InitChainRequest | undefined;
  #finalized: Finalized | undefined;
  #check: CheckState | undefined;

  constructor(options: ApplicationOptions) {
    this.#options = options;
    const { accounts, fees, feeGrants, minGasPrice, modules, attest, onVerified } = options;
    const signModes = [directMode, createAminoMode(moduleTypes(modules)), ...(options.signModes ?? [])];
    const own = createRouter(modules);
    const ante = { accounts, fees, feeGrants, signModes, onVerified, minGasPrice };
    this.#block = { modules, router: own, transactions: createTransactionCache(own), attest, ante };
    const simulate = simulateRoute(this.#block);
    this.#router = {
      // eslint-disable-next-line @typescript-eslint/unbound-method -- the router is a record of closures
      message: own.message,
      query: (path) => (path === simulate.path ? simulate : own.query(path)),
    };
  }

  info(): ReturnType<Application["info"]> {
    const { name, version, appVersion, state } = this.#options;
    const { version: lastBlockHeight, appHash } = state.last;
    const lastBlockAppHash = lastBlockHeight === 0n ? EMPTY_BYTES : appHash;
    return { data: name, version, appVersion, lastBlockHeight, lastBlockAppHash };
  }

  initChain(given: InitChainRequest): ReturnType<Application["initChain"]> {
    const { state, modules, appVersion } = this.#options;
    const request = withAppVersion(given, appVersion);
    if (state.last.version !== 0n)
      throw new Fault("genesis on a chain that has blocks", { height: state.last.version });
    state.rollback();
    const response = runGenesis(request, modules, state);
    this.#genesis = request;
    // A block that an engine finalized and did not live to commit is gone with the state that it was on.
    this.#finalized = undefined;
    this.#check = undefined;
    return response;
  }

  query(request: Parameters<Application["query"]>[0]): ReturnType<Application["query"]> {
    const { state, version, queryGasLimit = 100_000_000n } = this.#options;
    const latest = (): ReadStores => this.#committed();
    return answerQuery(request, { router: this.#router, state, latest, version, gasLimit: queryGasLimit });
  }

  checkTx(request: CheckTxRequest): CheckTxResponse {
    let tx: Transaction | undefined;
    if (request.isFirst === true) this.#check = undefined;
    try {
      tx = this.#block.transactions.parse(request.tx);
      const run = this.#runCheck(tx, request);
      if (run.failure === undefined) this.#passed(tx);
      return checked(tx, toResult(run));
    } catch (error) {
      const { code, codespace, log } = failureOf(error);
      const none = { data: EMPTY_BYTES, gasWanted: toGas(0n), gasUsed: toGas(0n), events: [] };
      return { ...none, code, codespace, log, sender: "", sequence: 0n, priority: 0n };
    }
  }

  prepareProposal(request: Parameters<Application["prepareProposal"]>[0]): {
    readonly txs: readonly Uint8Array[];
  } {
    const check = this.#check;
    const hasPassed = (tx: Transaction, height: Height): boolean =>
      check?.block.height === height && check.passed.has(keyText(tx.hash));
    return { txs: prepareProposal(request, this.#block, { committed: this.#committed(), hasPassed }) };
  }

  processProposal(
    request: Parameters<Application["processProposal"]>[0],
  ): ReturnType<Application["processProposal"]> {
    return processProposal(request, this.#block, this.#committed());
  }

  extendVote(request: Parameters<Application["extendVote"]>[0]): Uint8Array {
    return this.#options.attest.extend(this.readContext(), request);
  }

  verifyVoteExtension(
    request: Parameters<Application["verifyVoteExtension"]>[0],
  ): ReturnType<Application["verifyVoteExtension"]> {
    return this.#options.attest.verify(this.readContext(), request);
  }

  finalizeBlock(request: FinalizeBlockRequest): FinalizeBlockResponse {
    const before = this.#finalized;
    if (before !== undefined && isSameBlock(before.request, request)) return before.response;
    if (before !== undefined) this.#restart();
    const response = runBlock(request, this.#block, this.#options.state);
    this.#finalized = { request, response };
    return response;
  }

  commit(): ReturnType<Application["commit"]> {
    if (this.#finalized === undefined) throw new Fault("commit without a finalized block");
    const { state, minRetainBlocks = 0n, onCommit } = this.#options;
    const { version } = state.commit();
    const { height } = this.#finalized.request;
    if (version !== height)
      throw new Fault("committed version is not the block's height", { version, height });
    this.#finalized = undefined;
    this.#genesis = undefined;
    this.#check = undefined;
    const retention = { minRetainBlocks, oldestSnapshot: onCommit?.(height) };
    return { retainHeight: retainHeight(height, retention, currentParams(this.#committed())) };
  }

  exportGenesis(): Readonly<Record<string, unknown>> {
    return exportGenesis(this.readContext(), this.#options.modules);
  }

  readContext(): ReadContext {
    const stores = this.#committed();
    return { store: (name) => stores.store(name), block: lastBlock(stores) };
  }

  get stores(): readonly string[] {
    return this.#options.state.names;
  }

  hold(version: Height): () => void {
    return this.#options.state.hold(version);
  }

  restored(): void {
    this.#options.state.reload();
    this.#finalized = undefined;
    this.#genesis = undefined;
    this.#check = undefined;
  }

  /** The last committed version; before the first commit, what genesis wrote. */
  #committed(): ReadStores {
    const { state } = this.#options;
    if (state.last.version !== 0n) return state.at(state.last.version);
    if (this.#genesis === undefined) throw new Fault("there is no state before genesis");
    return state;
  }

  /** Back to the committed state, or to genesis, for a block that replaces the one finalized. */
  #restart(): void {
    const { state, modules } = this.#options;
    state.rollback();
    this.#finalized = undefined;
    if (state.last.version === 0n && this.#genesis !== undefined) runGenesis(this.#genesis, modules, state);
  }

  #runCheck(tx: Transaction, { kind, signedFor, withoutEvents }: CheckTxRequest): ReturnType<typeof executeTransaction> {
    this.#check ??= this.#startCheck();
    const mode = kind === "new" ? "check" : "recheck";
    return executeTransaction(tx, { ante: this.#block.ante, ...this.#check, mode, signedFor, withoutEvents });
  }

  #passed(tx: Transaction): void {
    this.#block.transactions.keep(tx);
    const passed = this.#check?.passed;
    if (passed !== undefined && passed.size < MAX_PASSED) passed.add(keyText(tx.hash));
  }

  #startCheck(): CheckState {
    const stores = createScratchStores(this.#committed());
    const last = lastBlock(stores);
    return { stores, block: { ...last, height: toHeight(last.height + 1n) }, passed: new Set() };
  }
}

/**
 * Genesis rarely names the application's version, and engines then take ours. The parameters that we keep must say it too: they are
 * what an engine is told when any of them changes, and it writes the version into headers.
 */
function withAppVersion(request: InitChainRequest, appVersion: bigint): InitChainRequest {
  const { version } = request.consensusParams;
  const app = version.app > 0n ? version.app : appVersion;
  return { ...request, consensusParams: { ...request.consensusParams, version: { app } } };
}

function isSameBlock(a: FinalizeBlockRequest, b: FinalizeBlockRequest): boolean {
  return a.height === b.height && a.hash.length > 0 && equalBytes(a.hash, b.hash) && a.time === b.time;
}

function checked(tx: Transaction, result: ReturnType<typeof toResult>): CheckTxResponse {
  const [first] = tx.signers;
  const { code, log, gasWanted, gasUsed, events, codespace } = result;
  return {
    code,
    data: EMPTY_BYTES,
    log,
    gasWanted,
    gasUsed,
    events,
    codespace,
    sender: first === undefined ? "" : formatAddress(first),
    sequence: tx.authInfo.signerInfos[0]?.sequence ?? 0n,
    isUnordered: tx.body.unordered,
    priority: tx.gasLimit === 0n ? 0n : (tx.fee * 1_000_000n) / tx.gasLimit,
  };
}

/** The application over its modules and state: what the embedded engine and node/abci-server drive. */
export function createApplication(options: ApplicationOptions): KernelApplication {
  return new KernelApp(options);
}
