import { expect } from "chai";
import { sha256 } from "../chain/crypto/index.js";
import { Reject, concatBytes, toHex } from "../chain/primitives/index.js";
import { createMultiBranch } from "../chain/store/index.js";
import { brokenInvariant } from "../chain/testkit/deliver.js";
import {
  HASH,
  foundWork,
  MATCHES,
  MISMATCH,
  account,
  answerOf,
  bech,
  beginBlock,
  createEconomy,
  endBlock,
  findingOf,
  withData,
} from "../chain/testkit/economy.js";
import type { Economy } from "../chain/testkit/economy.js";
import { asTx } from "../chain/testkit/ledger.js";
import { TRUE, UNAVAILABLE, disputeOf, move, replayed, stateOf } from "../chain/testkit/training.js";
import type { TaskView } from "../chain/attest/index.js";
import { DisputeStatus, MsgChooseHalf, MsgOpenStep, MsgProvideState, ReplayTask } from "../proto/gen/openledger/modelfactory/v1.js";
import { defaultParams } from "./attribution/index.js";
import { factories as attribution } from "./attribution/simulate.js";
import { attributionState } from "./attribution/state.js";
import { factories as datanet } from "./datanet/simulate.js";
import { factories as modelfactory, simulatedRecord } from "./modelfactory/simulate.js";
import { factories as openlora } from "./openlora/simulate.js";

const STORES = ["datanet", "modelfactory", "openlora", "attribution", "ledger"];
const FACTORIES = [datanet, modelfactory, modelfactory, modelfactory, openlora, attribution];
const PEOPLE = [1, 2, 3].map((n) => bech(account(n)));

/** xorshift32: the same numbers for a seed on every machine. */
function seeded(seed: number): (below: number) => number {
  let x = seed * 2_654_435 + 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

/** Runs on a branch that a Reject drops, as the kernel does. */
function attempt(e: Economy, run: (inner: Economy) => void): boolean {
  const branch = createMultiBranch(e.ctx);
  try {
    run({ ...e, ctx: { ...e.ctx, store: (name) => branch.store(name), emit: (event) => e.ctx.emit(event) } });
  } catch (error) {
    if (error instanceof Reject) return false;
    throw error;
  }
  branch.flush();
  return true;
}

/** What the validators find: mostly what the trainers of the factories publish, sometimes something else or nothing. */
function found(task: TaskView, draw: (below: number) => number): Uint8Array {
  const { stateCid } = ReplayTask.decode(task.payload);
  if (stateCid !== "" && draw(20) === 0) return UNAVAILABLE;
  return replayed(task, draw(10) === 0 ? TRUE : simulatedRecord);
}

/** Sides of a dispute who know what to do, now and then. */
function playOn(e: Economy, draw: (below: number) => number): string[] {
  const turns = [...stateOf(e).moves.keys()].filter(() => draw(3) === 0).map(([, id]) => id);
  return turns.map((id) => {
    const { status, middle } = disputeOf(e, id);
    move(e, id, { trainer: simulatedRecord, challenger: draw(2) === 0 ? TRUE : simulatedRecord });
    if (status === DisputeStatus.DISPUTE_STATUS_TRAINER_TURN) return MsgOpenStep.typeName;
    return middle === undefined ? MsgProvideState.typeName : MsgChooseHalf.typeName;
  });
}

function finishTask(e: Economy, draw: (below: number) => number, index: number): void {
  const task = e.desk.tasks[index]!;
  if (draw(6) === 0) return e.desk.fail(e.ctx, task);
  if (task.kind === "quality") return e.desk.resolve(e.ctx, task, draw(5) === 0 ? MISMATCH : MATCHES);
  if (task.kind === "inference") return e.desk.resolve(e.ctx, task, answerOf());
  if (task.kind === "work-audit") return e.desk.resolve(e.ctx, task, foundWork(draw(3) === 0 ? new Uint8Array(32) : HASH));
  if (task.kind === "replay") return e.desk.resolve(e.ctx, task, found(task, draw));
  const scores = [1, 2, 3].map(() => BigInt(draw(2_000) - 500));
  e.desk.resolve(e.ctx, task, findingOf(task.payload, scores));
}

interface Run {
  readonly state: string;
  readonly counts: ReadonlyMap<string, number>;
}

function simulate(seed: number, blocks: number): Run {
  // Half of the runs start with data, so that the end of the story is reached as well.
  const e = seed % 2 === 0 ? withData() : createEconomy();
  attributionState.open(e.ctx.store("attribution")).params.set({ ...defaultParams, disputeWindow: 12 });
  const training = stateOf(e).params;
  training.set({ ...training.getOrFail(), disputeWindow: 12, disputeMovePeriod: 15, replaySamplePpm: 200_000 });
  const draw = seeded(seed);
  const counts = new Map<string, number>();
  const supply = e.ledger.supply(e.ctx);
  const open: number[] = [];
  for (let height = 2; height < blocks + 2; height++) {
    beginBlock(e, BigInt(height));
    for (let i = 0; i < 8; i++) {
      const list = FACTORIES[draw(FACTORIES.length)]!;
      const { typeUrl, value } = list[draw(list.length)]!(draw, PEOPLE);
      const route = e.modules.flatMap((m) => m.messages).find((r) => r.typeUrl === typeUrl)!;
      const parsed = route.parse(value);
      const before = e.desk.tasks.length;
      const ok = attempt(e, (inner) => parsed.handle(asTx(inner.ctx, parsed.signers)));
      if (ok) counts.set(typeUrl, (counts.get(typeUrl) ?? 0) + 1);
      else e.desk.tasks.length = before;
      for (let t = before; t < e.desk.tasks.length; t++) open.push(t);
    }
    const known = e.desk.tasks.length;
    for (const name of playOn(e, draw)) counts.set(`/${name}`, (counts.get(`/${name}`) ?? 0) + 1);
    for (let t = known; t < e.desk.tasks.length; t++) open.push(t);
    while (open.length > 0 && draw(3) > 0) {
      const before = e.desk.tasks.length;
      finishTask(e, draw, open.splice(draw(open.length), 1)[0]!);
      for (let t = before; t < e.desk.tasks.length; t++) open.push(t);
    }
    endBlock(e);
    expect(brokenInvariant(e.ctx, e.modules), `seed ${seed}, height ${height}`).to.equal(undefined);
    expect(e.ledger.supply(e.ctx), `seed ${seed}, height ${height}`).to.equal(supply);
  }
  const entries = STORES.flatMap((name) => [...e.ctx.store(name).iterate()].flat());
  return { state: toHex(sha256(concatBytes(...entries))), counts };
}

describe("the data economy under random messages", () => {
  it("keeps every invariant and the supply, and reaches every kind of message", () => {
    const reached = new Set<string>();
    for (let seed = 1; seed <= 8; seed++) for (const typeUrl of simulate(seed, 150).counts.keys()) reached.add(typeUrl);
    // Parameters are governance's, which has no part in this simulation.
    const all = createEconomy()
      .modules.flatMap((m) => m.messages.map((r) => r.typeUrl))
      .filter((typeUrl) => !typeUrl.endsWith(".MsgUpdateParams"));
    expect(all.filter((typeUrl) => !reached.has(typeUrl))).to.deep.equal([]);
  });
  it("reaches the same state from the same seed", () => {
    expect(simulate(42, 60).state).to.equal(simulate(42, 60).state);
    expect(simulate(42, 60).state).not.to.equal(simulate(43, 60).state);
  });
});
