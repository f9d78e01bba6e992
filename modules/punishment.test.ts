import { readFileSync } from "node:fs";
import { expect } from "chai";
import type { BlockIdFlag } from "../chain/block/index.js";
import type { Event, Misbehavior } from "../chain/abci/index.js";
import { DEFAULT_CONSENSUS_PARAMS } from "../chain/block/index.js";
import { anyFromJson, createTypeRegistry, formatConsensusAddress, parseRfc3339 } from "../chain/codec/index.js";
import { sha256 } from "../chain/crypto/index.js";
import { initConsensusState } from "../chain/kernel/consensus-state.js";
import { createMessageRunner } from "../chain/kernel/index.js";
import { createRouter } from "../chain/kernel/router.js";
import { Reject, formatDec, parseDec, parseHex, toHeight, toHex, toTimeNs, toUopen, toVotingPower, utf8 } from "../chain/primitives/index.js";
import { brokenInvariant } from "../chain/testkit/deliver.js";
import { createScratchContext } from "../chain/testkit/scratch-context.js";
import { createStakes } from "../chain/testkit/stakes.js";
import { Equivocation, MsgSubmitEvidence } from "../proto/gen/cosmos/evidence/v1beta1.js";
import { MsgUnjail, MsgUpdateParams } from "../proto/gen/cosmos/slashing/v1beta1.js";
import { createEvidenceModule } from "./evidence/index.js";
import { createSlashingModule } from "./slashing/index.js";

/**
 * The story that the SDK's own keepers of slashing and evidence told (scripts/vectors/slashing), told again: the same votes, proofs and
 * messages, block by block, must bring the same punishments, refusals in the same words, events and state.
 */

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Told = readonly [type: string, attributes: readonly (readonly [string, string])[]];

interface Step {
  readonly do: "unjail" | "update" | "submit" | "minimum" | "shares" | "undelegate" | "status" | "bonded";
  readonly who: number;
  readonly value?: string;
  readonly message?: { readonly [key: string]: Json };
  readonly code?: string;
  readonly text?: string;
}

interface Block {
  readonly height: number;
  readonly time: string;
  readonly votes: string;
  readonly powers: readonly number[];
  readonly caught: readonly { readonly kind: Misbehavior["kind"]; readonly address: string; readonly power: number; readonly height: number; readonly time: string }[];
  readonly events: readonly { readonly type: string; readonly attributes: readonly (readonly [string, string])[] }[];
  readonly punished: readonly { readonly who: string; readonly height: number; readonly power: number; readonly fraction: string }[];
  readonly steps: readonly Step[];
  readonly state: string;
  readonly full?: Json;
  readonly evidence: string;
}

interface Story {
  readonly powers: readonly number[];
  readonly genesis: { readonly [key: string]: Json };
  readonly blocks: readonly Block[];
}

const story = JSON.parse(readFileSync(new URL("./slashing/vectors/story.json", import.meta.url), "utf8")) as Story;
const registry = createTypeRegistry([Equivocation]);
const MESSAGES = [MsgUnjail, MsgUpdateParams, MsgSubmitEvidence];
const FLAGS: Readonly<Record<string, BlockIdFlag>> = { c: "commit", a: "absent", n: "nil" };
const STATUS: Readonly<Record<string, "unbonded" | "unbonding">> = { BOND_STATUS_UNBONDED: "unbonded", BOND_STATUS_UNBONDING: "unbonding" };

/** JSON with sorted names, as Go writes a map. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sorted(v)]));
}

const digest = (value: Json): string => toHex(sha256(utf8(JSON.stringify(sorted(value)))));
const told = (events: readonly Event[]): Told[] => events.map(({ type, attributes }) => [type, attributes.map((a) => [a.key, a.value] as const)]);

function world() {
  const stakes = createStakes(story.powers.map(BigInt));
  const slashing = createSlashingModule(stakes.port);
  const evidence = createEvidenceModule(stakes.port, slashing.service);
  const modules = [slashing, evidence];
  const runner = createMessageRunner(() => createRouter(modules));
  const ctx = createScratchContext();
  const age = { maxAgeNumBlocks: 20n, maxAgeDurationNs: 200_000_000_000n, maxBytes: 10_000n };
  initConsensusState(ctx, { chainId: "golden-1", params: { ...DEFAULT_CONSENSUS_PARAMS, evidence: age }, time: toTimeNs(0n, 0), height: toHeight(0n) });
  ctx.block = { ...ctx.block, height: toHeight(0n) };
  slashing.genesis.init(ctx, story.genesis);
  return { stakes, slashing, evidence, modules, runner, ctx };
}

type World = ReturnType<typeof world>;

function begin({ ctx, stakes, modules }: World, block: Block): void {
  ctx.block = { ...ctx.block, height: toHeight(BigInt(block.height)), time: parseRfc3339(block.time) };
  ctx.events.length = 0;
  stakes.slashes.length = 0;
  const votes = Array.from(block.votes).flatMap((letter, i) => {
    const flag = FLAGS[letter];
    const validator = { address: stakes.at(i).consensusAddress, power: toVotingPower(BigInt(block.powers[i] ?? 0)) };
    return flag === undefined ? [] : [{ validator, flag }];
  });
  ctx.lastCommit = { round: 0, votes };
  ctx.misbehavior = block.caught.map(({ kind, address, power, height, time }) => ({
    kind,
    validator: { address: parseHex(address), power: toVotingPower(BigInt(power)) },
    height: toHeight(BigInt(height)),
    time: parseRfc3339(time),
    totalVotingPower: toVotingPower(600n),
  }));
  for (const module of modules) module.beginBlock?.(ctx);
}

/** "codespace/code" and text of a refusal; nothing when it passes. */
function send({ ctx, runner }: World, message: { readonly [key: string]: Json }): readonly [string?, string?] {
  const { "@type": typeUrl, ...fields } = message;
  const codec = MESSAGES.find((m) => `/${m.typeName}` === typeUrl)!;
  const value = codec.encode(anyFromJson(codec, fields, { registry }) as never);
  try {
    runner.run(ctx, runner.parse({ typeUrl: `/${codec.typeName}`, value }));
    return [];
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
    return [`${error.codespace}/${error.code}`, error.message];
  }
}

function take(w: World, { do: what, who, value = "", message = {}, code, text }: Step, where: string): void {
  const { stakes, slashing, ctx } = w;
  switch (what) {
    case "minimum":
      return stakes.change(who, { minSelfDelegation: BigInt(value) });
    case "shares":
      return void stakes.shares.set(who, parseDec(value));
    case "undelegate":
      return void stakes.shares.delete(who);
    case "status":
      return stakes.change(who, { status: STATUS[value] ?? "bonded" });
    case "bonded":
      stakes.change(who, { status: "bonded" });
      return slashing.hooks.afterValidatorBonded(ctx, stakes.at(who).consensusAddress, stakes.at(who).operator);
    default:
      expect(send(w, message), where).to.deep.equal(code === undefined ? [] : [code, text]);
  }
}

function stateOf({ slashing, ctx }: World): Json {
  const { sentences, ...state } = slashing.genesis.export(ctx) as { readonly [key: string]: Json };
  expect(sentences).to.deep.equal([]);
  return state;
}

describe("the story of the SDK's keepers of slashing and evidence", () => {
  it("is told again block by block: punishments, refusals, words, events and state", () => {
    const w = world();
    for (const block of story.blocks) {
      const where = `height ${block.height}`;
      begin(w, block);
      expect(told(w.ctx.events), where).to.deep.equal(block.events.map((e) => [e.type, e.attributes]));
      const slashes = w.stakes.slashes.map((s) => {
        const { consensusAddress, infractionHeight, power, fraction } = s;
        return { who: formatConsensusAddress(consensusAddress), height: Number(infractionHeight), power: Number(power), fraction: formatDec(fraction) };
      });
      expect(slashes, where).to.deep.equal(block.punished);
      block.steps.forEach((step, i) => take(w, step, `${where}, step ${i}: ${step.do}`));
      const state = stateOf(w);
      if (block.full !== undefined) expect(sorted(state), where).to.deep.equal(sorted(block.full));
      expect(digest(state), `state at ${where}`).to.equal(block.state);
      expect(digest(w.evidence.genesis.export(w.ctx) as Json), `evidence at ${where}`).to.equal(block.evidence);
      expect(brokenInvariant(w.ctx, w.modules), where).to.equal(undefined);
    }
    expect(w.stakes.at(0).tokens).not.to.equal(toUopen(100_000_000n));
  });

  it("has punishments of both kinds, the way back and every refusal of it", () => {
    const reasons = new Set(story.blocks.flatMap((b) => b.events.flatMap((e) => e.attributes.filter(([key]) => key === "reason").map(([, v]) => v))));
    expect([...reasons].toSorted()).to.deep.equal(["double_sign", "missing_signature"]);
    const outcomes = new Set(story.blocks.flatMap((b) => b.steps.map((s) => `${s.do} ${s.code ?? ""}`)));
    const wanted = ["", "slashing/2", "slashing/4", "slashing/5", "slashing/6", "slashing/7"].map((code) => `unjail ${code}`);
    expect([...outcomes]).to.include.members([...wanted, "update ", "update gov/13", "submit evidence/2", "submit evidence/3", "bonded "]);
  });
});
