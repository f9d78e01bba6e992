import { expect } from "chai";
import { ask, brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import {
  ALICE,
  BOB,
  MATCHES,
  MISMATCH,
  STRANGER,
  bech,
  cid,
  createDatanet,
  createEconomy,
  endBlock,
  lastTask,
  publishDatanet,
  reveal,
  saltOf,
  toHeight,
} from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { COMMUNITY } from "../../chain/testkit/ledger.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import {
  MsgCommitContribution,
  MsgCommitContributionResponse,
  MsgSponsorContributor,
  MsgSponsorContributorResponse,
  QuerySponsorshipsRequest,
  QuerySponsorshipsResponse,
} from "../../proto/gen/openledger/datanet/v1.js";
import { MAX_SPONSORED } from "./messages.js";
import { contributionCommitment } from "./rules/commitment.js";
import { DATANET_STORE, datanetState } from "./state.js";

const BOND = 1_000_000n;
const [SPONSOR, OTHER] = [BOB, STRANGER];

const state = (e: Economy) => datanetState.open(e.ctx.store(DATANET_STORE));

function published(): Economy {
  const e = createEconomy();
  publishDatanet(e, createDatanet(e));
  return e;
}

function sponsor(e: Economy, bonds: number, over: Partial<MsgSponsorContributor> = {}): void {
  const message = { sponsor: bech(SPONSOR), contributor: bech(ALICE), bonds, ...over };
  deliver(e.ctx, e.modules, { codec: MsgSponsorContributor, message, response: MsgSponsorContributorResponse });
}

function commit(e: Economy, n: number, by = SPONSOR): bigint {
  const opening = { contributor: ALICE, datanetId: 1n, blobCid: cid(n), salt: saltOf(n) };
  const message = { contributor: bech(ALICE), datanetId: 1n, commitment: contributionCommitment(opening), sponsor: bech(by) };
  return deliver(e.ctx, e.modules, { codec: MsgCommitContribution, message, response: MsgCommitContributionResponse }).contributionId;
}

/** What of the agreement is left, as [bonds, in use]. */
function left(e: Economy): readonly number[] {
  const found = state(e).sponsorships.get([ALICE, SPONSOR]);
  return found === undefined ? [] : [found.bonds, found.inUse];
}

const balances = (e: Economy) => [SPONSOR, ALICE, COMMUNITY].map((who) => e.ledger.balance(e.ctx, who));
function gains(e: Economy, story: () => void): readonly bigint[] {
  const before = balances(e);
  story();
  expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  return balances(e).map((after, i) => after - (before[i] ?? 0n));
}

describe("a sponsor of a contributor's bonds", () => {
  it("pays each when it is committed, and has it back when the rows are accepted, for the next", () => {
    const e = published();
    sponsor(e, 1);
    for (const n of [1, 2, 3]) {
      expect(gains(e, () => commit(e, n))).to.deep.equal([-BOND, 0n, 0n]);
      expect(left(e)).to.deep.equal([1, 1]);
      reveal(e, ALICE, BigInt(n), { n, texts: [`row ${n}`] });
      expect(gains(e, () => e.desk.resolve(e.ctx, lastTask(e), MATCHES))).to.deep.equal([BOND, 0n, 0n]);
      expect(left(e)).to.deep.equal([1, 0]);
    }
  });

  it("loses what is forfeited, by a lie or by silence, and stands for so many fewer", () => {
    const e = published();
    sponsor(e, 2);
    reveal(e, ALICE, commit(e, 1), { n: 1, texts: ["a lie"] });
    expect(gains(e, () => e.desk.resolve(e.ctx, lastTask(e), MISMATCH))).to.deep.equal([0n, 0n, BOND]);
    expect(left(e)).to.deep.equal([1, 0]);
    commit(e, 2);
    const silence = (): void => {
      toHeight(e, 602n);
      endBlock(e);
    };
    expect(gains(e, silence)).to.deep.equal([0n, 0n, BOND]);
    expect(left(e), "nothing is left to stand for").to.deep.equal([]);
  });

  it("has it back when the validators never say anything", () => {
    const e = published();
    sponsor(e, 1);
    reveal(e, ALICE, commit(e, 1), { n: 1, texts: ["unheard"] });
    e.desk.fail(e.ctx, lastTask(e));
    expect(left(e)).to.deep.equal([1, 1]);
    const waiting = (): void => {
      toHeight(e, 602n);
      endBlock(e);
    };
    expect(gains(e, waiting)).to.deep.equal([BOND, 0n, 0n]);
    expect(left(e)).to.deep.equal([1, 0]);
  });

  it("may end it at any time: what is at stake stays so, and nothing more comes", () => {
    const e = published();
    sponsor(e, 2);
    reveal(e, ALICE, commit(e, 1), { n: 1, texts: ["row"] });
    sponsor(e, 0);
    expect(left(e)).to.deep.equal([0, 1]);
    expect(rejection(() => commit(e, 2))).to.equal("datanet/26");
    expect(gains(e, () => e.desk.resolve(e.ctx, lastTask(e), MATCHES))).to.deep.equal([BOND, 0n, 0n]);
    expect(left(e)).to.deep.equal([]);
    sponsor(e, 0);
    expect(left(e)).to.deep.equal([]);
  });

  it("is named by the commit, each for its own, and never instead of another", () => {
    const e = published();
    sponsor(e, 1);
    expect(rejection(() => commit(e, 1, OTHER))).to.equal("datanet/26");
    sponsor(e, 5, { sponsor: bech(OTHER) });
    commit(e, 1);
    commit(e, 2, OTHER);
    expect(rejection(() => commit(e, 3))).to.equal("datanet/26");
    const query = { path: "/openledger.datanet.v1.Query/Sponsorships", codec: QuerySponsorshipsRequest, response: QuerySponsorshipsResponse };
    const { sponsorships } = ask(e.ctx, e.modules, { ...query, message: { contributor: bech(ALICE) } });
    expect(sponsorships.map((s) => [s.sponsor, s.bonds, s.inUse])).to.deep.equal([
      [bech(SPONSOR), 1, 1],
      [bech(OTHER), 5, 1],
    ]);
    expect(ask(e.ctx, e.modules, { ...query, message: { contributor: bech(BOB) } }).sponsorships).to.deep.equal([]);
  });

  it("is somebody else, with a bound on the number", () => {
    const e = published();
    expect(rejection(() => sponsor(e, 1, { contributor: bech(SPONSOR) }))).to.equal("datanet/3");
    expect(rejection(() => sponsor(e, MAX_SPONSORED + 1))).to.equal("datanet/3");
    expect(rejection(() => sponsor(e, 1, { sponsor: "open1nobody" }))).to.equal("sdk/7");
    sponsor(e, MAX_SPONSORED);
  });

  it("stands in genesis as in the state, and what is in use follows from the contributions", () => {
    const e = published();
    sponsor(e, 3);
    sponsor(e, 2, { sponsor: bech(OTHER) });
    commit(e, 1);
    const module = e.modules.find((m) => m.name === DATANET_STORE);
    const document = module?.genesis.export(e.ctx) as { sponsorships: object[]; contributions: object[] };
    const restart = (json: unknown) => {
      const ctx = createScratchContext();
      module?.genesis.init(ctx, json);
      return module?.genesis.export(ctx);
    };
    expect(restart(document)).to.deep.equal(document);
    expect(restart({ ...document, sponsorships: document.sponsorships.map((s) => ({ ...s, in_use: 9 })) })).to.deep.equal(document);
    expect(rejection(() => restart({ ...document, sponsorships: [] }))).to.equal("datanet/25");
    expect(rejection(() => restart({ ...document, sponsorships: [...document.sponsorships, ...document.sponsorships] }))).to.equal("datanet/25");
  });
});
