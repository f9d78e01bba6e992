import { expect } from "chai";
import fc from "fast-check";
import { Reject } from "../../chain/primitives/index.js";
import { zeroMoments } from "./adam.js";
import { encodePartition, entriesOf, isShared, partitionOf, readPartition, unionOf } from "./cohorts.js";

const heads = fc
  .uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 60 })
  .chain((names) => fc.tuple(fc.constant(unionOf(names, [])), fc.array(fc.nat(20), { minLength: names.length, maxLength: names.length })))
  .map(([contributors, sizes]) => ({ contributors, sizes }));

describe("cohorts", () => {
  it("give everyone a tangent of one's own where there is room", () => {
    fc.assert(
      fc.property(heads, (h) => {
        for (const room of [0, Math.max(2, h.contributors.length), 100]) {
          const partition = partitionOf(h, room);
          expect(partition.groupOf).to.deep.equal(h.contributors.map((_, i) => i));
          expect(isShared(partition)).to.equal(false);
        }
      }),
    );
  });

  it("never need more entries than there is room for, and leave the largest alone", () => {
    fc.assert(
      fc.property(heads, fc.integer({ min: 2, max: 30 }), (h, room) => {
        const partition = partitionOf(h, room);
        expect(entriesOf(partition)).to.be.at.most(room);
        if (!isShared(partition)) return;
        const buckets = Math.max(1, Math.floor((room - 1) / 4));
        const shared = h.contributors.filter((_, i) => partition.groupOf.filter((g) => g === partition.groupOf[i]).length > 1);
        const limit = room - 1 - buckets;
        const largest = h.contributors.map((name, i) => ({ name, size: h.sizes[i] ?? 0 })).sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1));
        for (const { name } of largest.slice(0, limit)) expect(shared).not.to.include(name);
      }),
    );
  });

  it("can be read back from the state that carries them", () => {
    fc.assert(
      fc.property(heads, fc.integer({ min: 2, max: 30 }), (h, room) => {
        const partition = partitionOf(h, room);
        const tangents = Array.from({ length: partition.groups }, () => zeroMoments(25));
        const all = isShared(partition) ? [...tangents, encodePartition(partition, 25)] : tangents;
        expect(readPartition(h.contributors, all)).to.deep.equal(partition);
      }),
    );
  });

  it("of a later version join the parent's and never divide them", () => {
    fc.assert(
      fc.property(heads, heads, fc.tuple(fc.integer({ min: 2, max: 30 }), fc.nat(30)), (first, second, [room, next]) => {
        const parent = partitionOf(first, room);
        const contributors = unionOf(first.contributors, second.contributors);
        const sizes = contributors.map((c) => second.sizes[second.contributors.indexOf(c)] ?? 0);
        const child = partitionOf({ contributors, sizes }, next, parent);
        if (next >= 2) expect(entriesOf(child)).to.be.at.most(next);
        const group = (name: string): number => child.groupOf[contributors.indexOf(name)] ?? -1;
        parent.contributors.forEach((a, i) => {
          const b = parent.contributors[parent.groupOf.indexOf(parent.groupOf[i] ?? 0)] ?? "";
          expect(group(a)).to.equal(group(b));
        });
        const tangents = Array.from({ length: child.groups }, () => zeroMoments(50));
        const all = isShared(child) ? [...tangents, encodePartition(child, 50)] : tangents;
        expect(readPartition(contributors, all)).to.deep.equal(child);
      }),
    );
  });

  it("are refused when a state does not fit its contributors", () => {
    const names = ["a", "b", "c"];
    const zero = zeroMoments(4);
    const wrong = [[], [zero], [zero, zero, zero, zero], [zero, { ...zero, theta: Float32Array.of(1, 0, 0, 0) }], [zero, { ...zero, theta: Float32Array.of(0, NaN, 0, 0) }]];
    for (const tangents of wrong) expect(() => readPartition(names, tangents)).to.throw(Reject);
    expect(() => encodePartition({ contributors: names, groupOf: [0, 0, 1, 1], groups: 2 }, 1)).to.throw(Reject);
  });
});
