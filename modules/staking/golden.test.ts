import { readFileSync } from "node:fs";
import { expect } from "chai";
import type { Event } from "../../chain/abci/index.js";
import {
  anyFromJson,
  anyToJson,
  createTypeRegistry,
  parseAddress,
  parseOperatorAddress,
  parseRfc3339,
} from "../../chain/codec/index.js";
import type { ServiceTable } from "../../chain/codec/index.js";
import { moduleAddress, sha256 } from "../../chain/crypto/index.js";
import { SdkError } from "../../chain/kernel/index.js";
import type { MessageRoute } from "../../chain/kernel/index.js";
import {
  Reject,
  formatDec,
  parseDec,
  toHeight,
  toHex,
  toUopen,
  toVotingPower,
  utf8,
} from "../../chain/primitives/index.js";
import { createMultiBranch } from "../../chain/store/index.js";
import { asTx, createLedger } from "../../chain/testkit/ledger.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import type { ScratchContext } from "../../chain/testkit/scratch-context.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { MsgService } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { createStakingModule } from "./module.js";
import { historyAt } from "./history.js";
import type { StakingHooks } from "./hooks.js";
import type { StakingPorts } from "./ports.js";
import { createStakingService } from "./service.js";

/**
 * The story that the SDK's own keeper told (scripts/vectors/staking), told again: the same messages and punishments, block by
 * block, must be refused with the same codes and words, call the same hooks in the same order, and leave the same events, updates, coins
 * and state to the last place.
 */

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Told = { readonly type: string; readonly attributes: readonly (readonly [string, string])[] };

interface Step {
  readonly do: string;
  readonly message?: { readonly [key: string]: Json };
  readonly who?: string;
  readonly height?: number;
  readonly power?: number;
  readonly factor?: string;
  readonly code?: string;
  readonly text?: string;
  readonly reply?: Json;
  readonly taken?: string;
  readonly events?: readonly Told[];
  readonly hooks?: readonly string[];
}

interface Block {
  readonly height: number;
  readonly time: string;
  readonly steps: readonly Step[] | null;
  readonly updates: readonly (readonly [string, string])[];
  readonly events: readonly Told[];
  readonly state: string;
  readonly full?: Json;
  readonly held: Readonly<Record<string, string>>;
  readonly hooks?: readonly string[];
}

interface Story {
  readonly genesis: Json;
  readonly people: readonly string[];
  readonly endowed: string;
  readonly blocks: readonly Block[];
  readonly history: readonly string[];
}

const story = JSON.parse(readFileSync(new URL("./vectors/story.json", import.meta.url), "utf8")) as Story;
const registry = createTypeRegistry([PubKey]);
const service: ServiceTable = MsgService;
const codecs = new Map(
  service.methods
    .flatMap(({ request, response }) => [request, response])
    .map((codec) => [`/${codec.typeName}`, codec]),
);

/** JSON with sorted names, as Go writes a map. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
}

const digest = (value: Json): string => toHex(sha256(utf8(JSON.stringify(sorted(value)))));
const told = (events: readonly Event[]): Told[] =>
  events.map(({ type, attributes }) => ({
    type,
    attributes: attributes.map((a) => [a.key, a.value] as const),
  }));

/** Of a pair whose stake left several times at one moment the original tells once for each, though all is paid at the first. */
const completions = (events: readonly Told[]): string[] =>
  events
    .filter((e) => e.attributes.some(([key, value]) => key === "amount" && value !== ""))
    .map((e) => JSON.stringify(e))
    .toSorted((a, b) => (a < b ? -1 : 1));

/** Notes every hook with its addresses, as the generator's listener does. */
function createListener(heard: string[]): StakingHooks {
  const note =
    (name: keyof StakingHooks) =>
    (_: unknown, ...addresses: readonly Uint8Array[]): void =>
      void heard.push([name, ...addresses.map(toHex)].join(" "));
  return {
    afterValidatorCreated: note("afterValidatorCreated"),
    beforeValidatorModified: note("beforeValidatorModified"),
    afterValidatorRemoved: note("afterValidatorRemoved"),
    afterValidatorBonded: note("afterValidatorBonded"),
    afterValidatorBeginUnbonding: note("afterValidatorBeginUnbonding"),
    beforeDelegationCreated: note("beforeDelegationCreated"),
    beforeDelegationSharesModified: note("beforeDelegationSharesModified"),
    beforeDelegationRemoved: note("beforeDelegationRemoved"),
    afterDelegationModified: note("afterDelegationModified"),
    beforeValidatorSlashed: (_, who, fraction) =>
      void heard.push(`beforeValidatorSlashed ${toHex(who)} ${formatDec(fraction)}`),
  };
}

function world() {
  const heard: string[] = [];
  const listener = createListener(heard);
  const ledger = createLedger();
  const ctx = createScratchContext("golden-1");
  const ports: StakingPorts = {
    token: {
      ...ledger,
      delegate(to, from, module, amount) {
        if (ledger.balance(to, from) < amount) throw SdkError.InsufficientFunds();
        ledger.delegate(to, from, module, amount);
      },
    },
    communityPool: { fund: (to, from, amount) => ledger.moduleToModule(to, from, "community", amount) },
    hooks: () => [listener],
  };
  const module = createStakingModule(ports);
  for (const text of story.people) ledger.mint(ctx, parseAddress(text), toUopen(BigInt(story.endowed)));
  module.genesis.init(ctx, story.genesis);
  return { ledger, ctx, module, service: createStakingService(ports), heard };
}

type World = ReturnType<typeof world>;

/** The context on stores whose writes can be dropped. */
function branched(ctx: ScratchContext) {
  const branch = createMultiBranch(ctx);
  const events: Event[] = [];
  const inner: ScratchContext = {
    ...ctx,
    block: ctx.block,
    events,
    store: (name) => branch.store(name),
    emit: (e) => void events.push(e),
  };
  return { inner, events, branch };
}

function deliver({ ctx, module }: World, step: Step): Partial<Step> {
  const route = module.messages.find((m: MessageRoute) => m.typeUrl === step.do)!;
  const fields = Object.entries(step.message!).filter(([name, value]) => name !== "@type" && value !== null);
  const codec = codecs.get(step.do)!;
  const bytes = codec.encode(anyFromJson(codec, Object.fromEntries(fields), { registry }) as never);
  const { inner, events, branch } = branched(ctx);
  try {
    const parsed = route.parse(bytes);
    const reply = parsed.handle(asTx(inner, parsed.signers));
    branch.flush();
    const response = codecs.get(route.responseTypeUrl)!;
    return { reply: anyToJson(response, response.decode(reply), registry), events: told(events) };
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
    return { code: `${error.codespace}/${error.code}`, text: error.message };
  }
}

function punish({ ctx, service }: World, { do: kind, who, height, power, factor }: Step): Partial<Step> {
  const { consensusAddress } = service.byOperator(ctx, parseOperatorAddress(who!))!;
  if (kind === "jail") service.jail(ctx, consensusAddress);
  if (kind === "unjail") service.unjail(ctx, consensusAddress);
  if (kind !== "slash") return {};
  const infraction = {
    consensusAddress,
    infractionHeight: toHeight(BigInt(height!)),
    power: toVotingPower(BigInt(power!)),
    fraction: parseDec(factor!),
  };
  return { taken: service.slash(ctx, infraction).toString() };
}

function outcome({ code, text, reply, taken, events = [] }: Step): Partial<Step> {
  if (code !== undefined) return { code, text: text! };
  if (taken !== undefined) return { taken };
  return reply === undefined ? {} : { reply, events };
}

function playBlock(at: World, block: Block): void {
  const { ctx, module, ledger } = at;
  ctx.block = { ...ctx.block, height: toHeight(BigInt(block.height)), time: parseRfc3339(block.time) };
  module.beginBlock?.(ctx);
  for (const [i, step] of (block.steps ?? []).entries()) {
    const title = `block ${block.height}, step ${i}: ${JSON.stringify(step)}`;
    const done = step.do.startsWith("/") ? deliver(at, step) : punish(at, step);
    expect(done, title).to.deep.equal(outcome(step));
    const heard = at.heard.splice(0);
    if (step.code === undefined) expect(heard, `hooks of ${title}`).to.deep.equal(step.hooks ?? []);
  }
  ctx.events.length = 0;
  const updates = module.endBlock?.(ctx) ?? [];
  const sortedUpdates = updates
    .map((u) => [toHex(u.publicKey), u.power.toString()])
    .toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  expect(at.heard.splice(0), `hooks at the end of block ${block.height}`).to.deep.equal(block.hooks ?? []);
  expect(sortedUpdates, `updates of block ${block.height}`).to.deep.equal(block.updates);
  expect(completions(told(ctx.events)), `events at the end of block ${block.height}`).to.deep.equal(
    completions(block.events),
  );
  const held = Object.fromEntries(
    Object.keys(block.held).map((name) => [name, ledger.balance(ctx, moduleAddress(name)).toString()]),
  );
  expect(held, `coins after block ${block.height}`).to.deep.equal(block.held);
  const state = module.genesis.export(ctx) as Json;
  if (block.full !== undefined) expect(state).to.deep.equal(block.full);
  expect(digest(state), `state after block ${block.height}`).to.equal(block.state);
  for (const { name, holds } of module.invariants)
    expect(holds(ctx), `block ${block.height}: ${name}`).to.equal(true);
}

describe("the story of the SDK's own keeper", () => {
  it("is told again block by block: outcomes, words, hooks, events, updates, coins, state and history", () => {
    const at = world();
    for (const block of story.blocks) playBlock(at, block);
    story.history.forEach((remembered, i) => {
      const { valset = [] } = historyAt(at.ctx, toHeight(BigInt(i + 1))) ?? {};
      const lines = valset.map((v) => `${v.operatorAddress} ${v.tokens} ${v.description.moniker}\n`).join("");
      expect(toHex(sha256(utf8(lines))), `what is remembered of height ${i + 1}`).to.equal(remembered);
    });
  });

  it("has every message, done and refused, every punishment, and completions of both kinds", () => {
    const steps = story.blocks.flatMap((b) => b.steps ?? []);
    const done = new Set(steps.filter((s) => s.code === undefined).map((s) => s.do.split(".").at(-1)));
    expect([...done]).to.include.members([
      "MsgDelegate",
      "MsgUndelegate",
      "MsgBeginRedelegate",
      "MsgCancelUnbondingDelegation",
      "MsgCreateValidator",
      "MsgEditValidator",
      "slash",
      "jail",
      "unjail",
    ]);
    expect(new Set(steps.map((s) => s.code)).size).to.be.above(15);
    const ends = new Set(story.blocks.flatMap((b) => b.events).map((e) => e.type));
    expect([...ends].toSorted((a, b) => (a < b ? -1 : 1))).to.deep.equal([
      "complete_redelegation",
      "complete_unbonding",
    ]);
  });
});
