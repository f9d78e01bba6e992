import { expect } from "chai";
import fc from "fast-check";
import { toUopen } from "../primitives/index.js";
import {
  createScratchStore,
  defineSchema,
  item,
  keySet,
  map,
  pair,
  textKey,
  u64Key,
  uopenValue,
} from "./index.js";

/** Typed collections beside plain Maps, on one store, so that a collection that reached into another would show. */
const schema = defineSchema("model", {
  balances: map(1, pair(textKey, u64Key), uopenValue),
  members: keySet(2, textKey),
  total: item(3, uopenValue),
  others: map(4, pair(textKey, u64Key), uopenValue),
});

const owner = fc.constantFrom("a", "ab", "b", "");
const id = fc.bigInt({ min: 0n, max: 5n });
const amount = fc.bigInt({ min: 0n, max: 1n << 100n });
const command = fc.oneof(
  fc.record({ kind: fc.constantFrom("set" as const, "other" as const), owner, id, amount }),
  fc.record({ kind: fc.constant("remove" as const), owner, id }),
  fc.record({ kind: fc.constantFrom("join" as const, "leave" as const), owner }),
  fc.record({ kind: fc.constant("total" as const), amount: fc.option(amount, { nil: undefined }) }),
);
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

type Row = readonly [owner: string, id: bigint, amount: bigint];
const byKey = (a: Row, b: Row): number => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : Number(a[1] - b[1]));

class Model {
  readonly state = schema.open(createScratchStore());
  readonly rows = new Map<string, Row>();
  readonly others = new Map<string, Row>();
  readonly members = new Set<string>();
  total: bigint | undefined = undefined;

  run(c: Command): void {
    const { balances, others, members, total } = this.state;
    if (c.kind === "set") balances.set([c.owner, c.id], toUopen(c.amount));
    if (c.kind === "set") this.rows.set(`${c.owner}/${c.id}`, [c.owner, c.id, c.amount]);
    if (c.kind === "other") others.set([c.owner, c.id], toUopen(c.amount));
    if (c.kind === "other") this.others.set(`${c.owner}/${c.id}`, [c.owner, c.id, c.amount]);
    if (c.kind === "remove") balances.delete([c.owner, c.id]);
    if (c.kind === "remove") this.rows.delete(`${c.owner}/${c.id}`);
    if (c.kind === "join") members.add(c.owner);
    if (c.kind === "join") this.members.add(c.owner);
    if (c.kind === "leave") members.delete(c.owner);
    if (c.kind === "leave") this.members.delete(c.owner);
    if (c.kind !== "total") return;
    if (c.amount === undefined) total.delete();
    else total.set(toUopen(c.amount));
    this.total = c.amount;
  }

  check(): void {
    const { balances, others, members, total } = this.state;
    const flat = (entries: Iterable<readonly [readonly [string, bigint], bigint]>): Row[] =>
      [...entries].map(([[o, i], a]) => [o, i, a]);
    const rows = [...this.rows.values()].sort(byKey);
    expect(flat(balances.entries())).to.deep.equal(rows);
    expect(flat(balances.entries({ reverse: true }))).to.deep.equal(rows.toReversed());
    expect(flat(others.entries())).to.deep.equal([...this.others.values()].sort(byKey));
    expect([...members.keys()]).to.deep.equal([...this.members].sort());
    expect(total.get()).to.equal(this.total);
    for (const prefix of ["a", "ab", "b", "", "c"]) {
      const own = rows.filter(([o]) => o === prefix);
      expect(flat(balances.entries({ prefix: [prefix] }))).to.deep.equal(own);
      expect([...balances.values({ prefix: [prefix], limit: 2 })]).to.deep.equal(
        own.slice(0, 2).map(([, , a]) => a),
      );
      const page = balances.page(undefined, { prefix: [prefix] });
      expect([flat(page.entries), page.pagination.total]).to.deep.equal([own, BigInt(own.length)]);
    }
  }
}

describe("typed collections beside plain maps", () => {
  it("agree after any commands, each within its own prefix", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const model = new Model();
        for (const c of commands) model.run(c);
        model.check();
      }),
      { numRuns: 200 },
    );
  });

  it("walk between any two keys as the model does", () => {
    const bound = fc.option(fc.tuple(owner, id), { nil: undefined });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), bound, bound, (commands, start, end) => {
        const model = new Model();
        for (const c of commands) model.run(c);
        const row = (key: readonly [string, bigint]): Row => [key[0], key[1], 0n];
        const want = [...model.rows.values()]
          .sort(byKey)
          .filter((r) => (!start || byKey(r, row(start)) >= 0) && (!end || byKey(r, row(end)) < 0));
        const range = { ...(start && { start }), ...(end && { end }) };
        const got = [...model.state.balances.keys(range)];
        expect(got).to.deep.equal(want.map(([o, i]) => [o, i]));
      }),
    );
  });
});
