import { expect } from "chai";
import { formatAddress, parseAddress } from "../../chain/codec/index.js";
import { Reject, toHex } from "../../chain/primitives/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import { ALICE, BOB, HASH, STRANGER, answerOf, bech, beginBlock, endBlock, findingOf, foundWork, request, withAdapter } from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { COMMUNITY, unanimous } from "../../chain/testkit/ledger.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import {
  MsgClaimRewards,
  MsgClaimRewardsResponse,
  MsgDisputeAttribution,
  MsgDisputeAttributionResponse,
  RecordStatus,
} from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionRecord } from "../../proto/gen/openledger/attribution/v1.js";
import { ATTRIBUTION_KIND, AUDIT_KIND } from "./kinds.js";
import { defaultParams } from "./params.js";
import { verifyRecord } from "./rules/verify.js";
import { attributionState } from "./state.js";

/**
 * Answers, disputes, reviews, audits, misses and claims in random order: whatever happens, every uopen is accounted for
 * after every block, and in the end everyone has been paid what final records say, once.
 */

type Draw = (below: number) => number;

/** xorshift32: the same numbers for a seed on every machine. */
function seeded(seed: number): Draw {
  let x = seed * 2_654_435 + 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

interface World {
  readonly e: Economy;
  readonly draw: Draw;
  /** Indices of tasks that are not decided yet. */
  readonly open: number[];
  /** How often each thing happened. */
  readonly counts: Map<string, number>;
}

const state = (e: Economy) => attributionState.open(e.ctx.store("attribution"));
const records = (e: Economy): AttributionRecord[] => [...state(e).records.values()];
const isFinal = (r: AttributionRecord): boolean => r.status === RecordStatus.RECORD_STATUS_FINAL;
const count = ({ counts }: World, what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);

/** A few outcomes only, so that reviews agree with records, and with dissenters, often enough. */
const OUTCOMES: readonly (readonly [bigint, bigint])[] = [[300n, 100n], [100n, 300n], [-50n, 70n], [0n, 0n]];

/** Kinds of tasks that the path of an answer has; what others open is theirs to decide. */
const OURS: readonly string[] = ["inference", ATTRIBUTION_KIND, AUDIT_KIND];

function watchTasks(world: World, run: () => void): void {
  const before = world.e.desk.tasks.length;
  run();
  for (let i = before; i < world.e.desk.tasks.length; i++) if (OURS.includes(world.e.desk.tasks[i]!.kind)) world.open.push(i);
}

/** One task is decided, one way or another. */
function decide(world: World): void {
  const { e, draw, open } = world;
  if (open.length === 0) return;
  const [index = 0] = open.splice(draw(open.length), 1);
  const task = e.desk.tasks[index]!;
  if (draw(8) === 0) {
    count(world, `${task.kind} failed`);
    return watchTasks(world, () => e.desk.fail(e.ctx, task));
  }
  watchTasks(world, () => {
    if (task.kind === AUDIT_KIND) return e.desk.resolve(e.ctx, task, foundWork(draw(6) === 0 ? new Uint8Array(32) : HASH));
    if (task.kind !== ATTRIBUTION_KIND) return e.desk.resolve(e.ctx, task, answerOf());
    const value = findingOf(task.payload, OUTCOMES[draw(OUTCOMES.length)]!);
    const attesters = unanimous(value).attesters.map((a) => {
      const other = findingOf(task.payload, OUTCOMES[draw(OUTCOMES.length)]!);
      const silent = { revealed: false, agreed: false, value: undefined };
      return [a, a, a, { ...a, agreed: false, value: other }, { ...a, ...silent }, { ...a, ...silent, committed: false }][draw(6)]!;
    });
    e.desk.resolve(e.ctx, { ...task, attempt: 1 + draw(2) }, value, { attesters, median: draw(5) === 0 });
  });
  count(world, task.kind);
}

/** A message, if the module lets it in. */
function attempt(world: World, what: string, run: () => void): void {
  try {
    watchTasks(world, run);
    count(world, what);
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
    count(world, `${what} refused`);
  }
}

function act(world: World): void {
  const { e, draw } = world;
  const what = draw(6);
  if (what === 0) return attempt(world, "request", () => request(e));
  if (what === 1) {
    const message = { challenger: bech(draw(2) === 0 ? STRANGER : BOB), inferenceId: BigInt(draw(records(e).length + 2)) };
    return attempt(world, "dispute", () => deliver(e.ctx, e.modules, { codec: MsgDisputeAttribution, message, response: MsgDisputeAttributionResponse }));
  }
  if (what === 2) return claim(world, bech(draw(2) === 0 ? ALICE : BOB));
  decide(world);
}

function claim(world: World, account: string): void {
  const { e } = world;
  attempt(world, "claim", () => deliver(e.ctx, e.modules, { codec: MsgClaimRewards, message: { account }, response: MsgClaimRewardsResponse }));
}

function block(world: World, actions: number): void {
  const { e, draw } = world;
  beginBlock(e, e.ctx.block.height + 1n + BigInt(draw(6)));
  e.ctx.block = { ...e.ctx.block, hash: sha256(Uint8Array.of(draw(256), draw(256))) };
  for (let i = 0; i < actions; i++) act(world);
  watchTasks(world, () => endBlock(e));
}

function run(seed: number, blocks: number): World {
  const e = withAdapter();
  state(e).params.set({ ...defaultParams, auditPpm: 300_000, disputeWindow: 40, disputeBond: "100000" });
  const world = { e, draw: seeded(seed), open: [], counts: new Map<string, number>() };
  const supply = e.ledger.supply(e.ctx);
  const own = e.modules.filter((m) => m.name === "attribution");
  for (let i = 0; i < blocks; i++) {
    block(world, 6);
    expect(brokenInvariant(e.ctx, own), `seed ${seed}, block ${i}`).to.equal(undefined);
    expect(e.ledger.supply(e.ctx), `seed ${seed}, block ${i}`).to.equal(supply);
  }
  expect(brokenInvariant(e.ctx, e.modules), `seed ${seed}`).to.equal(undefined);
  return world;
}

/** Decides what is left and lets every window pass. */
function finish(world: World): void {
  const { e, open } = world;
  for (let i = 0; i < 400 && (open.length > 0 || !records(e).every(isFinal)); i++) {
    while (open.length > 0) decide(world);
    block(world, 0);
  }
  expect(records(e).every(isFinal)).to.equal(true);
}

const SEEDS = [1, 2, 3, 4];

describe("attribution under anything that can happen", function () {
  this.timeout(120_000);

  it("keeps every invariant and the supply, and reaches every kind of end", () => {
    const seen = new Map<string, number>();
    for (const seed of SEEDS) {
      const { e, counts } = run(seed, 60);
      for (const [what, n] of counts) seen.set(what, (seen.get(what) ?? 0) + n);
      for (const { status } of state(e).disputes.values()) seen.set(`dispute ${status}`, 1);
    }
    const wanted = ["request", "claim", "claim refused", "dispute", "dispute refused", "attribution", "attribution failed", "work-audit", "work-audit failed"];
    expect([...wanted, "dispute 2", "dispute 3", "dispute 4"].filter((what) => !seen.has(what))).to.deep.equal([]);
  });

  it("pays in the end what final records say, to the last uopen, once", () => {
    for (const seed of SEEDS) {
      const world = run(seed, 40);
      finish(world);
      const { e } = world;
      const owed = new Map<string, bigint>();
      for (const r of records(e)) {
        expect(verifyRecord(r, bech(COMMUNITY))).to.deep.equal([]);
        for (const p of r.payouts) owed.set(p.account, (owed.get(p.account) ?? 0n) + BigInt(p.amount));
      }
      const fees = records(e).reduce((sum, r) => sum + BigInt(r.fee), 0n);
      expect([...owed.values()].reduce((sum, a) => sum + a, 0n)).to.equal(fees);
      const left = [...state(e).accrued.entries()].map(([account, amount]) => [formatAddress(account), amount] as const);
      for (const [account, amount] of left) {
        const before = e.ledger.balance(e.ctx, parseAddress(account));
        claim(world, account);
        expect(e.ledger.balance(e.ctx, parseAddress(account)) - before).to.equal(amount);
        expect(amount <= owed.get(account)!).to.equal(true);
      }
      expect(e.ledger.moduleBalance(e.ctx, "attribution")).to.equal(0n);
      expect(["held", "works", "draws", "audits", "waiting", "due"].filter((name) => [...state(e)[name as "works"].keys()].length > 0)).to.deep.equal([]);
    }
  });

  it("reaches the same state from the same seed, and another from another", () => {
    const digest = (seed: number): string => {
      const { e } = run(seed, 30);
      return toHex(sha256(new Uint8Array([...e.ctx.store("attribution").iterate()].flatMap(([k, v]) => [...k, ...v]))));
    };
    expect(digest(7)).to.equal(digest(7));
    expect(digest(7)).not.to.equal(digest(8));
  });

  it("can be exported and imported at any moment, and goes on alike", () => {
    for (const seed of SEEDS) {
      const { e } = run(seed, 25);
      const module = e.modules.find((m) => m.name === "attribution")!;
      const exported = module.genesis.export(e.ctx);
      const fresh = createScratchContext();
      module.genesis.init(fresh, exported);
      const entries = (ctx: typeof fresh) => [...ctx.store("attribution").iterate()].map(([k, v]) => `${toHex(k)}=${toHex(v)}`);
      expect(entries(fresh), "every derived index is rebuilt").to.deep.equal(entries(e.ctx));
    }
  });
});
