import { expect } from "chai";
import fc from "fast-check";
import * as wire from "../../proto/gen/openledger/emission/v1.js";
import { formatAddress } from "../../chain/codec/index.js";
import { moduleAddress, sha256 } from "../../chain/crypto/index.js";
import { GOV_AUTHORITY } from "../../chain/kernel/index.js";
import { u64be } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { ask, brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import { ALICE, BOB, OWNER, STRANGER, account, bech, contribute, createVersion } from "../../chain/testkit/economy.js";
import {
  claimEmission,
  communityHas,
  createEmissionLab,
  endBlocks,
  fillPool,
  heldByEmission,
  openDatanet,
  setParams,
  toEpoch,
} from "../../chain/testkit/emission-lab.js";
import type { EmissionLab } from "../../chain/testkit/emission-lab.js";
import { passes, rejectOf } from "../../chain/testkit/rejects.js";
import { MAX_ROWS_PER_BLOCK } from "./counting.js";
import { MAX_SHARES_PER_CLAIM } from "./handlers/claim-emission.js";
import { DEFAULT_PARAMS, checkParams } from "./params.js";
import { emissionState } from "./state.js";

const emissionAccount = moduleAddress("emission");
const GOV = formatAddress(GOV_AUTHORITY);
const PATH = "/openledger.emission.v1.Query";
/** A uopen for each byte at most, so that figures can be read. */
const PER_BYTE = (1n << 20n).toString();
const ON: Partial<wire.Params> = { epochBlocks: 10n, amount: "1000", maxPerMib: "100000000000", holdEpochs: 0 };

/** Alice has 30 bytes and Bob 10 in one Datanet with the only weight; version 1 is made. */
function contributed(params: Partial<wire.Params> = {}): EmissionLab {
  const lab = createEmissionLab({ ...ON, weights: [{ datanetId: 1n, weight: 1 }], ...params });
  fillPool(lab, 1_000_000n);
  const id = openDatanet(lab);
  contribute(lab, ALICE, id, { n: 1, texts: ["a".repeat(10), "b".repeat(20)] });
  contribute(lab, BOB, id, { n: 2, texts: ["c".repeat(10)] });
  createVersion(lab, id);
  return lab;
}

function sound(lab: EmissionLab): void {
  expect(brokenInvariant(lab.ctx, [lab.emission])).to.equal(undefined);
}
const sharesOf = (lab: EmissionLab, who: Address) =>
  ask(lab.ctx, [lab.emission], { path: `${PATH}/Shares`, codec: wire.QuerySharesRequest, message: { account: bech(who) }, response: wire.QuerySharesResponse }).shares;
const allocationOf = (lab: EmissionLab, datanetId: bigint, epoch: bigint) =>
  ask(lab.ctx, [lab.emission], { path: `${PATH}/Allocation`, codec: wire.QueryAllocationRequest, message: { datanetId, epoch }, response: wire.QueryAllocationResponse }).allocation;
const voidFrom = (lab: EmissionLab, fromEpoch: bigint, authority = GOV) =>
  deliver(lab.ctx, [lab.emission], { codec: wire.MsgVoidAllocations, message: { authority, datanetId: 1n, fromEpoch }, response: wire.MsgVoidAllocationsResponse });

describe("emission: an epoch", () => {
  it("pays accepted rows by their bytes, from the community pool", () => {
    const lab = contributed();
    toEpoch(lab, 2n);
    expect(allocationOf(lab, 1n, 1n)).to.deep.include({ bytes: 40n, amount: "1000", matureHeight: 11n });
    expect([communityHas(lab), heldByEmission(lab)]).to.deep.equal([999_000n, 1_000n]);
    expect(sharesOf(lab, ALICE)).to.deep.equal([
      { share: { account: bech(ALICE), epoch: 1n, datanetId: 1n, bytes: 30n }, amount: "750", mature: true },
    ]);
    expect([claimEmission(lab, ALICE), claimEmission(lab, BOB)]).to.deep.equal([750n, 250n]);
    expect(heldByEmission(lab)).to.equal(0n);
    expect(rejectOf(() => claimEmission(lab, ALICE))).to.include({ codespace: "emission", code: 2 });
    sound(lab);
  });

  it("pays nothing and counts nothing while the amount is 0, and counts what was frozen meanwhile once it is on", () => {
    const lab = contributed({ amount: "0" });
    endBlocks(lab, 30n);
    expect([...emissionState.read(lab.ctx.store("emission")).shares.keys()]).to.deep.equal([]);
    setParams(lab, { amount: "400" });
    toEpoch(lab, 2n);
    expect(lab.ctx.block.height).to.equal(41n);
    expect(allocationOf(lab, 1n, 1n)).to.deep.include({ bytes: 40n, amount: "400" });
  });

  it("ends an epoch even when it was switched off meanwhile, and then begins none", () => {
    const lab = contributed({ holdEpochs: 2 });
    toEpoch(lab, 2n);
    endBlocks(lab, lab.ctx.block.height);
    setParams(lab, { amount: "0" });
    endBlocks(lab, 40n);
    const { epoch } = emissionState.read(lab.ctx.store("emission"));
    expect(epoch.getOrFail()).to.deep.equal({ number: 2n, startHeight: 11n, endHeight: 20n });
    expect(claimEmission(lab, ALICE)).to.equal(750n);
    setParams(lab, { amount: "5" });
    endBlocks(lab, 41n);
    expect(epoch.getOrFail()).to.deep.equal({ number: 3n, startHeight: 41n, endHeight: 50n });
  });

  it("pays only what is in a version, and only once", () => {
    const lab = contributed();
    contribute(lab, STRANGER, 1n, { n: 3, texts: ["not in a version yet"] });
    toEpoch(lab, 2n);
    expect(sharesOf(lab, STRANGER)).to.deep.equal([]);
    createVersion(lab, 1n);
    toEpoch(lab, 3n);
    expect(allocationOf(lab, 1n, 2n)).to.deep.include({ bytes: 20n });
    expect(sharesOf(lab, STRANGER)[0]?.amount).to.equal("1000");
    toEpoch(lab, 4n);
    expect(rejectOf(() => allocationOf(lab, 1n, 3n))).to.include({ codespace: "sdk", code: 38 });
    sound(lab);
  });

  it("pays each row once, whoever brings it again and to whatever Datanet", () => {
    const lab = contributed({ weights: [1n, 2n].map((datanetId) => ({ datanetId, weight: 1 })) });
    endBlocks(lab, lab.ctx.block.height);
    const second = openDatanet(lab);
    contribute(lab, STRANGER, second, { n: 5, texts: ["a".repeat(10), "c".repeat(10), "new"] });
    createVersion(lab, second);
    toEpoch(lab, 2n);
    expect(allocationOf(lab, second, 1n)).to.deep.include({ bytes: 3n });
  });

  it("leaves what bytes may not cost with the community", () => {
    const dear = contributed({ maxPerMib: PER_BYTE });
    toEpoch(dear, 2n);
    expect(allocationOf(dear, 1n, 1n).amount).to.equal("40");
  });

  it("pays what the pool has when it has less", () => {
    const lab = contributed();
    fillPool(lab, 100n);
    toEpoch(lab, 2n);
    expect([allocationOf(lab, 1n, 1n).amount, communityHas(lab)]).to.deep.equal(["100", 0n]);
    sound(lab);
  });

  it("gives what rounding leaves back with the last claim", () => {
    const lab = contributed({ amount: "999" });
    toEpoch(lab, 2n);
    expect([claimEmission(lab, BOB), claimEmission(lab, ALICE)]).to.deep.equal([249n, 749n]);
    expect([communityHas(lab), heldByEmission(lab)]).to.deep.equal([999_002n, 0n]);
    expect(allocationOf(lab, 1n, 1n)).to.deep.include({ paid: "998", returned: "1" });
    sound(lab);
  });

  it("says what it does in events", () => {
    const lab = contributed();
    lab.ctx.events.length = 0;
    toEpoch(lab, 2n);
    claimEmission(lab, ALICE);
    const types = lab.ctx.events.map((e) => e.type);
    expect(types).to.deep.equal(["count_contribution", "count_contribution", "allocate_emission", "close_emission_epoch", "claim_emission"]);
  });
});

describe("emission: holding and voiding", () => {
  it("pays after the hold, and not before", () => {
    const lab = contributed({ holdEpochs: 2 });
    endBlocks(lab, 29n);
    expect(rejectOf(() => claimEmission(lab, ALICE))).to.include({ codespace: "emission", code: 2 });
    expect(sharesOf(lab, ALICE)[0]).to.deep.include({ amount: "750", mature: false });
    toEpoch(lab, 4n);
    expect(claimEmission(lab, ALICE)).to.equal(750n);
  });

  it("lets governance take back what is not mature; the shares are then worth nothing", () => {
    const lab = contributed({ holdEpochs: 2 });
    toEpoch(lab, 2n);
    expect(rejectOf(() => voidFrom(lab, 1n, bech(ALICE)))).to.include({ codespace: "gov", code: 13 });
    expect(rejectOf(() => voidFrom(lab, 2n))).to.include({ codespace: "emission", code: 4 });
    expect(voidFrom(lab, 1n)).to.deep.equal({ amount: "1000" });
    expect(heldByEmission(lab)).to.equal(0n);
    expect(rejectOf(() => voidFrom(lab, 1n))).to.include({ codespace: "emission", code: 4 });
    toEpoch(lab, 4n);
    expect(claimEmission(lab, ALICE)).to.equal(0n);
    expect(sharesOf(lab, ALICE)).to.deep.equal([]);
    sound(lab);
  });

  it("leaves alone what could be claimed", () => {
    const lab = contributed();
    toEpoch(lab, 2n);
    expect(rejectOf(() => voidFrom(lab, 0n))).to.include({ codespace: "emission", code: 4 });
  });

  it("gives nothing for rows that counted before governance took the weight away", () => {
    const lab = contributed();
    endBlocks(lab, lab.ctx.block.height);
    setParams(lab, { weights: [{ datanetId: 2n, weight: 1 }] });
    toEpoch(lab, 2n);
    expect(allocationOf(lab, 1n, 1n)).to.deep.include({ bytes: 40n, amount: "0" });
    expect(claimEmission(lab, ALICE)).to.equal(0n);
    sound(lab);
  });
});

describe("emission: identity-neutral and bounded", () => {
  /** One body of rows, given by as many accounts as there are parts. */
  const paidFor = (parts: readonly number[], datanets: number): bigint => {
    const weights = [1n, 2n, 3n].map((datanetId) => ({ datanetId, weight: 5 }));
    const lab = createEmissionLab({ ...ON, amount: "1000001", weights });
    fillPool(lab, 10_000_000n);
    const ids = Array.from({ length: datanets }, () => openDatanet(lab));
    const texts = Array.from({ length: 24 }, (_, i) => `row ${i} `.padEnd(40, "x"));
    let from = 0;
    parts.forEach((size, i) => {
      lab.ledger.mint(lab.ctx, account(20 + i), 1_000_000n);
      contribute(lab, account(20 + i), ids[i % datanets] ?? 1n, { n: i + 1, texts: texts.slice(from, from + size) });
      from += size;
    });
    for (const id of ids) createVersion(lab, id);
    toEpoch(lab, 2n);
    return parts.reduce((sum, _, i) => sum + claimEmission(lab, account(20 + i)), 0n);
  };

  it("pays one body of data the same, however many accounts and Datanets it is cut into", () => {
    const whole = paidFor([24], 1);
    expect(whole).to.equal(1_000_001n);
    for (const [parts, datanets] of [[[12, 12], 1], [[8, 8, 8], 1], [[1, 5, 6, 12], 1], [[8, 8, 8], 3], [[3, 21], 2]] as const) {
      const paid = paidFor(parts, datanets);
      expect(paid <= whole && whole - paid < BigInt(parts.length + datanets), `${parts.join()} over ${datanets}`).to.equal(true);
    }
  });

  it("counts at most a thousand rows in a block, the contribution it is at finished, and misses none", () => {
    const rows = (id: bigint) => Array.from({ length: 600 }, (_, i) => ({ hash: sha256(u64be(id * 1_000n + BigInt(i))), bytes: 1 }));
    const datanets = {
      frozenAfter: (_: unknown, datanetId: bigint, after: bigint) =>
        after >= 5n ? undefined : { id: after + 1n, contributor: ALICE, rows: rows(datanetId * 10n + after) },
    };
    const lab = createEmissionLab({ ...ON, epochBlocks: 50n, weights: [1n, 2n].map((datanetId) => ({ datanetId, weight: 1 })) }, datanets);
    const counted = () => [...emissionState.read(lab.ctx.store("emission")).rows.keys()].length;
    for (let before = 0; before < 6_000; before = counted()) {
      endBlocks(lab, lab.ctx.block.height);
      expect(counted() - before).to.be.within(1, MAX_ROWS_PER_BLOCK + 600);
    }
    endBlocks(lab, lab.ctx.block.height);
    expect(counted()).to.equal(6_000);
    sound(lab);
  });

  it("settles a bounded number of shares with one claim, the oldest first", () => {
    const lab = createEmissionLab({ ...ON, weights: [{ datanetId: 1n, weight: 1 }] });
    const state = emissionState.open(lab.ctx.store("emission"));
    endBlocks(lab, 200n);
    for (let epoch = 1n; epoch <= 120n; epoch++) {
      state.shares.set([ALICE, epoch, 1n], 1n);
      state.allocations.set([1n, epoch], wire.Allocation.create({ datanetId: 1n, epoch, bytes: 1n, amount: "1", paid: "0", returned: "0" }));
    }
    lab.ledger.mint(lab.ctx, emissionAccount, 120n);
    expect([claimEmission(lab, ALICE), claimEmission(lab, ALICE)]).to.deep.equal([BigInt(MAX_SHARES_PER_CLAIM), 20n]);
  });

  it("loses and makes no uopen, whatever is contributed, claimed and voided", () => {
    const step = fc.record({ kind: fc.integer({ min: 0, max: 4 }), n: fc.integer({ min: 0, max: 3 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const lab = createEmissionLab({ ...ON, holdEpochs: 1, weights: [{ datanetId: 1n, weight: 1 }] });
        fillPool(lab, 5_000n);
        openDatanet(lab);
        const people = [ALICE, BOB, STRANGER, OWNER];
        const total = lab.ledger.supply(lab.ctx);
        let n = 0;
        for (const { kind, n: who } of steps) {
          const person = people[who]!;
          if (kind === 0) contribute(lab, person, 1n, { n: (n += 1), texts: ["z".repeat(1 + (n % 30)), `row ${n % 5}`] });
          else if (kind === 1) passes(() => createVersion(lab, 1n));
          else if (kind === 2) passes(() => claimEmission(lab, person));
          else if (kind === 3) passes(() => voidFrom(lab, 0n));
          else endBlocks(lab, lab.ctx.block.height + 5n);
          sound(lab);
          expect(lab.ledger.supply(lab.ctx)).to.equal(total);
        }
      }),
      { numRuns: 40 },
    );
  }).timeout(30_000);
});

describe("emission: parameters, queries and genesis", () => {
  it("takes parameters from governance alone, within their bounds", () => {
    const lab = createEmissionLab();
    const update = (params: Partial<wire.Params>, authority = GOV) =>
      deliver(lab.ctx, [lab.emission], {
        codec: wire.MsgUpdateParams,
        message: { authority, params: { ...DEFAULT_PARAMS, ...params } },
        response: wire.MsgUpdateParamsResponse,
      });
    update({ amount: "5" });
    expect(rejectOf(() => update({}, bech(ALICE)))).to.include({ codespace: "gov", code: 13 });
    const weight = (datanetId: bigint, w: number) => ({ datanetId, weight: w });
    const bad: readonly Partial<wire.Params>[] = [
      { epochBlocks: 9n },
      { epochBlocks: 31_557_601n },
      { amount: "1000000000001" },
      { maxPerMib: "0" },
      { maxPerMib: ((1n << 20n) * 1_000_000n + 1n).toString() },
      { holdEpochs: 101 },
      { weights: [weight(0n, 1)] },
      { weights: [weight(2n, 1), weight(1n, 1)] },
      { weights: [weight(1n, 1), weight(1n, 1)] },
      { weights: [weight(1n, 0)] },
      { weights: [weight(1n, 1_000_001)] },
      { weights: Array.from({ length: 101 }, (_, i) => weight(BigInt(i + 1), 1)) },
    ];
    for (const params of bad) expect(rejectOf(() => update(params))).to.include({ codespace: "emission", code: 3 });
    expect(rejectOf(() => checkParams({ ...DEFAULT_PARAMS, amount: "-1" }))).to.include({ codespace: "sdk", code: 18 });
  });

  it("show the epoch with the bytes that counted so far, and the allocations of a Datanet", () => {
    const lab = contributed();
    endBlocks(lab, lab.ctx.block.height);
    const shown = ask(lab.ctx, [lab.emission], { path: `${PATH}/Epoch`, codec: wire.QueryEpochRequest, response: wire.QueryEpochResponse });
    expect(shown).to.deep.equal({ epoch: { number: 1n, startHeight: 1n, endHeight: 10n }, bytes: [{ datanetId: 1n, bytes: 40n }] });
    toEpoch(lab, 2n);
    const codec = wire.QueryAllocationsRequest;
    const page = ask(lab.ctx, [lab.emission], { path: `${PATH}/Allocations`, codec, message: { datanetId: 1n }, response: wire.QueryAllocationsResponse });
    expect(page.allocations.map((a) => a.epoch)).to.deep.equal([1n]);
    const { params } = ask(lab.ctx, [lab.emission], { path: `${PATH}/Params`, codec: wire.QueryParamsRequest, response: wire.QueryParamsResponse });
    expect(params.amount).to.equal("1000");
  });

  it("exports what it imports in the middle of an epoch, and pays the same afterwards", () => {
    const lab = contributed({ holdEpochs: 1 });
    toEpoch(lab, 2n);
    contribute(lab, STRANGER, 1n, { n: 4, texts: ["of the second epoch"] });
    createVersion(lab, 1n);
    endBlocks(lab, lab.ctx.block.height);
    const exported = lab.emission.genesis.export(lab.ctx);
    const rows = () => [...emissionState.read(lab.ctx.store("emission")).rows.keys()];
    const before = rows();
    const state = emissionState.open(lab.ctx.store("emission"));
    for (const hash of before) state.rows.delete(hash);
    for (const key of [...state.shares.keys()]) state.shares.delete(key);
    for (const key of [...state.running.keys()]) state.running.delete(key);
    lab.emission.genesis.init(lab.ctx, exported);
    expect(rows()).to.deep.equal(before);
    expect(lab.emission.genesis.export(lab.ctx)).to.deep.equal(exported);
    toEpoch(lab, 4n);
    expect([claimEmission(lab, ALICE), claimEmission(lab, STRANGER)]).to.deep.equal([750n, 1_000n]);
    sound(lab);
  });

  it("refuses a genesis whose coins, shares or allocations contradict each other", () => {
    const lab = contributed();
    toEpoch(lab, 2n);
    const exported = lab.emission.genesis.export(lab.ctx) as { shares: object[]; allocations: object[] };
    const into = (change: object) => {
      const fresh = createEmissionLab();
      fresh.ledger.mint(fresh.ctx, emissionAccount, 1_000n);
      return rejectOf(() => fresh.emission.genesis.init(fresh.ctx, { ...exported, cursors: [], ...change }));
    };
    for (const change of [
      { shares: [] },
      { shares: [...exported.shares, exported.shares[0]] },
      { allocations: [] },
      { allocations: [{ ...exported.allocations[0], claimed_bytes: "41" }] },
      { allocations: [{ ...exported.allocations[0], amount: "999" }] },
    ]) {
      expect(into(change)).to.include({ codespace: "emission", code: 5 });
    }
  });
});
