import { readFileSync } from "node:fs";
import { expect } from "chai";
import { toUopen } from "../../chain/primitives/index.js";
import { scoreVectors } from "../../modules/attribution/rules/score.js";
import { splitFee } from "../../modules/attribution/rules/split.js";

const PAGE = readFileSync("docs/attribution.md", "utf8");

/** Cells of the page's table rows that begin with a name. */
function rowsOf(name: string): string[][] {
  return PAGE.split("\n")
    .filter((line) => line.startsWith(`| ${name} |`))
    .map((line) => line.split("|").slice(2, -1).map((cell) => cell.trim()));
}

function vectorOf(name: string): { exponent: number; values: Int8Array } {
  const [unit = "", ...values] = rowsOf(name)[0] ?? expect.fail(name);
  return { exponent: Number(unit.replace("2^", "")), values: Int8Array.from(values, Number) };
}

describe("the worked example of docs/attribution.md", () => {
  const names = ["ada", "ben", "cyd"];
  const { scores } = scoreVectors(vectorOf("query gradient"), names.map((contributor) => ({ contributor, ...vectorOf(contributor) })));
  const found = splitFee({
    fee: toUopen(10_000n),
    platformFee: toUopen(1_000n),
    split: { betaPpm: 250_000, gammaPpm: 150_000, deltaPpm: 600_000, spanPoolPpm: 150_000, burnPpm: 0 },
    royaltyPpm: 100_000,
    adapterOwner: "developer",
    baseModelOwner: "maker",
    communityPool: "pool",
    attesters: ["v1", "v2", "v3"].map((account, i) => ({ account, power: 1n, agreed: i < 2 })),
    influence: scores,
    spanScores: [
      { contributor: "ada", score: 16n },
      { contributor: "ben", score: 36n },
    ],
  });

  it("has the scores, shares and amounts that the chain's rules give", () => {
    for (const [i, share] of found.shares.entries()) {
      const counts = share.influence > 0n ? share.influence : 0n;
      const cells = [share.influence, counts, share.influencePpm, share.spanScore, share.spanPpm, share.amount].map(String);
      expect(rowsOf(names[i] ?? "")[1]).to.deep.equal(cells);
    }
  });

  it("has payouts that sum to the fee", () => {
    const amounts = found.payouts.map((p) => p.amount);
    expect(amounts).to.deep.equal(["3592", "561", "1247", "2025", "225", "450", "450", "1450"]);
    for (const amount of amounts) expect(PAGE).to.contain(amount);
    expect(amounts.reduce((sum, a) => sum + BigInt(a), 0n)).to.equal(10_000n);
  });
});
