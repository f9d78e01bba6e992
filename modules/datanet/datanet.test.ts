import { expect } from "chai";
import fc from "fast-check";
import { merkleProofs, sha256, verifyMerkleProof } from "../../chain/crypto/index.js";
import { toUopen, utf8 } from "../../chain/primitives/index.js";
import { ask, brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
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
  withData,
} from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { COMMUNITY } from "../../chain/testkit/ledger.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import {
  Access,
  ContributionStatus,
  MsgCommitContribution,
  MsgCommitContributionResponse,
  MsgPublishDatanet,
  MsgPublishDatanetResponse,
  MsgRevealContribution,
  MsgRevealContributionResponse,
  QueryVersionContributionsRequest,
  QueryVersionContributionsResponse,
  VersionLeaf,
} from "../../proto/gen/openledger/datanet/v1.js";
import type { MsgCreateDatanet } from "../../proto/gen/openledger/datanet/v1.js";
import { DatanetError } from "./errors.js";
import { checkParams, defaultParams } from "./params.js";
import { contributionCommitment } from "./rules/commitment.js";
import { countedPositions } from "./rules/rows.js";
import { DATANET_STORE, datanetState } from "./state.js";

const state = (e: Economy) => datanetState.open(e.ctx.store(DATANET_STORE));
const contribution = (e: Economy, id: bigint) => state(e).contributions.getOrFail(id);

function published(): Economy {
  const e = createEconomy();
  publishDatanet(e, createDatanet(e));
  return e;
}

/** What a message is refused with, sent as it stands. */
function revealRaw(e: Economy, over: Partial<MsgRevealContribution>): string {
  const message = {
    contributor: bech(ALICE),
    contributionId: 1n,
    blobCid: cid(1),
    salt: saltOf(1),
    rows: rowsOf(["one"]),
    ...over,
  };
  return rejection(() => deliver(e.ctx, e.modules, { codec: MsgRevealContribution, message, response: MsgRevealContributionResponse }));
}

describe("creating and publishing a datanet", () => {
  const cases: readonly (readonly [string, Partial<MsgCreateDatanet>, string])[] = [
    ["no name", { name: "" }, "datanet/2"],
    ["an endless summary", { summary: "x".repeat(281) }, "datanet/2"],
    ["a name with control characters", { name: "a\u0007" }, "datanet/2"],
    ["a tag twice", { tags: ["a", "a"] }, "datanet/2"],
    ["too many tags", { tags: Array.from({ length: 17 }, (_, i) => `t${i}`) }, "datanet/2"],
    ["a licence without a name", { license: { ...LICENSE, spdx: "" } }, "datanet/3"],
    ["a licence that expired before time began", { license: { ...LICENSE, expiresAt: -1n } }, "datanet/3"],
    ["no modality", { modality: 0 }, "datanet/3"],
    ["no access rule", { access: 0 }, "datanet/3"],
    ["an allow-list without its rule", { allowList: [bech(ALICE)] }, "datanet/3"],
    ["an allow-list of nobody", { access: Access.ACCESS_ALLOW_LIST }, "datanet/3"],
    ["an account listed twice", { access: Access.ACCESS_ALLOW_LIST, allowList: [bech(ALICE), bech(ALICE)] }, "datanet/3"],
    ["an owner that is no account", { owner: "open1nobody" }, "sdk/7"],
  ];
  for (const [what, over, code] of cases) {
    it(`refuses ${what}`, () => expect(rejection(() => createDatanet(createEconomy(), over))).to.equal(code));
  }
  it("takes the deposit", () => {
    const e = createEconomy();
    const before = e.ledger.balance(e.ctx, OWNER);
    createDatanet(e);
    expect(before - e.ledger.balance(e.ctx, OWNER)).to.equal(10_000_000n);
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });
  it("lets only the owner publish, and only once", () => {
    const e = createEconomy();
    createDatanet(e);
    const as = (who: typeof OWNER, datanetId = 1n) =>
      rejection(() =>
        deliver(e.ctx, e.modules, { codec: MsgPublishDatanet, message: { owner: bech(who), datanetId }, response: MsgPublishDatanetResponse }),
      );
    expect(as(STRANGER)).to.equal("datanet/5");
    expect(as(OWNER, 9n)).to.equal("datanet/4");
    publishDatanet(e, 1n);
    expect(as(OWNER)).to.equal("datanet/6");
  });
});

describe("committing a contribution", () => {
  it("is refused on a draft, on nothing, and off the allow-list", () => {
    const e = createEconomy();
    createDatanet(e, { access: Access.ACCESS_ALLOW_LIST, allowList: [bech(ALICE)] });
    expect(rejection(() => commit(e, ALICE, 1n, 1))).to.equal("datanet/7");
    expect(rejection(() => commit(e, ALICE, 2n, 1))).to.equal("datanet/4");
    publishDatanet(e, 1n);
    expect(rejection(() => commit(e, BOB, 1n, 1))).to.equal("datanet/8");
    expect(commit(e, ALICE, 1n, 1)).to.equal(1n);
  });
  it("is refused when the commitment stands already or has the wrong size", () => {
    const e = published();
    commit(e, ALICE, 1n, 1);
    expect(rejection(() => commit(e, ALICE, 1n, 1))).to.equal("datanet/10");
    const message = { contributor: bech(ALICE), datanetId: 1n, commitment: new Uint8Array(31) };
    const send = () =>
      deliver(e.ctx, e.modules, { codec: MsgCommitContribution, message, response: MsgCommitContributionResponse });
    expect(rejection(send)).to.equal("datanet/9");
  });
});

describe("revealing a contribution", () => {
  const texts = ["one", "two"];
  it("is refused without a commitment, by another account, with another blob or salt", () => {
    const e = published();
    expect(revealRaw(e, {})).to.equal("datanet/11");
    commit(e, ALICE, 1n, 1);
    expect(revealRaw(e, { contributor: bech(BOB) })).to.equal("datanet/12");
    expect(revealRaw(e, { blobCid: cid(2) })).to.equal("datanet/15");
    expect(revealRaw(e, { salt: saltOf(2) })).to.equal("datanet/15");
    expect(revealRaw(e, { salt: new Uint8Array(15) })).to.equal("datanet/16");
    expect(revealRaw(e, { blobCid: "Qm" })).to.equal("datanet/16");
  });
  it("is refused with an oversize row, too many rows, an oversize blob, or none at all", () => {
    const e = published();
    commit(e, ALICE, 1n, 1);
    const [row] = rowsOf(["one"]);
    expect(revealRaw(e, { rows: [{ ...row!, bytes: 4_097 }] })).to.equal("datanet/18");
    expect(revealRaw(e, { rows: Array.from({ length: 1_001 }, () => row!) })).to.equal("datanet/17");
    expect(revealRaw(e, { rows: Array.from({ length: 300 }, () => ({ ...row!, bytes: 4_096 })) })).to.equal("datanet/19");
    expect(revealRaw(e, { rows: [] })).to.equal("datanet/17");
    expect(revealRaw(e, { rows: [{ ...row!, bytes: 0 }] })).to.equal("datanet/20");
    expect(revealRaw(e, { rows: [{ hash: new Uint8Array(3), bytes: 1 }] })).to.equal("datanet/20");
  });
  it("is refused after its last height, and twice", () => {
    const e = published();
    commit(e, ALICE, 1n, 1);
    toHeight(e, 602n);
    expect(revealRaw(e, {})).to.equal("datanet/14");
    toHeight(e, 601n);
    reveal(e, ALICE, 1n, { n: 1, texts });
    expect(revealRaw(e, {})).to.equal("datanet/13");
  });
  it("returns the bond when the validators find that the blob matches", () => {
    const e = published();
    const before = e.ledger.balance(e.ctx, ALICE);
    contribute(e, ALICE, 1n, { n: 1, texts });
    expect(e.ledger.balance(e.ctx, ALICE)).to.equal(before);
    expect(contribution(e, 1n).status).to.equal(ContributionStatus.CONTRIBUTION_STATUS_ACCEPTED);
  });
  it("forfeits the bond when they find that it does not", () => {
    const e = published();
    commit(e, ALICE, 1n, 1);
    reveal(e, ALICE, 1n, { n: 1, texts });
    e.desk.resolve(e.ctx, lastTask(e), MISMATCH);
    expect(e.ledger.balance(e.ctx, COMMUNITY)).to.equal(1_000_000n);
    expect(contribution(e, 1n).status).to.equal(ContributionStatus.CONTRIBUTION_STATUS_REJECTED);
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });
  it("may be repeated when they find nothing, and the bond comes back if it is not", () => {
    const e = published();
    const before = e.ledger.balance(e.ctx, ALICE);
    commit(e, ALICE, 1n, 1);
    reveal(e, ALICE, 1n, { n: 1, texts });
    e.desk.fail(e.ctx, lastTask(e));
    reveal(e, ALICE, 1n, { n: 1, texts });
    e.desk.fail(e.ctx, lastTask(e));
    toHeight(e, 602n);
    endBlock(e);
    expect(contribution(e, 1n).status).to.equal(ContributionStatus.CONTRIBUTION_STATUS_EXPIRED);
    expect(e.ledger.balance(e.ctx, ALICE)).to.equal(before);
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });
  it("accepts no verdict but the two", () => {
    const e = published();
    commit(e, ALICE, 1n, 1);
    reveal(e, ALICE, 1n, { n: 1, texts });
    const kind = e.desk.kindOf(lastTask(e));
    const verdicts = [[], [8, 0], [8, 3], [8], [16, 1], [8, 1, 8, 1]].map((bytes) => kind.isValid(Uint8Array.from(bytes), lastTask(e)));
    expect(verdicts).to.deep.equal([false, false, false, false, false, false]);
    expect(kind.isValid(MATCHES, lastTask(e))).to.equal(true);
  });
});

describe("expiry", () => {
  it("ends what was never revealed after its last height, not before, and keeps the bond", () => {
    const e = published();
    commit(e, ALICE, 1n, 1);
    toHeight(e, 601n);
    endBlock(e);
    expect(contribution(e, 1n).status).to.equal(ContributionStatus.CONTRIBUTION_STATUS_COMMITTED);
    toHeight(e, 602n);
    endBlock(e);
    expect(contribution(e, 1n).status).to.equal(ContributionStatus.CONTRIBUTION_STATUS_EXPIRED);
    expect(e.ledger.balance(e.ctx, COMMUNITY)).to.equal(1_000_000n);
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });
  it("is bounded per block", () => {
    const e = published();
    for (let n = 0; n < 130; n++) {
      const commitment = new Uint8Array(32).fill(n);
      const message = { contributor: bech(ALICE), datanetId: 1n, commitment };
      deliver(e.ctx, e.modules, { codec: MsgCommitContribution, message, response: MsgCommitContributionResponse });
    }
    toHeight(e, 700n);
    endBlock(e);
    expect([...state(e).deadlines.keys()].length).to.equal(30);
    endBlock(e);
    expect([...state(e).deadlines.keys()].length).to.equal(0);
  });
});

describe("a row that two contributions have", () => {
  const shared = { a: { n: 1, texts: ["x", "y"] }, b: { n: 2, texts: ["y", "z"] } };
  it("belongs to the earlier commit, whichever is accepted first", () => {
    for (const isLateFirst of [false, true]) {
      const e = published();
      commit(e, ALICE, 1n, 1);
      commit(e, BOB, 1n, 2);
      const steps = [
        () => (reveal(e, ALICE, 1n, shared.a), e.desk.resolve(e.ctx, lastTask(e), MATCHES)),
        () => (reveal(e, BOB, 2n, shared.b), e.desk.resolve(e.ctx, lastTask(e), MATCHES)),
      ];
      for (const step of isLateFirst ? steps.toReversed() : steps) step();
      expect([contribution(e, 1n).duplicateRows, contribution(e, 2n).duplicateRows]).to.deep.equal([0, 1]);
      expect(state(e).datanets.getOrFail(1n).rows).to.equal(3n);
      expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
    }
  });
  it("counts once when it stands twice in one blob", () => {
    const e = published();
    contribute(e, ALICE, 1n, { n: 1, texts: ["x", "x", "y"] });
    expect(contribution(e, 1n).duplicateRows).to.equal(1);
    expect(countedPositions(rowsOf(["x", "x", "y"]), () => true)).to.deep.equal([0, 2]);
  });
});

describe("a dataset version", () => {
  it("needs its owner, a published datanet and something new", () => {
    const e = createEconomy();
    createDatanet(e);
    expect(rejection(() => createVersion(e, 1n))).to.equal("datanet/7");
    publishDatanet(e, 1n);
    expect(rejection(() => createVersion(e, 1n))).to.equal("datanet/21");
    contribute(e, ALICE, 1n, { n: 1, texts: ["x"] });
    expect(createVersion(e, 1n).version).to.equal(1n);
    expect(rejection(() => createVersion(e, 1n))).to.equal("datanet/21");
  });
  it("stops before the first undecided contribution, so that an earlier commit can still get its rows", () => {
    const e = published();
    commit(e, ALICE, 1n, 1);
    contribute(e, BOB, 1n, { n: 2, texts: ["y"] });
    expect(rejection(() => createVersion(e, 1n))).to.equal("datanet/21");
    reveal(e, ALICE, 1n, { n: 1, texts: ["y"] });
    e.desk.resolve(e.ctx, lastTask(e), MATCHES);
    createVersion(e, 1n);
    expect(state(e).versions.getOrFail([1n, 1n]).rows).to.equal(1n);
  });
  it("has a root under which each contribution can be proved", () => {
    const e = withData();
    const leaves = [1n, 2n].map((id) => {
      const { contributor, blobCid, rowsRoot } = contribution(e, id);
      return VersionLeaf.encode({ contributionId: id, contributor, blobCid, rowsRoot });
    });
    const { root } = state(e).versions.getOrFail([1n, 1n]);
    const { proofs } = merkleProofs(leaves);
    expect(leaves.every((leaf, i) => verifyMerkleProof(root, leaf, proofs[i]!))).to.equal(true);
  });
  it("keeps saying which rows count after later versions", () => {
    const e = withData();
    const list = (version: bigint) => {
      const path = "/openledger.datanet.v1.Query/VersionContributions";
      const message = { datanetId: 1n, version };
      return ask(e.ctx, e.modules, { path, codec: QueryVersionContributionsRequest, message, response: QueryVersionContributionsResponse })
        .contributions.map((c) => [c.contribution.id, ...c.rows]);
    };
    const first = list(1n);
    expect(first).to.deep.equal([[1n, 0, 1, 2], [2n, 0]]);
    contribute(e, BOB, 1n, { n: 3, texts: ["tyger tyger", "new"] });
    createVersion(e, 1n);
    expect(list(1n)).to.deep.equal(first);
    expect(list(0n)).to.deep.equal([...first, [3n, 1]]);
  });
});

describe("the commitment", () => {
  it("changes with each thing it binds", () => {
    const opening = { contributor: ALICE, datanetId: 1n, blobCid: cid(1), salt: saltOf(1) };
    const base = contributionCommitment(opening);
    for (const over of [{ contributor: BOB }, { datanetId: 2n }, { blobCid: cid(2) }, { salt: saltOf(2) }]) {
      expect(contributionCommitment({ ...opening, ...over })).not.to.deep.equal(base);
    }
  });
  it("never lets bytes move from one part to the next", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 63 }), (salt) => {
        const one = contributionCommitment({ contributor: ALICE, datanetId: 1n, blobCid: "ab", salt });
        const two = contributionCommitment({ contributor: ALICE, datanetId: 1n, blobCid: "a", salt: Uint8Array.of(98, ...salt) });
        return one.some((byte, i) => byte !== two[i]);
      }),
    );
  });
});

describe("the datanet module", () => {
  it("exports what it imports", () => {
    const e = withData();
    commit(e, ALICE, 1n, 8);
    const pending = commit(e, BOB, 1n, 9);
    reveal(e, BOB, pending, { n: 9, texts: ["later"] });
    contribute(e, ALICE, 1n, { n: 10, texts: ["later", "tyger tyger"] });
    const module = e.modules.find((m) => m.name === DATANET_STORE)!;
    const exported = module.genesis.export(e.ctx);
    const fresh = createScratchContext();
    module.genesis.init(fresh, exported);
    expect(module.genesis.export(fresh)).to.deep.equal(exported);
    const [before, after] = [e.ctx, fresh].map((ctx) => [...ctx.store(DATANET_STORE).iterate()].map(([k, v]) => [[...k], [...v]]));
    expect(after).to.deep.equal(before);
  });
  it("notices when an invariant breaks", () => {
    const breaks: readonly (readonly [string, (e: Economy) => void])[] = [
      ["the datanet account holds exactly the deposits and bonds", (e) => e.ledger.fromModule(e.ctx, DATANET_STORE, ALICE, toUopen(1n))],
      ["each row belongs to the accepted contribution with the lowest id that has it", (e) => state(e).rowOwners.delete([1n, sha256(utf8("tyger tyger"))])],
      [
        "a contribution is pending exactly while it is committed or revealed, and due exactly while committed",
        (e) => state(e).pending.add([1n, 1n]),
      ],
      [
        "a datanet counts its accepted contributions and their rows, duplicates left out",
        (e) => state(e).datanets.set(1n, { ...state(e).datanets.getOrFail(1n), rows: 99n }),
      ],
    ];
    for (const [name, damage] of breaks) {
      const e = withData();
      expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
      damage(e);
      expect(brokenInvariant(e.ctx, e.modules)).to.equal(name);
    }
  });
  it("bounds its params", () => {
    checkParams(defaultParams);
    for (const over of [{ maxRowBytes: 0 }, { revealPeriod: 0 }, { maxRowsPerContribution: 4_001 }, { maxBlobBytes: 0 }]) {
      expect(rejection(() => checkParams({ ...defaultParams, ...over }))).to.equal("datanet/24");
    }
    expect(rejection(() => checkParams({ ...defaultParams, contributionBond: "-1" }))).to.equal("sdk/18");
  });
  it("pins its error codes", () => {
    const codes = Object.values(DatanetError).map((make) => make().code);
    expect(codes).to.deep.equal(Array.from({ length: 25 }, (_, i) => i + 2));
    expect(DatanetError.OversizeRow().message).to.equal("row is too long");
  });
});
