import type { ExtendedCommit, Proposal } from "../../block/types.js";
import {
  createCore,
  heightOfCore,
  isProposalWanted,
  isVoteWanted,
  markVerified,
  proposerAt,
  step,
  unanswered,
  valueKey,
  voteSummary,
  votesMissing,
} from "../../consensus/index.js";
import type {
  Core,
  CoreInput,
  Decide,
  Effect,
  JudgeValue,
  OwnMessage,
  RequestValue,
  Timeout,
  ValueKey,
  VoteSummary,
} from "../../consensus/index.js";
import { equalBytes, toHeight } from "../../primitives/index.js";
import type { Height } from "../../primitives/index.js";
import type { Behaviour } from "./behaviours.js";
import { isCommitGood, isVoteGood } from "./commit.js";
import { createEvidencePool, evidenceOf } from "./evidence.js";
import type { EvidencePool } from "./evidence.js";
import { createApplication } from "./execution.js";
import type { SimApplication } from "./execution.js";
import type { Signer } from "./signer.js";
import { createSigner } from "./signer.js";
import { blockIdOf, isProposalSigned, timeOf, voteSlot } from "./symbolic.js";
import type { Decided, SimBlock, SimMessage, WalRecord, World } from "./types.js";

const GOSSIP_MS = 150;
const VOTES_PER_ANSWER = 40;
const MAX_HELD_BLOCKS = 64;
const BASE_MS = { propose: 400, prevote: 200, precommit: 200, commit: 100 } as const;
const GROWTH_MS = 150;

/** What survives a crash. */
interface Disk {
  log: WalRecord[];
  /** Records of the log that are written through. */
  flushed: number;
  readonly chain: Decided[];
  signer: Signer;
  readonly app: SimApplication;
  readonly evidence: EvidencePool;
}

/**
 * A host of the core as small as the contract in chain/consensus/README.md allows: WAL before apply, flush before publish
 * and decide, a durable signer, replay without effects. What it writes to `disk` survives a crash; the rest does not.
 */
export class SimNode {
  readonly id: number;
  readonly index: number;
  core: Core = createCore();
  isUp = false;
  readonly disk: Disk;
  private readonly world: World;
  private readonly behaviour: Behaviour | null;
  /** Clock rate in percent: 80 runs its timers fast. */
  private readonly clockPercent: number;
  private life = 0;
  private inbox: CoreInput[] = [];
  private isDraining = false;
  private blocks = new Map<ValueKey, SimBlock>();
  private wanted = new Map<ValueKey, JudgeValue>();
  private timers = new Map<string, number>();
  private timerCount = 0;

  constructor(
    world: World,
    place: { readonly id: number; readonly index: number; readonly clockPercent: number },
    behaviour: Behaviour | null,
  ) {
    this.world = world;
    this.id = place.id;
    this.index = place.index;
    this.clockPercent = place.clockPercent;
    this.behaviour = behaviour;
    const signer = createSigner(place.index);
    this.disk = { log: [], flushed: 0, chain: [], signer, app: createApplication(), evidence: createEvidencePool() };
  }

  /** Starts or restarts the process: replay performs nothing, then what was left unanswered is asked again. */
  start(): void {
    this.isUp = true;
    this.life++;
    this.core = createCore();
    this.inbox = [];
    this.isDraining = false;
    this.wanted = new Map();
    this.timers = new Map();
    this.blocks = new Map(this.disk.chain.map((d) => [valueKey(d.block.blockId), d.block]));
    if (this.world.defects.forgetsSignatures === true) this.disk.signer = createSigner(this.index);
    this.afterMine(this.world.random.below(GOSSIP_MS), () => this.tick());
    this.handshake();
    const first = this.disk.log[0];
    const isOfNextHeight =
      first?.kind === "input" &&
      first.input.kind === "start-height" &&
      first.input.height === this.nextHeight();
    if (!isOfNextHeight) return this.startNext();
    for (const record of this.disk.log) {
      if (record.kind === "block") this.blocks.set(valueKey(record.block.blockId), record.block);
      else this.core = step(this.core, record.input).next;
    }
    this.isDraining = true;
    if (!this.performAll(unanswered(this.core))) return;
    this.isDraining = false;
    this.enqueue();
  }

  /** Stored blocks that the application has not committed are executed; others are not executed again. */
  private handshake(): void {
    const { chain, app } = this.disk;
    const from = Number(app.height) - (this.world.defects.executesTwice === true && app.height > 0n ? 1 : 0);
    for (const { block } of chain.slice(from)) this.execute(block);
  }

  private execute(block: SimBlock): void {
    const { app, evidence } = this.disk;
    app.execute(block);
    evidence.committed(block);
    this.world.observe({ kind: "executed", node: this.id, height: block.height, hash: app.hash });
  }

  /** Dies: keeps what was flushed and, as a disk may, some whole records of the unflushed tail. */
  crash(): void {
    const tail = this.disk.log.length - this.disk.flushed;
    this.disk.log.length = this.disk.flushed + this.world.random.below(tail + 1);
    this.disk.flushed = this.disk.log.length;
    this.isUp = false;
    this.life++;
    this.world.observe({ kind: "crash", node: this.id });
  }

  /** A message from the network. Nothing reaches the core before its signature was checked. */
  receive(message: SimMessage, from: number): void {
    if (!this.isUp) return;
    switch (message.kind) {
      case "proposal":
        return this.receiveProposal(message.proposal);
      case "vote":
        if (isVoteWanted(this.core, message.vote) && isVoteGood(message.vote))
          this.enqueue({ kind: "vote", vote: markVerified(message.vote) });
        return;
      case "certificate": {
        const { certificate } = message;
        if (!isVoteWanted(this.core, certificate) || !certificate.votes.every(isVoteGood)) return;
        return this.enqueue({ kind: "certificate", certificate: markVerified(certificate) });
      }
      case "block":
        return this.receiveBlock(message.block);
      case "want": {
        const block = this.blocks.get(message.key);
        if (block !== undefined) this.send(from, { kind: "block", block });
        return;
      }
      case "summary":
        return this.answerSummary(message.summary, from);
      case "decided":
        return this.receiveDecided(message.decided);
      case "evidence":
        this.disk.evidence.add(message.evidence);
        return;
      default:
        return message satisfies never;
    }
  }

  /** Replays the log from nothing: must give the state that we are in. */
  replayed(): Core {
    let core = createCore();
    for (const record of this.disk.log) if (record.kind === "input") core = step(core, record.input).next;
    return core;
  }

  private receiveProposal(proposal: Proposal): void {
    if (!isProposalWanted(this.core, proposal.height, proposal.round)) return;
    const set = this.world.validatorsAt(proposal.height);
    const { address } = proposerAt(set, proposal.round);
    const index = set.validators.findIndex((v) => equalBytes(v.address, address));
    if (isProposalSigned(index, proposal))
      this.enqueue({ kind: "proposal", proposal: markVerified(proposal) });
  }

  private receiveBlock(block: SimBlock): void {
    const key = valueKey(block.blockId);
    const isNear = block.height === heightOfCore(this.core) || block.height === heightOfCore(this.core) + 1n;
    const request = this.wanted.get(key);
    if (request === undefined && (!isNear || this.blocks.size > this.disk.chain.length + MAX_HELD_BLOCKS))
      return;
    this.blocks.set(key, block);
    if (request !== undefined) this.judge(request, block);
  }

  private receiveDecided({ block, commit }: Decided): void {
    if (block.height !== heightOfCore(this.core) || this.core.current?.isClosed === true) return;
    if (!isCommitGood(this.world.validatorsAt(commit.height), commit) || valueKey(commit.blockId) !== valueKey(block.blockId)) return;
    this.blocks.set(valueKey(block.blockId), block);
    this.disk.log.push({ kind: "block", block });
    this.enqueue({ kind: "decided-by-sync", commit: markVerified(commit) });
  }

  private answerSummary(summary: VoteSummary, from: number): void {
    const stored = this.disk.chain[Number(summary.height) - 1];
    if (stored !== undefined && summary.height < this.nextHeight())
      return this.send(from, { kind: "decided", decided: stored });
    const missing = votesMissing(this.core, summary, VOTES_PER_ANSWER);
    if (missing.proposal !== null) this.send(from, { kind: "proposal", proposal: missing.proposal });
    for (const vote of missing.votes) this.send(from, { kind: "vote", vote });
    for (const certificate of missing.certificates) this.send(from, { kind: "certificate", certificate });
  }

  private tick(): void {
    this.gossip();
    this.afterMine(GOSSIP_MS + this.world.random.below(50), () => this.tick());
  }

  private gossip(): void {
    const summary = voteSummary(this.core);
    if (summary !== null) this.broadcast({ kind: "summary", summary });
    for (const key of this.wanted.keys()) this.broadcast({ kind: "want", key });
    if (this.world.defects.dropsEvidence === true) return;
    for (const evidence of this.disk.evidence.pending()) this.broadcast({ kind: "evidence", evidence });
  }

  private enqueue(...inputs: readonly CoreInput[]): void {
    this.inbox.push(...inputs);
    if (this.isDraining) return;
    this.isDraining = true;
    const { life } = this;
    for (let input = this.inbox.shift(); input !== undefined; input = this.inbox.shift()) {
      this.apply(input);
      if (this.life !== life) return;
    }
    this.isDraining = false;
  }

  private apply(input: CoreInput): void {
    this.disk.log.push({ kind: "input", input });
    if (this.diesHere()) return;
    const { next, effects, clauses } = step(this.core, input);
    this.core = next;
    this.world.observe({ kind: "input", node: this.id, input, clauses, effects });
    if (input.kind === "start-height") this.disk.flushed = this.disk.log.length;
    this.performAll(effects);
  }

  /** False if the process died on the way. */
  private performAll(effects: readonly Effect[]): boolean {
    const { life } = this;
    for (const effect of effects) {
      this.perform(effect);
      if (this.life !== life || this.diesHere()) return false;
    }
    return true;
  }

  private perform(effect: Effect): void {
    // What a signature rests on must not be lost once the signer remembers it.
    if (effect.kind === "sign-proposal" || effect.kind === "sign-vote") this.flush();
    switch (effect.kind) {
      case "sign-proposal":
        return this.answer(3, () => {
          const proposal = this.disk.signer.proposal(effect.proposal, timeOf(this.world.now()));
          return proposal === null ? null : { kind: "signed-proposal", proposal };
        });
      case "sign-vote":
        return this.answer(3, () => {
          const vote = this.disk.signer.vote(effect.vote, timeOf(this.world.now()));
          return vote === null ? null : { kind: "signed-vote", vote };
        });
      case "publish":
        return this.publish(effect.message);
      case "request-value":
        return this.build(effect);
      case "judge-value":
        return this.collect(effect);
      case "schedule-timeout":
        return this.schedule(effect.timeout);
      case "cancel-timeout":
        this.timers.delete(timerKey(effect.timeout));
        return;
      case "decide":
        return this.commit(effect);
      case "close-height":
        return this.close(effect.commit);
      case "report-evidence":
        return this.reportEvidence(effect);
      case "ask-peers":
        return this.gossip();
      case "resubmit":
        this.inbox.unshift(...effect.inputs);
        return;
      default:
        return effect satisfies never;
    }
  }

  private publish(message: OwnMessage): void {
    this.flush();
    if (this.diesHere()) return;
    if (message.kind === "vote") this.observeSigned(voteSlot(message.vote), valueKey(message.vote.blockId));
    else
      this.observeSigned(
        `${this.index} proposal ${message.proposal.height}/${message.proposal.round}`,
        valueKey(message.proposal.blockId),
      );
    const block =
      message.kind === "proposal" ? this.blocks.get(valueKey(message.proposal.blockId)) : undefined;
    for (const peer of this.peers()) {
      for (const sent of this.behaviour?.publish(message, peer, this.view()) ?? [message])
        this.send(peer, sent);
      if (block !== undefined && this.behaviour?.withholdsBlocks !== true)
        this.send(peer, { kind: "block", block });
    }
  }

  private build({ height, round }: RequestValue): void {
    const isValid = this.behaviour?.proposesInvalid !== true;
    const name = `block ${height}/${round} of ${this.id} in life ${this.life}`;
    const { app, evidence } = this.disk;
    const content = { appHash: app.hash, evidence: this.world.defects.dropsEvidence === true ? [] : evidence.pending() };
    const block: SimBlock = { blockId: blockIdOf(name), height, parent: this.tip(), isValid, ...content };
    this.answer(20, () => {
      this.blocks.set(valueKey(block.blockId), block);
      this.disk.log.push({ kind: "block", block });
      return { kind: "value-built", height, round, blockId: block.blockId };
    });
  }

  private collect(request: JudgeValue): void {
    const key = valueKey(request.blockId);
    this.wanted.set(key, request);
    const block = this.blocks.get(key);
    if (block === undefined) this.broadcast({ kind: "want", key });
    else this.judge(request, block);
  }

  private judge(request: JudgeValue, block: SimBlock): void {
    this.wanted.delete(valueKey(request.blockId));
    const { app, evidence } = this.disk;
    const isNext = block.height === request.height && block.parent === this.tip();
    const isValid = block.isValid && isNext && block.appHash === app.hash && evidence.isFit(block);
    this.answer(10, () => {
      this.disk.log.push({ kind: "block", block });
      return { kind: "value-judged", height: request.height, blockId: request.blockId, isValid };
    });
  }

  private schedule(timeout: Timeout): void {
    const key = timerKey(timeout);
    const token = ++this.timerCount;
    this.timers.set(key, token);
    const duration = (BASE_MS[timeout.kind] + GROWTH_MS * timeout.round) * this.clockPercent;
    this.afterMine(Math.floor(duration / 100), () => {
      if (this.timers.get(key) !== token) return;
      this.timers.delete(key);
      this.enqueue({ kind: "timeout-elapsed", timeout });
    });
  }

  private commit(effect: Decide): void {
    this.flush();
    if (this.diesHere() || effect.height !== this.nextHeight()) return;
    const block = this.blocks.get(valueKey(effect.blockId));
    if (block === undefined)
      return this.world.observe({
        kind: "violation",
        node: this.id,
        what: "decided a block that is not held",
      });
    const decided = { block, commit: effect.commit };
    if (!isCommitGood(this.world.validatorsAt(effect.height), effect.commit))
      this.world.observe({ kind: "violation", node: this.id, what: "commit without a quorum" });
    this.disk.chain.push(decided);
    this.world.observe({ kind: "committed", node: this.id, decided });
    if (this.diesHere()) return;
    this.execute(block);
  }

  private close(commit: ExtendedCommit): void {
    const last = this.disk.chain.pop();
    if (last === undefined) return;
    this.disk.chain.push({ ...last, commit });
    if (!isCommitGood(this.world.validatorsAt(commit.height), commit))
      this.world.observe({ kind: "violation", node: this.id, what: "last commit without a quorum" });
    this.startNext();
  }

  private startNext(): void {
    const validators = this.world.validatorsAt(this.nextHeight());
    const { address } = validators.validators[this.index] ?? { address: null };
    const start: CoreInput = {
      kind: "start-height",
      height: this.nextHeight(),
      validators,
      self: address,
    };
    this.disk.log = [];
    this.disk.flushed = 0;
    this.wanted = new Map();
    this.timers = new Map();
    this.inbox.unshift(start);
    this.enqueue();
  }

  private reportEvidence({ equivocation }: Extract<Effect, { kind: "report-evidence" }>): void {
    const against =
      equivocation.kind === "duplicate-vote"
        ? voteSlot(equivocation.first)
        : `proposal of ${equivocation.first.height}/${equivocation.first.round}`;
    if (equivocation.kind === "duplicate-vote") this.disk.evidence.add(evidenceOf(equivocation.first, equivocation.second));
    this.world.observe({ kind: "evidence", node: this.id, against });
  }

  private observeSigned(slot: string, key: string): void {
    if (this.behaviour === null) this.world.observe({ kind: "signed", node: this.id, slot, key });
  }

  private view(): {
    readonly random: World["random"];
    readonly values: readonly SimBlock[];
    readonly index: number;
  } {
    const height = heightOfCore(this.core);
    return {
      random: this.world.random,
      index: this.index,
      values: [...this.blocks.values()].filter((b) => b.height === height),
    };
  }

  private flush(): void {
    if (this.world.defects.skipsFlush === true) return;
    this.disk.flushed = this.disk.log.length;
  }

  private nextHeight(): Height {
    return toHeight(BigInt(this.disk.chain.length + 1));
  }

  private tip(): ValueKey {
    const last = this.disk.chain.at(-1);
    return last === undefined ? "" : valueKey(last.block.blockId);
  }

  /** Runs later, unless this process has died by then. */
  private afterMine(delayMs: number, run: () => void): void {
    const { life } = this;
    this.world.after(delayMs, () => {
      if (this.life === life) run();
    });
  }

  private answer(withinMs: number, make: () => CoreInput | null): void {
    this.afterMine(1 + this.world.random.below(withinMs), () => {
      const input = make();
      if (input !== null) this.enqueue(input);
    });
  }

  private diesHere(): boolean {
    if (!this.world.isCrashDue(this.id)) return false;
    this.crash();
    return true;
  }

  private peers(): readonly number[] {
    return this.world.nodes.filter((id) => id !== this.id);
  }

  private broadcast(message: SimMessage): void {
    for (const peer of this.peers()) this.send(peer, message);
  }

  private send(to: number, message: SimMessage): void {
    if (this.behaviour?.isSilent === true || (message.kind === "block" && this.behaviour?.withholdsBlocks === true)) return;
    this.world.send(this.id, to, message);
  }
}

function timerKey(t: Timeout): string {
  return `${t.kind} ${t.height}/${t.round}`;
}
