import { expect } from "chai";
import { formatAddress } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { toAddress, toHeight } from "../../chain/primitives/index.js";
import { bech, beginBlock, createEconomy, endBlock, toHeight as at } from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { COMMUNITY } from "../../chain/testkit/ledger.js";
import { brokenInvariant } from "../../chain/testkit/deliver.js";
import { AttributionOutcome, AttributionRecord, AttributionTask, RecordStatus } from "../../proto/gen/openledger/attribution/v1.js";
import { awaitDraw } from "./audits.js";
import { defaultParams } from "./params.js";
import { withSplit } from "./rules/correct.js";
import { attributionState } from "./state.js";
import { openWindow } from "./window.js";

/** However much falls due at once, a block does so much of it and the next ones the rest. */

const H = new Uint8Array(32).fill(7);
const state = (e: Economy) => attributionState.open(e.ctx.store("attribution"));

function person(n: number): string {
  const bytes = new Uint8Array(20).fill(9);
  new DataView(bytes.buffer).setUint16(0, n);
  return formatAddress(toAddress(bytes));
}

const FEE = 1_000_000_000n;

function record(inferenceId: bigint, contributors: number): AttributionRecord {
  const influence = Array.from({ length: contributors }, (_, i) => ({ contributor: person(i), score: BigInt(1_000 + i) }));
  const outcome = AttributionOutcome.create({ influence });
  const owner = person(60_000);
  const bare = AttributionRecord.create({ inferenceId, fee: FEE.toString(), platformFee: "10", rateIn: "0", rateOut: "0", split: defaultParams.split, outcome });
  return withSplit({ ...bare, adapterOwner: owner, baseModelOwner: owner, height: 1n }, bech(COMMUNITY));
}

/** So many records that all end at height 10. */
function withRecords(count: number, contributors: number): Economy {
  const e = createEconomy();
  for (let id = 1n; id <= BigInt(count); id++) openWindow(e.ctx, record(id, contributors), 10n);
  e.ledger.mint(e.ctx, moduleAddress("attribution"), BigInt(count) * FEE);
  return e;
}

const final = (e: Economy): number =>
  [...state(e).records.values()].filter((r) => r.status === RecordStatus.RECORD_STATUS_FINAL).length;

/** Final records after each of some blocks from height 10 on. */
function finals(e: Economy, blocks: number): number[] {
  return Array.from({ length: blocks }, (_, i) => {
    beginBlock(e, 10n + BigInt(i));
    return final(e);
  });
}

describe("a block", function () {
  this.timeout(60_000);

  it("makes 64 records final at most, the first that are due first", () => {
    const e = withRecords(150, 1);
    expect(finals(e, 4)).to.deep.equal([64, 128, 150, 150]);
    expect([...state(e).due.keys()]).to.deep.equal([]);
  });

  it("makes no record final after 4,096 payouts, so that many contributors cost as much as many records", () => {
    const e = withRecords(12, 512);
    expect(record(1n, 512).payouts.length).to.be.within(512, 520);
    expect(finals(e, 3)).to.deep.equal([8, 12, 12]);
  });

  it("puts records off that wait for audits, and counts that as work too", () => {
    const e = withRecords(70, 1);
    for (let id = 1n; id <= 65n; id++) state(e).waiting.set(id, 1);
    expect(finals(e, 2)).to.deep.equal([0, 5]);
    expect([...state(e).due.keys()].map(([height]) => height)).to.deep.equal([...Array.from({ length: 64 }, () => 15n), 16n]);
  });

  it("opens no more audits than 64 and one committee's, and reaches everyone in the end", () => {
    const e = createEconomy();
    state(e).params.set({ ...defaultParams, auditPpm: 0 });
    const payload = AttributionTask.encode(AttributionTask.create({ inferenceId: 1n }));
    const validators = Array.from({ length: 40 }, (_, i) => toAddress(new Uint8Array(20).fill(i + 1)));
    for (let i = 0; i < 5; i++) {
      const taskId = e.desk.open(e.ctx, { kind: "attribution", subject: 1n, payload });
      const revealed = validators.map((validator) => ({ validator, outcomeHash: H, work: H, agreed: true, runtimeId: H }));
      awaitDraw(e.ctx, { inferenceId: 1n, taskId, attempt: 2, beacon: H, exposed: true, settledHeight: 1n, drawn: false, revealed });
    }
    const opened = [1, 2, 3, 4].map((i) => {
      at(e, toHeight(1n + BigInt(i)));
      endBlock(e);
      return [...state(e).audits.keys()].length;
    });
    expect(opened).to.deep.equal([80, 160, 200, 200]);
    expect(state(e).waiting.get(1n), "five draws are done, and every audit is waited for").to.equal(200);
  });

  it("keeps its books when it does nothing at all", () => {
    const e = createEconomy();
    for (let i = 0; i < 3; i++) beginBlock(e, 10n + BigInt(i));
    endBlock(e);
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });
});
