/**
 * The only loop that touches the core (style.md §5): an input is logged, applied, and its effects are performed in order
 * before the next input. The contract it keeps is in chain/consensus/README.md.
 */
import { decodeBlock, headerHash, makePartSet } from "../../chain/block/index.js";
import type { BlockId, ExtendedCommit, ValidatorSet, Vote } from "../../chain/block/index.js";
import {
  createCore,
  heightOfCore,
  isSameValue,
  step,
  unanswered,
  valueKey,
} from "../../chain/consensus/index.js";
import type { Core, CoreInput, Effect, OwnMessage, ValueKey } from "../../chain/consensus/index.js";
import { EMPTY_BYTES, Fault } from "../../chain/primitives/index.js";
import type { Address, Height, TimeNs } from "../../chain/primitives/index.js";
import type { AppConnection } from "../app/index.js";
import type { EngineConfig } from "../config/engine.js";
import { errorText } from "../errors.js";
import type { Logger } from "../telemetry/log.js";
import { BlockParts } from "./block-parts.js";
import type { BlockStore } from "./block-store.js";
import { isExtended, nextHeight } from "./chain-state.js";
import type { AppliedBlock, Executor } from "./executor.js";
import type { EvidencePool } from "./evidence-pool.js";
import type { FailPoint } from "./failpoint.js";
import type { Signer } from "./signer.js";
import { Timers } from "./timers.js";
import type { VerifierContext } from "./verifier.js";
import type { Wal } from "./wal.js";

/** Where the loop's results go. */
export interface HostListener {
  /** After each step, when something may have changed that peers or subscribers should know. */
  stepped(before: Core, input: CoreInput, after: Core): void;
  publish(message: OwnMessage): void;
  /** Parts of this block are wanted. */
  wanted(): void;
  askPeers(): void;
  /** After the application's commit. */
  applied(block: AppliedBlock): void;
  /** The loop has stopped for good. */
  fatal(error: unknown): void;
}

export interface HostDeps {
  readonly app: AppConnection;
  readonly executor: Executor;
  readonly blocks: BlockStore;
  readonly evidence: EvidencePool;
  readonly wal: Wal;
  /** null for a node that only follows. */
  readonly signer: Signer | null;
  readonly config: EngineConfig;
  readonly listener: HostListener;
  readonly log: Logger;
  readonly failPoint: FailPoint;
  readonly now: () => TimeNs;
  /** Whether a proposer has something to propose. */
  readonly hasTxs: () => boolean;
}

const NS_PER_MS = 1_000_000n;

const NEEDS_LOG: ReadonlySet<Effect["kind"]> = new Set(["sign-proposal", "sign-vote", "publish"]);

/** What came due outside the loop and asks the application or changes what it works on: done in its turn, between two inputs. */
type Chore = () => Promise<void>;

export class ConsensusHost {
  readonly parts: BlockParts;
  readonly #deps: HostDeps;
  readonly #timers: Timers;
  #core: Core = createCore();
  #inbox: (CoreInput | Chore)[] = [];
  #isDraining = false;
  /** The input in progress is a block that peers have decided. */
  #isSynced = false;
  #isStopped = false;
  #drained: Promise<void> = Promise.resolve();
  #lastCommit: ExtendedCommit | null = null;
  /** Blocks of this height that the WAL holds. */
  readonly #logged = new Set<ValueKey>();
  #context: VerifierContext;
  #startedAt: TimeNs;

  constructor(deps: HostDeps) {
    this.#deps = deps;
    this.#timers = new Timers(deps.config, (timeout) => this.submit({ kind: "timeout-elapsed", timeout }));
    const { state } = deps.executor;
    this.parts = new BlockParts(state.params.block.maxBytes);
    this.#context = this.#contextOf();
    this.#startedAt = deps.now();
    deps.signer?.onReady?.(() => this.#later(() => this.#signAgain()));
  }

  get core(): Core {
    return this.#core;
  }

  get height(): Height {
    return heightOfCore(this.#core);
  }

  /** What messages of the height in progress are checked against. */
  get context(): VerifierContext {
    return this.#context;
  }

  get validators(): ValidatorSet {
    return this.#context.validators;
  }

  /** When the height began, by our clock. */
  get startedAt(): TimeNs {
    return this.#startedAt;
  }

  /** Replays the log of the height in progress without effects, or begins the next height. */
  async start(): Promise<void> {
    const { executor, wal, blocks } = this.#deps;
    const height = nextHeight(executor.state);
    this.#lastCommit = blocks.extendedCommit(executor.state.lastHeight) ?? null;
    if (!this.#replay(height)) {
      this.submit(this.#startInput());
      return this.#drained;
    }
    this.#deps.log.info("consensus resumes from its log", { height, records: wal.recovered.length });
    this.#isDraining = true;
    this.#drained = this.#resume();
    return this.#drained;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timers.clear();
    await this.#drained;
  }

  /** Queues inputs behind those that wait. */
  submit(...inputs: readonly CoreInput[]): void {
    this.#inbox.push(...inputs);
    this.#kick();
  }

  #later(chore: Chore): void {
    this.#inbox.push(chore);
    this.#kick();
  }

  #kick(): void {
    if (this.#isDraining || this.#isStopped) return;
    this.#isDraining = true;
    this.#drained = this.#drain();
  }

  async #drain(): Promise<void> {
    try {
      for (let input = this.#inbox.shift(); input !== undefined; input = this.#inbox.shift()) {
        await (typeof input === "function" ? input() : this.#apply(input));
        if (this.#isStopped) break;
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isDraining = false;
    }
  }

  async #resume(): Promise<void> {
    try {
      for (const effect of unanswered(this.#core)) await this.#perform(effect);
    } catch (error) {
      this.#fail(error);
      return;
    }
    await this.#drain();
  }

  /** Stops for good: a broken promise of ours or of the application came to light outside the loop. */
  fail(error: unknown): void {
    this.#fail(error);
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#timers.clear();
    this.#deps.log.error("consensus stopped", { height: this.height, error });
    this.#deps.listener.fatal(error);
  }

  #replay(height: Height): boolean {
    const { recovered } = this.#deps.wal;
    const first = recovered[0];
    if (first?.kind !== "input" || first.input.kind !== "start-height" || first.input.height !== height)
      return false;
    for (const record of recovered) {
      if (record.kind === "block") this.#recover(record.bytes);
      else this.#again(record.input);
    }
    this.#context = this.#contextOf();
    return true;
  }

  /** Only what convicts a validator is done again: it is not on disk before its block is. */
  #again(input: CoreInput): void {
    const { next, effects } = step(this.#core, input);
    this.#core = next;
    for (const effect of effects) if (effect.kind === "report-evidence") this.#report(effect);
  }

  #recover(bytes: Uint8Array): void {
    const id: BlockId = { hash: headerHash(decodeBlock(bytes).header), parts: makePartSet(bytes).header };
    this.parts.addWhole(id, bytes);
    this.#logged.add(valueKey(id));
  }

  async #apply(input: CoreInput): Promise<void> {
    if (input.kind === "start-height") await this.#beginHeight(input);
    else this.#log(input);
    const before = this.#core;
    this.#isSynced = input.kind === "decided-by-sync";
    const { next, effects } = step(before, input);
    this.#core = next;
    if (next !== before) this.#deps.listener.stepped(before, input, next);
    for (const effect of effects) {
      await this.#perform(effect);
      if (this.#isStopped) return;
    }
  }

  async #beginHeight(input: Extract<CoreInput, { kind: "start-height" }>): Promise<void> {
    this.#deps.failPoint("close:before-start-height");
    await this.#deps.wal.rotate(input.height, { kind: "input", input });
    this.parts.reset(this.#deps.executor.state.params.block.maxBytes);
    this.#logged.clear();
    this.#timers.clear();
    this.#context = this.#contextOf();
    this.#startedAt = this.#deps.now();
  }

  /** A block stands in the log before the first input that names it as held. */
  #log(input: Exclude<CoreInput, { kind: "start-height" }>): void {
    const named = namedBlock(input);
    const bytes = named === null ? undefined : this.parts.bytes(named);
    if (named !== null && bytes !== undefined && !this.#logged.has(valueKey(named))) {
      this.#deps.wal.append({ kind: "block", bytes });
      this.#logged.add(valueKey(named));
    }
    this.#deps.wal.append({ kind: "input", input });
  }

  /** What the signer remembers and what peers were told rest on inputs that a crash must not take away (chain/consensus/README.md, WAL). */
  async #perform(effect: Effect): Promise<void> {
    if (NEEDS_LOG.has(effect.kind)) await this.#deps.wal.flush();
    switch (effect.kind) {
      case "decide":
        return this.#decide(effect);
      case "sign-vote":
        return this.#signVote(effect);
      case "request-value":
        return this.#requestValue(effect);
      case "judge-value":
        return this.#judgeValue(effect.height, effect.blockId);
      case "publish":
        this.#deps.listener.publish(effect.message);
        return;
      default:
        this.#performNow(effect);
    }
  }

  #performNow(effect: Exclude<Effect, AwaitedEffect>): void {
    switch (effect.kind) {
      case "sign-proposal":
        this.#signProposal(effect);
        break;
      case "schedule-timeout":
        this.#timers.schedule(effect.timeout);
        break;
      case "cancel-timeout":
        this.#timers.cancel(effect.timeout);
        break;
      case "close-height":
        this.#closeHeight(effect);
        break;
      case "report-evidence":
        this.#report(effect);
        break;
      case "ask-peers":
        this.#deps.listener.askPeers();
        break;
      case "resubmit":
        this.#inbox.unshift(...effect.inputs);
        break;
      default:
        effect satisfies never;
    }
  }

  #signProposal({ proposal }: Extract<Effect, { kind: "sign-proposal" }>): void {
    const { signer, now, log } = this.#deps;
    const { height, round } = proposal;
    const signed = signer?.signProposal({ ...proposal, time: now(), signature: EMPTY_BYTES }) ?? null;
    whenSigned(signed, (answer) => {
      if (answer === null) log.warn("the signer refuses a proposal", { height, round });
      else this.submit({ kind: "signed-proposal", proposal: answer });
    });
  }

  async #signVote({ vote }: Extract<Effect, { kind: "sign-vote" }>): Promise<void> {
    const { signer, app, log } = this.#deps;
    const { height, round, blockId, type } = vote;
    const extended = this.#context.isExtended && type === "precommit" && blockId !== null;
    const extension = extended ? await app.extendVote({ hash: blockId.hash, height, round }) : EMPTY_BYTES;
    const draft: Vote = {
      ...vote,
      time: this.#voteTime(),
      signature: EMPTY_BYTES,
      extension,
      extensionSignature: EMPTY_BYTES,
    };
    whenSigned(signer?.signVote(draft, extended) ?? null, (signed) => {
      if (signed === null) log.warn("the signer refuses a vote", { height, round, type });
      else this.submit({ kind: "signed-vote", vote: signed });
    });
  }

  /** What a signer out of reach left unsigned is still wanted, as long as its round is. */
  async #signAgain(): Promise<void> {
    for (const effect of unanswered(this.#core)) {
      if (effect.kind === "sign-vote" || effect.kind === "sign-proposal") await this.#perform(effect);
    }
  }

  /** BFT time must advance: never below the time of the block that the vote builds on, plus a millisecond. */
  #voteTime(): TimeNs {
    const now = this.#deps.now();
    const least = (this.#deps.executor.state.lastTime + NS_PER_MS) as TimeNs;
    return now > least ? now : least;
  }

  async #requestValue({ height, round }: Extract<Effect, { kind: "request-value" }>): Promise<void> {
    const { config, hasTxs } = this.#deps;
    if (config.createEmptyBlocks || round > 0 || hasTxs()) return this.#build(height, round);
    const wait = Math.min(config.emptyBlocksIntervalMs, config.propose.baseMs / 2);
    setTimeout(() => {
      if (!this.#isStopped && this.height === height) this.#later(() => this.#build(height, round));
    }, wait);
  }

  async #build(height: Height, round: number): Promise<void> {
    const { executor, signer, log } = this.#deps;
    if (signer === null || nextHeight(executor.state) !== height) return;
    const built = await executor.build(signer.address, this.#lastCommit);
    this.parts.addWhole(built.id, built.bytes);
    const isGood = await executor.judge(built.bytes, built.id);
    if (isGood) this.submit({ kind: "value-built", height, round, blockId: built.id });
    else log.error("our own proposal is refused by our application", { height, round });
  }

  async #judgeValue(height: Height, id: BlockId): Promise<void> {
    const bytes = this.parts.bytes(id);
    if (bytes !== undefined) return this.#answerJudge(height, id, bytes);
    this.expect(id);
    this.#deps.listener.wanted();
  }

  /** Begins to collect the parts of a block that a verified proposal or a quorum names. */
  expect(id: BlockId): void {
    try {
      this.parts.expect(id);
    } catch (error) {
      this.#deps.log.warn("a block cannot be collected", { height: this.height, reason: errorText(error) });
      this.submit({ kind: "value-judged", height: this.height, blockId: id, isValid: false });
    }
  }

  /** The parts of a block are complete: answers every request for it. */
  completed(id: BlockId): void {
    this.#later(() => this.#judgeCompleted(id));
  }

  async #judgeCompleted(id: BlockId): Promise<void> {
    for (const effect of unanswered(this.#core)) {
      if (effect.kind !== "judge-value" || !isSameRoot(effect.blockId, id)) continue;
      const bytes = this.parts.bytes(effect.blockId);
      if (bytes !== undefined) await this.#answerJudge(effect.height, effect.blockId, bytes);
    }
  }

  async #answerJudge(height: Height, blockId: BlockId, bytes: Uint8Array): Promise<void> {
    const { executor } = this.#deps;
    if (nextHeight(executor.state) !== height) return;
    const isValid = await executor.judge(bytes, blockId);
    this.submit({ kind: "value-judged", height, blockId, isValid });
  }

  async #decide({ blockId, commit, height, round }: Extract<Effect, { kind: "decide" }>): Promise<void> {
    const { executor, wal, failPoint, listener, log } = this.#deps;
    failPoint("decide:before-flush");
    if (!this.#isSynced) await wal.flush(); // what peers have decided needs no word of ours: the block store has it next
    failPoint("decide:after-flush");
    if (height <= executor.state.lastHeight) return;
    const bytes = this.parts.bytes(blockId);
    if (bytes === undefined) throw new Fault("decided a block that is not held", { height, round });
    const applied = await executor.apply(blockId, bytes, commit);
    if (applied === null) return;
    this.#lastCommit = commit;
    log.info("block committed", {
      height,
      round,
      txs: applied.block.txs.length,
      hash: blockId.hash,
      appHash: applied.response.appHash,
    });
    listener.applied(applied);
  }

  #closeHeight({ height, commit }: Extract<Effect, { kind: "close-height" }>): void {
    this.#deps.blocks.saveCommit(height, commit);
    this.#lastCommit = commit;
    this.#inbox.unshift(this.#startInput());
  }

  #report({ equivocation }: Extract<Effect, { kind: "report-evidence" }>): void {
    const { evidence, log } = this.#deps;
    log.warn("a validator contradicts itself", { height: this.height, kind: equivocation.kind });
    if (equivocation.kind === "duplicate-vote") evidence.report(equivocation.first, equivocation.second);
  }

  #startInput(): CoreInput {
    const { executor, signer } = this.#deps;
    const self: Address | null = signer?.address ?? null;
    return {
      kind: "start-height",
      height: nextHeight(executor.state),
      validators: executor.state.validators,
      self,
    };
  }

  #contextOf(): VerifierContext {
    const { state } = this.#deps.executor;
    const { chainId, validators, params } = state;
    return { chainId, validators, isExtended: isExtended(params, nextHeight(state)) };
  }
}

/** At once for an answer that is there. The loop does not wait for another process: its answer comes in as an input like any other. */
function whenSigned<T>(signed: T | Promise<T>, then: (signed: T) => void): void {
  if (signed instanceof Promise) void signed.then(then);
  else then(signed);
}

/** Effects that wait for the application or the disk. */
type AwaitedEffect = Extract<Effect, { kind: "decide" | "sign-vote" | "request-value" | "judge-value" | "publish" }>;

function namedBlock(input: CoreInput): BlockId | null {
  if (input.kind === "value-built") return input.blockId;
  if (input.kind === "value-judged") return input.isValid ? input.blockId : null;
  return input.kind === "decided-by-sync" ? input.commit.blockId : null;
}

function isSameRoot(a: BlockId, b: BlockId): boolean {
  return isSameValue({ ...a, hash: b.hash }, b);
}
