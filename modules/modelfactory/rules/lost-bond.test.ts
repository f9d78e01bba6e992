import { expect } from "chai";
import fc from "fast-check";
import { toUopen } from "../../../chain/primitives/index.js";
import { splitLostBond } from "./lost-bond.js";

describe("a lost bond", () => {
  it("goes to winner and community in whole, and never all to either", () => {
    const bonds = fc.record({ bond: fc.bigInt({ min: 2n, max: 1_000_000_000_000n }), ppm: fc.integer({ min: 500_000, max: 900_000 }) });
    fc.assert(
      fc.property(bonds, ({ bond, ppm }) => {
        const { winner, community } = splitLostBond(toUopen(bond), { winnerSharePpm: ppm });
        return winner + community === bond && winner > 0n && community > 0n;
      }),
    );
  });
  it("is rounded for the community", () => {
    expect(splitLostBond(toUopen(5n), { winnerSharePpm: 500_000 })).to.deep.equal({ winner: 2n, community: 3n });
    expect(splitLostBond(toUopen(1n), { winnerSharePpm: 900_000 })).to.deep.equal({ winner: 0n, community: 1n });
    expect(splitLostBond(toUopen(0n), { winnerSharePpm: 900_000 })).to.deep.equal({ winner: 0n, community: 0n });
  });
});
