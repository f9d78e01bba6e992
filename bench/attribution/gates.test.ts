import { expect } from "chai";
import { gains } from "./gains.js";
import { shortLoraGates, shortLrGates } from "./gates.js";
import { judge, judgeContributors } from "./judge.js";
import { bootstrap } from "./metrics.js";
import { readOptions } from "./options.js";
import type { Row, SettingResult } from "./types.js";

const NO_COST = { seconds: 0, gradients: 0 };

function row(method: string, figures: Partial<Row>): Row {
  return { setting: "s", method, ours: !method.startsWith("datainf"), oneOff: NO_COST, perQuery: NO_COST, ...figures };
}

function exactly(value: number): { readonly mean: number; readonly low: number; readonly high: number; readonly n: number } {
  return bootstrap([value, value]);
}

describe("gates", () => {
  const result = (lds95: number, figures: Record<string, number> = { forwardReverse: 1, int8Drop: 0 }): SettingResult => ({
    setting: "lora-short",
    rows: [
      row("tangent-v1", { leaveOneOut: exactly(0.9) }),
      row("replay-epoch-v1", { lds95: exactly(lds95) }),
      row("datainf (0.1)", { lds95: exactly(0.2) }),
      row("datainf (10)", { lds95: exactly(0.65) }),
    ],
    gates: [],
    figures,
  });

  it("are passed or missed by the figures of a run", () => {
    const missed = (r: SettingResult): string[] => shortLoraGates(r).filter((g) => !g.passed).map((g) => g.name);
    expect(missed(result(0.95))).to.deep.equal([]);
    // The best DataInf counts, not the published damping.
    expect(missed(result(0.89))).to.deep.equal(["language model: LDS 95 % of replay-epoch-v1 above the best DataInf"]);
    expect(missed(result(0.95, { forwardReverse: 0.9998, int8Drop: 0.02 }))).to.have.length(2);
    expect(missed(result(Number.NaN))).to.have.length(2);
  });

  it("are not silent about a method that did not run", () => {
    expect(() => shortLrGates(result(1))).to.throw(RangeError, "if-cg");
  });
});

describe("a method is judged", () => {
  it("row by row, and by contributor where rises are known", () => {
    const kept = [Uint8Array.of(1, 1, 0, 0), Uint8Array.of(0, 0, 1, 1), Uint8Array.of(1, 0, 1, 0)];
    const losses = [0.1, 0.9, 0.5].map((x) => Float64Array.of(x));
    const rises = [Float64Array.of(3), Float64Array.of(1)];
    const influence = [Float64Array.of(2, 2, 1, -1)];
    const { figures, ldsStandard } = judge(influence, { contributor: [0, 0, 1, 1], half: { kept, losses }, rises });
    expect(figures.ldsHalf?.mean).to.equal(1);
    expect(figures.leaveOneOut?.mean).to.equal(1);
    expect(figures.ldsStandard).to.equal(undefined);
    expect(ldsStandard).to.deep.equal([]);
    expect(judgeContributors([Float64Array.of(1, 2)], rises).figures.leaveOneOut?.mean).to.equal(-1);
  });

  it("against the DataInf that does best, in pairs", () => {
    const judged = (lds95: number[]) => ({ figures: {}, ldsStandard: [], ldsHalf: [], lds95, leaveOneOut: [] });
    const out = gains([
      { row: row("replay-epoch-v1", { lds95: exactly(0.9) }), judged: judged([0.8, 1]) },
      { row: row("datainf (0.1)", { lds95: exactly(0.3) }), judged: judged([0.3, 0.3]) },
      { row: row("datainf (10)", { lds95: exactly(0.4) }), judged: judged([0.3, 0.5]) },
    ]);
    expect(Object.keys(out)).to.deep.equal(["replay-epoch-v1 over datainf (10), lds95"]);
    expect(out["replay-epoch-v1 over datainf (10), lds95"]?.mean).to.be.closeTo(0.5, 1e-12);
  });
});

describe("options", () => {
  it("are read from the command line", () => {
    expect(readOptions(["--short", "--only", "lora", "--only", "text", "--cache", "/c"])).to.deep.equal({
      short: true,
      json: false,
      only: ["lora", "text"],
      alone: false,
      helper: false,
      cache: "/c",
    });
    expect(() => readOptions(["--shrot"])).to.throw();
  });
});
