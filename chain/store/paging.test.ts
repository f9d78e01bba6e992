import { expect } from "chai";
import fc from "fast-check";
import { EMPTY_BYTES, Reject } from "../primitives/index.js";
import {
  MAX_PAGE_LIMIT,
  createScratchStore,
  defineSchema,
  keySet,
  map,
  pair,
  textKey,
  u64Key,
  u64Value,
} from "./index.js";
import type { PageRequest } from "./index.js";

const schema = defineSchema("paged", {
  rows: map(1, pair(textKey, u64Key), u64Value),
  marks: keySet(2, u64Key),
});

function filled(count: number) {
  const state = schema.open(createScratchStore());
  for (const owner of ["ann", "anna", "bob"]) {
    for (let i = 0; i < count; i++) state.rows.set([owner, BigInt(i)], BigInt(i));
  }
  for (let i = 0; i < count; i++) state.marks.add(BigInt(i));
  return state;
}

const request = (part: Partial<PageRequest>): PageRequest => ({
  key: EMPTY_BYTES,
  offset: 0n,
  limit: 0n,
  countTotal: false,
  reverse: false,
  ...part,
});

describe("paging", () => {
  it("gives every entry of a prefix once, in order, whatever the page size and direction", () => {
    fc.assert(
      fc.property(fc.nat(12), fc.integer({ min: 1, max: 5 }), fc.boolean(), (count, limit, reverse) => {
        const { rows } = filled(count);
        const seen: bigint[] = [];
        let key: Uint8Array = EMPTY_BYTES;
        do {
          const page = rows.page(request({ key, limit: BigInt(limit), reverse }), { prefix: ["ann"] });
          seen.push(...page.entries.map(([, value]) => value));
          key = page.pagination.nextKey;
        } while (key.length > 0);
        const want = Array.from({ length: count }, (_, i) => BigInt(i));
        expect(seen).to.deep.equal(reverse ? want.reverse() : want);
      }),
    );
  });

  it("defaults to 100 entries and a total", () => {
    const { rows } = filled(130);
    const page = rows.page(undefined, { prefix: ["anna"] });
    expect(page.entries.length).to.equal(100);
    expect(page.pagination.total).to.equal(130n);
    expect(page.pagination.nextKey).to.deep.equal(u64Key.encode(100n));
  });

  it("skips by offset and counts on request", () => {
    const { marks } = filled(10);
    const page = marks.page(request({ offset: 7n, limit: 2n, countTotal: true }));
    expect(page.entries).to.deep.equal([7n, 8n]);
    expect(page.pagination.total).to.equal(10n);
    expect(marks.page(request({ offset: 20n, limit: 2n })).entries).to.deep.equal([]);
  });

  it("does not count when it resumes by key", () => {
    const { marks } = filled(10);
    const page = marks.page(request({ key: u64Key.encode(4n), limit: 2n, countTotal: true }));
    expect(page.entries).to.deep.equal([4n, 5n]);
    expect(page.pagination.total).to.equal(0n);
  });

  it("leaves out what the filter refuses, in page and total", () => {
    const { rows } = filled(10);
    const options = { prefix: ["bob"] as const, keep: (_: unknown, v: bigint) => v % 2n === 1n };
    const page = rows.page(request({ limit: 2n, countTotal: true }), options);
    expect(page.entries.map(([, v]) => v)).to.deep.equal([1n, 3n]);
    expect(page.pagination).to.deep.equal({ nextKey: u64Key.encode(5n), total: 5n });
  });

  it("never leaves its prefix, whatever key is sent", () => {
    const { rows } = filled(3);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), fc.boolean(), (key, reverse) => {
        const page = rows.page(request({ key, limit: 50n, reverse }), { prefix: ["ann"] });
        expect(page.entries.every(([[owner]]) => owner === "ann")).to.equal(true);
      }),
    );
  });

  it("caps the page", () => {
    const { marks } = filled(1100);
    expect(BigInt(marks.page(request({ limit: 1n << 63n })).entries.length)).to.equal(MAX_PAGE_LIMIT);
  });

  it("rejects key and offset together", () => {
    const { marks } = filled(1);
    const run = () => marks.page(request({ key: Uint8Array.of(1), offset: 1n }));
    expect(run).to.throw(Reject, "either offset or key is expected, got both").with.property("code", 18);
  });
});
