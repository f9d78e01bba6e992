import { expect } from "chai";
import { sha256 } from "../../chain/crypto/index.js";
import { concatBytes, toHash32, toHex, u64be, utf8 } from "../../chain/primitives/index.js";
import { brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import {
  ALICE,
  BOB,
  LICENSE,
  MATCHES,
  MISMATCH,
  OWNER,
  STRANGER,
  bech,
  cid,
  commit,
  contribute,
  createDatanet,
  createEconomy,
  createVersion,
  endBlock,
  lastTask,
  publishDatanet,
  reveal,
  rowsOf,
  saltOf,
  toHeight,
} from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import { Access, ContributionStatus, MsgSponsorContributor, MsgSponsorContributorResponse } from "../../proto/gen/openledger/datanet/v1.js";
import type { GenesisState } from "../../proto/gen/openledger/datanet/v1.js";
import { genesis } from "./genesis.js";
import { parseRevealContribution } from "./messages.js";
import { checkParams, defaultParams } from "./params.js";
import { keepsPromise } from "./rules/blob.js";
import { contributionCommitment } from "./rules/commitment.js";
import { blobBytes, rowsRoot } from "./rules/rows.js";
import { datanetService } from "./service.js";
import { DATANET_STORE, datanetState } from "./state.js";

const state = (e: Economy) => datanetState.open(e.ctx.store(DATANET_STORE));

function published(): Economy {
  const e = createEconomy();
  publishDatanet(e, createDatanet(e));
  return e;
}

describe("the bounds of a datanet", () => {
  const listed = (n: number) => Array.from({ length: n }, (_, i) => bech(toHash32(sha256(u64be(BigInt(i)))).slice(0, 20) as typeof ALICE));
  const last = 253_402_300_799n;

  it("admit what lies on them", () => {
    for (const over of [
      { name: "é".repeat(32), summary: "x".repeat(280), description: `${"é".repeat(2_046)}\n\t\n\t` },
      { summary: "", description: "", tags: [] },
      { tags: Array.from({ length: 16 }, (_, i) => `${i}`.padStart(32, "t")) },
      { license: { ...LICENSE, spdx: "x".repeat(64), expiresAt: last } },
      { access: Access.ACCESS_ALLOW_LIST, allowList: listed(256) },
    ])
      expect(createDatanet(createEconomy(), over)).to.equal(1n);
  });

  it("refuse what lies beyond", () => {
    const refused = (over: Parameters<typeof createDatanet>[1]) => rejection(() => createDatanet(createEconomy(), over));
    for (const over of [{ name: "é".repeat(33) }, { description: "x".repeat(4_097) }, { description: "a\u0000b" }, { summary: "two\nlines" }, { tags: ["x".repeat(33)] }, { tags: [""] }, { tags: ["a\tb"] }])
      expect(refused(over), JSON.stringify(over)).to.equal("datanet/2");
    expect(refused({ license: { ...LICENSE, expiresAt: last + 1n } })).to.equal("datanet/3");
    expect(refused({ license: { ...LICENSE, spdx: "x".repeat(65) } })).to.equal("datanet/3");
    expect(refused({ access: Access.ACCESS_ALLOW_LIST, allowList: listed(257) })).to.equal("datanet/3");
    expect(refused({ access: Access.ACCESS_ALLOW_LIST, allowList: ["open1nobody"] })).to.equal("sdk/7");
  });

  it("are those of the parameters, each at its edges", () => {
    const edges = { maxRowBytes: [1, 65_536], maxRowsPerContribution: [1, 4_000], maxBlobBytes: [1, 67_108_864], revealPeriod: [1, 1_000_000], maxContributionsPerVersion: [1, 10_000] } as const;
    for (const [name, [low, high]] of Object.entries(edges)) {
      for (const good of [low, high]) checkParams({ ...defaultParams, [name]: good });
      for (const bad of [low - 1, high + 1]) expect(rejection(() => checkParams({ ...defaultParams, [name]: bad })), `${name} ${bad}`).to.equal("datanet/24");
    }
    for (const name of ["datanetDeposit", "contributionBond"] as const) {
      checkParams({ ...defaultParams, [name]: "1000000000000" });
      expect(rejection(() => checkParams({ ...defaultParams, [name]: "1000000000001" }))).to.equal("datanet/24");
    }
  });
});

describe("the bounds of a reveal", () => {
  const raw = { contributor: bech(ALICE), contributionId: 1n, blobCid: cid(1), salt: saltOf(1), rows: rowsOf(["one"]) };

  it("are those of its salt", () => {
    for (const length of [16, 64]) parseRevealContribution({ ...raw, salt: new Uint8Array(length) });
    for (const length of [0, 15, 65]) expect(rejection(() => parseRevealContribution({ ...raw, salt: new Uint8Array(length) }))).to.equal("datanet/16");
  });

  it("are those of rows and blob, line feeds counted", () => {
    const e = published();
    const attempt = (texts: readonly string[]) => reveal(e, ALICE, 1n, { n: 1, texts });
    commit(e, ALICE, 1n, 1);
    const texts = ["four", "five"];
    expect(blobBytes(rowsOf(texts))).to.equal(10n);
    state(e).params.set({ ...defaultParams, maxBlobBytes: 9 });
    expect(rejection(() => attempt(texts))).to.equal("datanet/19");
    state(e).params.set({ ...defaultParams, maxBlobBytes: 10, maxRowsPerContribution: 1 });
    expect(rejection(() => attempt(texts))).to.equal("datanet/17");
    state(e).params.set({ ...defaultParams, maxBlobBytes: 10, maxRowsPerContribution: 2, maxRowBytes: 3 });
    expect(rejection(() => attempt(texts))).to.equal("datanet/18");
    state(e).params.set({ ...defaultParams, maxBlobBytes: 10, maxRowsPerContribution: 2, maxRowBytes: 4 });
    attempt(texts);
  });

  it("are kept by a blob of just so many rows, bytes and bytes a row, in UTF-8", () => {
    const promise = { rowCount: 2, bytes: 8n, rowsRoot: rowsRoot(rowsOf(["four", "five"])), maxRowBytes: 4 };
    const blob = utf8("four\nfive\n");
    expect(keepsPromise(blob, promise)).to.equal(true);
    for (const over of [{ rowCount: 1 }, { rowCount: 3 }, { bytes: 7n }, { bytes: 9n }, { maxRowBytes: 3 }, { rowsRoot: sha256(blob) }]) expect(keepsPromise(blob, { ...promise, ...over })).to.equal(false);
    const torn = Uint8Array.of(0xff, 0x0a);
    expect(keepsPromise(torn, { rowCount: 1, bytes: 1n, rowsRoot: rowsRoot([{ hash: sha256(torn.slice(0, 1)), bytes: 1 }]), maxRowBytes: 4 })).to.equal(false);
  });

  it("bind commitments to these bytes, on every machine", () => {
    const part = (bytes: Uint8Array) => concatBytes(Uint8Array.of(0, 0, 0, bytes.length), bytes);
    const opening = { contributor: ALICE, datanetId: 258n, blobCid: cid(1), salt: saltOf(3) };
    const bytes = concatBytes(utf8("openledger/datanet/contribution/v1"), part(ALICE), part(u64be(258n)), part(utf8(cid(1))), part(saltOf(3)));
    expect(toHex(contributionCommitment(opening))).to.equal(toHex(sha256(bytes)));
  });
});

describe("what a version counts", () => {
  it("is each contributor's rows that count, over all its contributions, and nobody's who has none", () => {
    const e = published();
    contribute(e, ALICE, 1n, { n: 1, texts: ["a", "b", "b"] });
    contribute(e, BOB, 1n, { n: 2, texts: ["a"] });
    createVersion(e, 1n);
    contribute(e, ALICE, 1n, { n: 3, texts: ["c", "a"] });
    contribute(e, BOB, 1n, { n: 4, texts: ["d", "e"] });
    createVersion(e, 1n);
    const counted = (version: bigint) => datanetService.contributors(e.ctx, 1n, version).map(({ account, rows }) => `${bech(account)} ${rows}`).toSorted((x, y) => (x < y ? -1 : 1));
    expect(counted(1n)).to.deep.equal([`${bech(ALICE)} 2`]);
    expect(counted(2n)).to.deep.equal([`${bech(ALICE)} 3`, `${bech(BOB)} 2`].toSorted((x, y) => (x < y ? -1 : 1)));
    expect([1n, 2n].map((v) => state(e).versions.getOrFail([1n, v])).map((v) => [v.contributions, v.rows])).to.deep.equal([[2n, 2n], [4n, 5n]]);
    expect([0n, 1n, 2n, 3n].map((v) => datanetService.hasVersion(e.ctx, 1n, v))).to.deep.equal([false, true, true, false]);
  });

  it("is bounded, the older contributions included", () => {
    const e = published();
    state(e).params.set({ ...defaultParams, maxContributionsPerVersion: 3 });
    contribute(e, ALICE, 1n, { n: 1, texts: ["a"] });
    contribute(e, ALICE, 1n, { n: 2, texts: ["b"] });
    createVersion(e, 1n);
    contribute(e, ALICE, 1n, { n: 3, texts: ["c"] });
    contribute(e, ALICE, 1n, { n: 4, texts: ["d"] });
    expect(rejection(() => createVersion(e, 1n))).to.equal("datanet/22");
    state(e).params.set({ ...defaultParams, maxContributionsPerVersion: 4 });
    createVersion(e, 1n);
  });

  it("leaves out what comes after an undecided one, and takes it once that is decided, of this datanet alone", () => {
    const e = published();
    publishDatanet(e, createDatanet(e));
    contribute(e, ALICE, 2n, { n: 9, texts: ["z"] });
    const early = commit(e, BOB, 1n, 1);
    contribute(e, ALICE, 1n, { n: 2, texts: ["b"] });
    expect(rejection(() => createVersion(e, 1n))).to.equal("datanet/21");
    createVersion(e, 2n);
    reveal(e, BOB, early, { n: 1, texts: ["a", "b"] });
    e.desk.resolve(e.ctx, lastTask(e), MATCHES);
    createVersion(e, 1n);
    const of = (account: typeof ALICE) => datanetService.contributors(e.ctx, 1n, 1n).find((c) => bech(c.account) === bech(account))?.rows;
    expect([of(BOB), of(ALICE)], "the row of both is the earlier commit's").to.deep.equal([2, undefined]);
  });

  it("is asked about datanets that are there, and published", () => {
    const e = published();
    createDatanet(e);
    expect([1n, 2n, 3n].map((id) => datanetService.terms(e.ctx, id)?.isPublished)).to.deep.equal([true, false, undefined]);
    expect(datanetService.terms(e.ctx, 1n)?.license).to.deep.equal(LICENSE);
  });
});

describe("the story of rows, told", () => {
  const told = (e: Economy) => e.ctx.events.map(({ type, attributes }) => `${type} ${attributes.map((a) => a.value).join(" ")}`);
  const alice = bech(ALICE);

  it("from the datanet to the version", () => {
    const e = published();
    const id = commit(e, ALICE, 1n, 1);
    reveal(e, ALICE, id, { n: 1, texts: ["a", "b", "b"] });
    const task = lastTask(e);
    e.desk.resolve(e.ctx, task, MATCHES);
    const { root } = createVersion(e, 1n);
    const commitment = toHex(contributionCommitment({ contributor: ALICE, datanetId: 1n, blobCid: cid(1), salt: saltOf(1) }));
    expect(told(e)).to.deep.equal([
      `create_datanet 1 ${bech(OWNER)} 10000000`,
      `publish_datanet 1 ${bech(OWNER)}`,
      `commit_contribution 1 1 ${alice} ${commitment} 1000000 601`,
      `reveal_contribution 1 1 ${alice} ${cid(1)} 3 ${task.id}`,
      `accept_contribution 1 1 ${alice} 3 1`,
      `create_version 1 1 ${toHex(root)} 1 2`,
    ]);
  });

  it("or to the end of it without one", () => {
    const e = published();
    for (const n of [1, 2, 3]) commit(e, ALICE, 1n, n);
    for (const n of [1, 2]) reveal(e, ALICE, BigInt(n), { n, texts: [`${n}`] });
    const [first, second] = e.desk.tasks.slice(-2);
    if (first === undefined || second === undefined) return expect.fail("no tasks");
    e.desk.resolve(e.ctx, first, MISMATCH);
    e.desk.fail(e.ctx, second);
    expect([state(e).rows.has(1n), state(e).rows.has(2n)], "rows of neither are kept").to.deep.equal([false, false]);
    toHeight(e, 602n);
    endBlock(e);
    expect(told(e).slice(-4)).to.deep.equal([`reject_contribution 1 1 ${alice} 1000000`, `return_contribution 1 2 ${alice} 601`, `expire_contribution 1 2 ${alice} 0 1000000`, `expire_contribution 1 3 ${alice} 1000000 0`]);
    const left = [1n, 2n, 3n].map((id) => state(e).contributions.getOrFail(id));
    expect(left.map((c) => [c.bond, c.revealDeadline])).to.deep.equal([["0", 0n], ["0", 0n], ["0", 0n]]);
    expect(left.map((c) => c.status)).to.deep.equal([ContributionStatus.CONTRIBUTION_STATUS_REJECTED, ContributionStatus.CONTRIBUTION_STATUS_EXPIRED, ContributionStatus.CONTRIBUTION_STATUS_EXPIRED]);
  });

  it("names sponsors", () => {
    const e = published();
    const message = { sponsor: bech(STRANGER), contributor: alice, bonds: 2 };
    deliver(e.ctx, e.modules, { codec: MsgSponsorContributor, message, response: MsgSponsorContributorResponse });
    expect(told(e).at(-1)).to.equal(`sponsor_contributor ${bech(STRANGER)} ${alice} 2`);
  });
});

describe("a genesis of datanets", () => {
  function exported(): GenesisState {
    const e = published();
    contribute(e, ALICE, 1n, { n: 1, texts: ["a"] });
    createVersion(e, 1n);
    commit(e, BOB, 1n, 2);
    return genesis.export(e.ctx);
  }
  const refused = (change: (from: GenesisState) => Partial<GenesisState>): string => {
    const from = exported();
    return rejection(() => genesis.init(createScratchContext(), { ...from, ...change(from) }));
  };

  it("is refused where it does not fit together", () => {
    expect(refused(() => ({ params: { ...defaultParams, revealPeriod: 0 } }))).to.equal("datanet/24");
    expect(refused(() => ({ nextDatanetId: 1n }))).to.equal("datanet/25");
    expect(refused(() => ({ nextContributionId: 2n }))).to.equal("datanet/25");
    expect(refused(({ contributions }) => ({ contributions: contributions.toReversed() }))).to.equal("datanet/25");
    expect(refused(({ contributions }) => ({ contributions: [...contributions.slice(0, 1), ...contributions] }))).to.equal("datanet/25");
    expect(refused(({ contributions }) => ({ contributions: contributions.map((c) => ({ ...c, datanetId: 2n })) }))).to.equal("datanet/25");
    expect(refused(({ contributions }) => ({ contributions: contributions.map((c) => ({ ...c, commitment: new Uint8Array(31) })) }))).to.equal("datanet/25");
    expect(refused(({ contributions }) => ({ contributions: contributions.map((c) => ({ ...c, bond: "x" })) }))).to.equal("sdk/18");
    expect(refused(({ contributions }) => ({ contributions: contributions.map((c, i) => (i === 0 ? { ...c, sponsor: "x" } : c)) })), "a sponsor of what is decided").to.equal("sdk/7");
    expect(refused(({ contributions }) => ({ contributions: contributions.map((c) => ({ ...c, sponsor: bech(STRANGER) })) })), "nobody sponsors what is undecided").to.equal("datanet/25");
    expect(refused(({ rows }) => ({ rows: rows.map((r) => ({ ...r, rows: r.rows.map((row) => ({ ...row, hash: row.hash.slice(1) })) })) }))).to.equal("datanet/25");
    expect(refused(() => ({ rows: [] }))).to.equal("datanet/25");
  });

  it("takes a sponsor who is done for what is decided", () => {
    const from = exported();
    const decided = from.contributions.map((c) => (c.status === ContributionStatus.CONTRIBUTION_STATUS_ACCEPTED ? { ...c, sponsor: bech(STRANGER) } : c));
    genesis.init(createScratchContext(), { ...from, contributions: decided });
  });
});

describe("the invariants of datanets", () => {
  const broken = (damage: (e: Economy) => void): string | undefined => {
    const e = published();
    contribute(e, ALICE, 1n, { n: 1, texts: ["a"] });
    contribute(e, BOB, 1n, { n: 2, texts: ["a", "b"] });
    commit(e, BOB, 1n, 3);
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
    damage(e);
    return brokenInvariant(e.ctx, e.modules);
  };
  const put = (e: Economy, id: bigint, over: object): void => state(e).contributions.set(id, { ...state(e).contributions.getOrFail(id), ...over });

  it("notice each what it is about", () => {
    const row = toHash32(rowsOf(["a"])[0]?.hash ?? new Uint8Array(32));
    expect(broken((e) => state(e).rowOwners.set([1n, row], 2n))).to.match(/^each row belongs/);
    expect(broken((e) => state(e).rowOwners.delete([1n, row]))).to.match(/^each row belongs/);
    expect(broken((e) => state(e).pending.delete([1n, 3n]))).to.match(/^a contribution is pending/);
    expect(broken((e) => state(e).deadlines.delete([state(e).contributions.getOrFail(3n).revealDeadline, 3n]))).to.match(/^a contribution is pending/);
    expect(broken((e) => put(e, 3n, { status: ContributionStatus.CONTRIBUTION_STATUS_REVEALED }))).to.match(/^a contribution is pending/);
    expect(broken((e) => put(e, 3n, { sponsor: bech(STRANGER) }))).to.match(/^a sponsor stands/);
    expect(broken((e) => state(e).sponsorships.set([BOB, STRANGER], { sponsor: bech(STRANGER), contributor: bech(BOB), bonds: 0, inUse: 0 }))).to.match(/^a sponsor stands/);
    expect(broken((e) => state(e).sponsorships.set([BOB, STRANGER], { sponsor: bech(STRANGER), contributor: bech(BOB), bonds: 2, inUse: 1 }))).to.match(/^a sponsor stands/);
    const counts = (e: Economy, over: object): void => state(e).datanets.set(1n, { ...state(e).datanets.getOrFail(1n), ...over });
    expect(broken((e) => counts(e, { contributions: 3n }))).to.match(/^a datanet counts/);
    expect(broken((e) => counts(e, { rows: 3n }))).to.match(/^a datanet counts/);
    expect(broken((e) => e.ledger.mint(e.ctx, ALICE, 1n))).to.equal(undefined);
  });
});
