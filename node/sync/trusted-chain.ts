/**
 * Headers that lead back to a header that the operator trusts, from several RPC servers at once: each is verified on its own
 * (client/verify/light.ts) and all must agree, so that one that lies alone is found out (cosmos-formats.md §4.11).
 */
import { headerHash, incrementPriority } from "../../chain/block/index.js";
import type { Commit, CommitClaim, Header, ValidatorSet } from "../../chain/block/index.js";
import { equalBytes, toHeight, toHex } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { VerifyFailure, createLightClient } from "../../client/verify/index.js";
import type { LightClient, TrustRoot, VerifyDoor } from "../../client/verify/index.js";
import { EdgeFailure, errorText } from "../errors.js";
import type { Logger } from "../telemetry/log.js";
import { fetchCommit, fetchPriorities, fetchVerifiedCommit, followingSet, samePriorities } from "./rpc-validators.js";

export interface Server {
  /** Its URL, for messages. */
  readonly name: string;
  readonly door: VerifyDoor;
}

export interface TrustedChainOptions {
  /** At least two: somebody must be able to contradict. */
  readonly servers: readonly Server[];
  readonly trust: TrustRoot;
  /** How long a header may be built upon; below the unbonding period. */
  readonly trustingPeriodSeconds: number;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

/** The sets of a height and of the two after it, with their priorities, and the headers that name them. */
export interface TrustedSets {
  readonly header: Header;
  readonly next: Header;
  readonly last: ValidatorSet;
  readonly validators: ValidatorSet;
  readonly nextValidators: ValidatorSet;
}

interface Source extends Server {
  readonly client: LightClient;
}

const MIN_SERVERS = 2;

/** The servers contradict one another, or too few are left: state sync cannot go on, and must not be tried again. */
function untrustworthy(message: string, facts: Record<string, string | bigint>): EdgeFailure {
  return new EdgeFailure("malformed", message, facts);
}

export class TrustedChain {
  /** The height that the operator trusts: nothing below it is verified. */
  readonly base: bigint;
  readonly #log: Logger;
  /** Those that have not been caught lying. */
  #sources: readonly Source[];

  /** @throws EdgeFailure "config" with fewer than two servers. */
  constructor(options: TrustedChainOptions, log: Logger) {
    const { servers, trust, trustingPeriodSeconds, now = Date.now } = options;
    if (new Set(servers.map((s) => s.name)).size < MIN_SERVERS)
      throw new EdgeFailure("config", "statesync.rpc_servers must name at least two servers");
    this.base = trust.height;
    this.#log = log;
    this.#sources = servers.map(({ name, door }) => ({
      name,
      door,
      client: createLightClient({ door, trust, trustingPeriodSeconds, now }),
    }));
  }

  /**
   * The header of a height, verified by every server that answers.
   *
   * @throws EdgeFailure "unreachable" when fewer than two answer, so later perhaps; "malformed" when they contradict one another, or
   * fewer than two are left that do not lie.
   */
  async header(height: bigint): Promise<Header> {
    const found = await this.#ask((source) => source.client.header(height));
    const hashes = new Map(found.map(({ source, value }) => [toHex(headerHash(value)), source.name]));
    const [first] = found;
    if (hashes.size > 1 || first === undefined) {
      const text = "two servers show different headers of one height, both signed: an attack, or a chain that has forked";
      throw untrustworthy(text, { height, servers: [...hashes.values()].join(", ") });
    }
    return first.value;
  }

  /** The commit of a block, verified. @throws EdgeFailure as `header`. */
  async commit(claim: CommitClaim): Promise<Commit> {
    const [first] = await this.#ask(({ door }) => fetchVerifiedCommit(door, claim));
    if (first === undefined) throw new EdgeFailure("unreachable", "nobody has the commit", { height: claim.height });
    return first.value;
  }

  /**
   * Everything about validators that a node which begins after `height` must know. Their priorities decide who proposes and are in no
   * header (ASA-2024-009): a server's count only if each set follows from the one before by the rules of rotation and the
   * proposers of both headers had their turn, and then all the servers must agree.
   *
   * @throws EdgeFailure as `header`.
   */
  async sets(height: Height): Promise<TrustedSets> {
    const header = await this.header(height);
    const next = await this.header(height + 1n);
    const found = await this.#ask(({ door }) => trustedSets(door, header, next));
    const [first] = found;
    const other = found.find(({ value }) => first !== undefined && !samePriorities(value.last, first.value.last));
    if (first === undefined || other !== undefined) {
      const servers = `${first?.source.name ?? ""}, ${other?.source.name ?? ""}`;
      throw untrustworthy("two servers name different proposer priorities", { height, servers });
    }
    return first.value;
  }

  /** Asks all; drops those whose answer is a lie. */
  async #ask<T>(
    question: (source: Source) => Promise<T>,
  ): Promise<readonly { readonly source: Source; readonly value: T }[]> {
    const answers = await Promise.allSettled(this.#sources.map(question));
    const found: { source: Source; value: T }[] = [];
    const reasons: string[] = [];
    for (const [i, source] of [...this.#sources].entries()) {
      const answer = answers[i];
      if (answer?.status === "fulfilled") found.push({ source, value: answer.value });
      else if (answer !== undefined) reasons.push(this.#excuse(source, answer.reason));
    }
    if (this.#sources.length < MIN_SERVERS)
      throw untrustworthy("fewer than two of statesync.rpc_servers can be trusted", { reasons: reasons.join("; ") });
    if (found.length < MIN_SERVERS)
      throw new EdgeFailure("unreachable", "fewer than two of statesync.rpc_servers answer", { reasons: reasons.join("; ") });
    return found;
  }

  #excuse(source: Source, error: unknown): string {
    if (!(error instanceof VerifyFailure)) throw error;
    const reason = `${source.name}: ${errorText(error)}`;
    if (error.code !== "untrusted" && error.code !== "malformed") return reason;
    this.#log.warn("an RPC server is not to be trusted", { server: source.name, reason: error.message });
    this.#sources = this.#sources.filter((s) => s !== source);
    return reason;
  }
}

/** Rounds after which every validator of a large set has had its turn: the work that a late commit can cause is bounded. */
const MAX_ROUNDS = 1_000;

async function trustedSets(door: VerifyDoor, header: Header, next: Header): Promise<TrustedSets> {
  const { height } = next;
  const last = await fetchPriorities(door, header.height, header.validatorsHash);
  const validators = followingSet(last, await fetchPriorities(door, height, next.validatorsHash));
  const after = await fetchPriorities(door, toHeight(height + 1n), next.nextValidatorsHash);
  const nextValidators = followingSet(validators, after);
  const { chainId } = next;
  const { blockId } = await fetchCommit(door, height);
  if (!equalBytes(blockId.hash, headerHash(next))) throw new VerifyFailure("untrusted", `the commit of height ${height} is of another block`);
  const { round } = await fetchVerifiedCommit(door, { chainId, validators, height, blockId });
  let turn = validators;
  for (let r = 0; r < Math.min(round, MAX_ROUNDS) && !equalBytes(turn.proposer.address, next.proposer); r++)
    turn = incrementPriority(turn, 1);
  if (!equalBytes(turn.proposer.address, next.proposer))
    throw new VerifyFailure("untrusted", `by these priorities another validator proposed block ${height}`);
  return { header, next, last, validators, nextValidators };
}
