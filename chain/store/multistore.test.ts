import { ics23, iavlSpec, tendermintSpec, verifyMembership, verifyNonMembership } from "@confio/ics23";
import { expect } from "chai";
import fc from "fast-check";
import { Fault, Reject, parseHex, toHash32, toHeight, toHex, utf8 } from "../primitives/index.js";
import { createCrashKv } from "../testkit/crash-kv.js";
import { appHashOf, createCommitInfo, decodeCommitInfo, encodeCommitInfo } from "./commit-info.js";
import { EMPTY_ROOT, createMemoryKv, createMultiBranch, openMultiStore, verifyChained } from "./index.js";
import type { MultiStore, MultiStoreOptions, ProofOp } from "./index.js";

const h = (n: number) => toHeight(BigInt(n));
const names = ["bank", "auth", "staking"];
const open = (options: Partial<MultiStoreOptions> = {}): MultiStore =>
  openMultiStore({ kv: createMemoryKv(), stores: names, ...options });

/** One block: writes `value` under a few keys and commits. */
function block(state: MultiStore, value: string): string {
  const branch = createMultiBranch(state);
  branch.store("bank").set(utf8(`k${value}`), utf8(value));
  branch.store("bank").set(utf8("same"), utf8(value));
  branch.store("auth").delete(utf8(`k${Number(value) - 2}`));
  branch.store("auth").set(utf8(`k${value}`), utf8("x"));
  branch.flush();
  const working = state.workingHash();
  expect(state.commit().appHash).to.deep.equal(working);
  return toHex(working);
}

describe("golden app hashes (cosmos-formats.md §10)", () => {
  const bankRoot = toHash32(parseHex("94b037ab65e50f94eb827902a873ee796cb04e3c9ad38c9860d84cbad668a9e7"));

  it("one store: bank", () => {
    expect(toHex(appHashOf([{ name: "bank", root: bankRoot }]))).to.equal(
      "3d1e92555a4a2b3f968085f369b0bfab18f23c968b5219ba44abf73eaed3818d",
    );
  });

  it("two stores: bank, and an empty staking", () => {
    const state = openMultiStore({ kv: createMemoryKv(), stores: ["staking", "bank"] });
    state.store("bank").set(utf8("a"), utf8("1"));
    state.store("bank").set(utf8("b"), utf8("2"));
    expect(toHex(state.workingHash())).to.equal(
      "19aebb14016127545bb081a965918f8aab7cb26efde9c3f5ea548f2a4f3a172c",
    );
  });

  it("no stores: SHA-256 of nothing", () => {
    expect(openMultiStore({ kv: createMemoryKv(), stores: [] }).workingHash()).to.deep.equal(EMPTY_ROOT);
  });
});

describe("the multistore", () => {
  it("begins at version 0 and counts its commits from the initial version", () => {
    expect(open().last.version).to.equal(0n);
    const state = open({ initialVersion: h(100) });
    block(state, "1");
    expect(state.last.version).to.equal(100n);
    block(state, "2");
    expect([state.last.version, state.earliest]).to.deep.equal([101n, 100n]);
    expect(state.at(h(100)).store("bank").get(utf8("same"))).to.deep.equal(utf8("1"));
  });

  it("shows a working hash before anything is on disk", () => {
    const kv = createCrashKv();
    const state = open({ kv });
    state.store("bank").set(utf8("a"), utf8("1"));
    const working = state.workingHash();
    expect(kv.writes).to.equal(0);
    expect(state.commit().appHash).to.deep.equal(working);
    expect(kv.writes).to.equal(1);
  });

  it("keeps readers on committed versions", () => {
    const state = open();
    block(state, "1");
    state.store("bank").set(utf8("same"), utf8("half a block"));
    expect(state.at(h(1)).store("bank").get(utf8("same"))).to.deep.equal(utf8("1"));
    state.rollback();
    expect(state.store("bank").get(utf8("same"))).to.deep.equal(utf8("1"));
  });

  it("is at its last whole version after any crash, and gives the same hashes from there", () => {
    const kv = createCrashKv();
    const state = open({ kv, keepRecent: 3 });
    const hashes = Array.from({ length: 9 }, (_, i) => block(state, `${i}`));
    for (let survived = 0; survived <= kv.writes; survived++) {
      const again = open({ kv: kv.crashAfter(survived), keepRecent: 3 });
      expect(again.last.version).to.equal(BigInt(survived));
      const rest = hashes.slice(survived).map((_, i) => block(again, `${survived + i}`));
      expect(rest).to.deep.equal(hashes.slice(survived));
    }
  });

  it("keeps what it is told to keep, whatever is pruned around it, with equal hashes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }),
        fc.array(fc.boolean(), { maxLength: 14 }),
        (keepRecent, reopens) => {
          const kv = createMemoryKv();
          let pruned = open({ kv, keepRecent });
          const full = open();
          reopens.forEach((reopensNow, i) => {
            if (reopensNow) pruned = open({ kv, keepRecent });
            expect(block(pruned, `${i}`)).to.equal(block(full, `${i}`));
          });
          const latest = reopens.length;
          for (let v = 1; v <= latest; v++) {
            if (v <= latest - keepRecent)
              expect(() => pruned.at(h(v)))
                .to.throw(Reject)
                .with.property("code", 26);
            else expect(pruned.at(h(v)).appHash).to.deep.equal(full.at(h(v)).appHash);
          }
          for (const v of latest > 0 ? [pruned.earliest, h(latest)] : []) {
            for (const name of names) {
              const entries = [...pruned.at(v).store(name).iterate()];
              expect(entries).to.deep.equal([...full.at(v).store(name).iterate()]);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("catches up on pruning a few versions at a time", () => {
    const kv = createMemoryKv();
    const all = open({ kv });
    for (let i = 0; i < 20; i++) block(all, `${i}`);
    const state = open({ kv, keepRecent: 2 });
    block(state, "20");
    expect(state.earliest).to.equal(5n);
    for (let i = 21; i < 30; i++) block(state, `${i}`);
    expect(state.earliest).to.equal(29n);
  });

  it("prunes nothing that is held, and catches up once it is let go", () => {
    const state = open({ keepRecent: 2 });
    for (let i = 1; i <= 3; i++) block(state, String(i));
    const release = state.hold(h(2));
    const again = state.hold(h(3));
    for (let i = 4; i <= 9; i++) block(state, String(i));
    expect(state.earliest).to.equal(2n);
    expect(state.at(h(2)).store("bank").get(utf8("same"))).to.deep.equal(utf8("2"));
    release();
    release();
    block(state, "10");
    expect(state.earliest).to.equal(3n);
    again();
    for (let i = 11; i <= 13; i++) block(state, String(i));
    expect(state.earliest).to.equal(12n);
    expect(() => state.hold(h(2))).to.throw(Reject);
  });

  it("continues from a version that came onto the disk below it", () => {
    const origin = createMemoryKv();
    const state = open({ kv: origin });
    const copy = open({ kv: origin });
    expect(() => copy.reload()).to.throw(Fault);
    for (let i = 1; i <= 3; i++) block(state, String(i));
    copy.reload();
    expect(copy.last).to.deep.equal(state.last);
    expect(block(copy, "4")).to.equal(block(state, "4"));
    const other = openMultiStore({ kv: origin, stores: ["bank", "auth", "staking"] });
    origin.write([{ key: utf8("m/latest"), value: undefined }]);
    expect(() => openMultiStore({ kv: origin, stores: ["bank"] }).reload()).to.throw(Fault);
    expect(other.last.version).to.equal(4n);
  });

  it("goes back to an earlier version, and stays there", () => {
    const kv = createMemoryKv();
    const state = open({ kv, keepRecent: 6 });
    const hashes = Array.from({ length: 8 }, (_, i) => block(state, `${i}`));
    expect(open({ kv, keepRecent: 6, version: h(5) }).last.version).to.equal(5n);
    const again = open({ kv, keepRecent: 6 });
    expect(again.last.version).to.equal(5n);
    expect(() => again.at(h(6)))
      .to.throw(Reject)
      .with.property("code", 26);
    again.commit();
    for (let i = 0; i < 8; i++) again.commit();
    expect(toHex(again.last.appHash)).to.equal(hashes[4]);
    expect(again.store("bank").get(utf8("k4"))).to.deep.equal(utf8("4"));
    expect([...open({ kv }).store("bank").iterate()].length).to.equal(6);
    expect(() => open({ kv, version: h(99) }))
      .to.throw(Reject)
      .with.property("code", 26);
  });

  it("refuses other stores than the disk has, unless an upgrade says so", () => {
    const kv = createMemoryKv();
    block(open({ kv }), "1");
    const stores = ["auth", "bank", "gov"];
    expect(() => open({ kv, stores })).to.throw(Fault, "differ");
    const upgraded = open({ kv, stores, upgrade: { added: ["gov"], removed: ["staking"] } });
    upgraded.store("gov").set(utf8("a"), utf8("1"));
    upgraded.commit();
    const again = open({ kv, stores });
    expect(again.last.version).to.equal(2n);
    expect(again.at(h(2)).store("gov").get(utf8("a"))).to.deep.equal(utf8("1"));
    expect(again.at(h(1)).store("bank").has(utf8("k1"))).to.equal(true);
    expect([...again.at(h(1)).store("gov").iterate()]).to.deep.equal([]);
    expect(() => again.at(h(2)).store("staking")).to.throw(Fault, "no such store");
  });

  it("refuses bad options and unknown names", () => {
    expect(() => open({ stores: ["a", "a"] })).to.throw(Fault, "one name");
    expect(() => open({ keepRecent: 1 })).to.throw(Fault, "at least two");
    expect(() => open().store("nobody")).to.throw(Fault, "no such store");
    expect(() => open().at(h(0)))
      .to.throw(Reject)
      .with.property("code", 26);
  });

  it("keeps commit info in order of the names and reads it back", () => {
    const name = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
    const root = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHash32);
    const infos = fc.uniqueArray(fc.record({ name, root }), { selector: (s) => s.name });
    fc.assert(
      fc.property(infos, (roots) => {
        const info = createCommitInfo(roots);
        expect(info.map((s) => s.name)).to.deep.equal(roots.map((s) => s.name).sort());
        expect(decodeCommitInfo(encodeCommitInfo(info))).to.deep.equal(info);
      }),
    );
    expect(() => decodeCommitInfo(Uint8Array.of(1))).to.throw(Fault);
  });
});

describe("a query with proof", () => {
  const confioAccepts = (
    ops: readonly ProofOp[],
    appHash: Uint8Array,
    key: Uint8Array,
    value?: Uint8Array,
  ): boolean => {
    const [inner, outer] = ops.map((op) => ics23.CommitmentProof.decode(op.data));
    const root = outer?.exist?.value;
    const name = ops[1]?.key;
    if (!inner || !outer || !root || !name) return false;
    const isKey = value
      ? verifyMembership(inner, iavlSpec, root, key, value)
      : verifyNonMembership(inner, iavlSpec, root, key);
    return isKey && verifyMembership(outer, tendermintSpec, appHash, name, root);
  };

  it("leads from the key to the app hash, for any stores, keys and versions", () => {
    const count = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(
        count,
        fc.integer({ min: 2, max: 5 }),
        fc.nat(9),
        fc.boolean(),
        (many, versions, pick, hit) => {
          const stores = Array.from({ length: many }, (_, i) => `store${i}`);
          const state = open({ stores });
          for (let v = 0; v < versions; v++) {
            for (const name of stores)
              for (let i = 0; i < 4; i++) state.store(name).set(utf8(`${name}/${i}`), utf8(`${v}`));
            state.commit();
          }
          const store = stores[pick % many] as string;
          const key = utf8(hit ? `${store}/${pick % 4}` : `${store}/${pick % 4}x`);
          const version = h(2 + (pick % (versions - 1)));
          const { value, ops } = state.queryWithProof(store, key, version);
          const { appHash } = state.at(version);
          expect(value !== undefined).to.equal(hit);
          expect(ops.map((op) => op.type)).to.deep.equal(["ics23:iavl", "ics23:simple"]);
          expect(verifyChained(appHash, ops, { store, key, value })).to.equal(true);
          expect(confioAccepts(ops, appHash, key, value)).to.equal(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  const state = open();
  for (let i = 1; i < 9; i++) block(state, `${i}`);
  const { appHash } = state.at(h(8));

  it("is refused for another claim, another app hash or reordered steps", () => {
    const key = utf8("k5");
    const { value, ops } = state.queryWithProof("bank", key, h(8));
    const claim = { store: "bank", key, value };
    const accepts = (o: readonly ProofOp[], c = claim, root: Uint8Array = appHash) =>
      verifyChained(root, o, c);
    expect(accepts(ops)).to.equal(true);
    expect(accepts(ops, { ...claim, store: "auth" })).to.equal(false);
    expect(accepts(ops, { ...claim, key: utf8("k6") })).to.equal(false);
    expect(accepts(ops, { ...claim, value: utf8("6") })).to.equal(false);
    expect(accepts(ops, { ...claim, value: undefined })).to.equal(false);
    expect(accepts(ops, claim, state.at(h(7)).appHash)).to.equal(false);
    expect(accepts(ops.toReversed())).to.equal(false);
    expect(accepts(ops.slice(0, 1))).to.equal(false);
    expect(accepts([...ops, ...ops])).to.equal(false);
    expect(accepts([])).to.equal(false);
  });

  it("is refused when any byte of it changes", () => {
    for (const key of [utf8("k5"), utf8("k5x")]) {
      const { value, ops } = state.queryWithProof("bank", key, h(8));
      ops.forEach((op, i) => {
        for (let at = 0; at < op.data.length; at++) {
          const data = op.data.slice();
          data[at] = (data[at] as number) ^ (1 << (at % 8));
          const changed = ops.map((o, j) => (i === j ? { ...o, data } : o));
          expect(
            verifyChained(appHash, changed, { store: "bank", key, value }),
            `op ${i} byte ${at}`,
          ).to.equal(false);
        }
      });
    }
  });

  it("is never a crash, whatever bytes arrive", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 80 }), (a, b) => {
        const key = utf8("k5");
        const ops = [
          { type: "ics23:iavl", key, data: a },
          { type: "ics23:simple", key: utf8("bank"), data: b },
        ];
        expect(verifyChained(appHash, ops, { store: "bank", key, value: utf8("5") })).to.equal(false);
      }),
    );
  });

  it("rejects what has no proof, each with its code", () => {
    const code = (run: () => unknown): number => {
      try {
        run();
      } catch (error) {
        if (error instanceof Reject) return error.code;
      }
      return 0;
    };
    expect(code(() => state.queryWithProof("bank", utf8("k"), h(1)))).to.equal(18);
    expect(code(() => state.queryWithProof("bank", utf8("k"), h(99)))).to.equal(26);
    expect(code(() => state.queryWithProof("nobody", utf8("k"), h(5)))).to.equal(6);
    expect(code(() => state.queryWithProof("staking", utf8("k"), h(5)))).to.equal(37);
  });
});
