import { expect } from "chai";
import fc from "fast-check";
import type { AnswerReport } from "./report.js";
import { formatCount, formatOpen, formatPpm, printable, renderAnswer, renderReport, renderTable } from "./table.js";

const answer: AnswerReport = {
  prompt: "The navy",
  answer: " of the United States",
  shares: [
    { contributor: "Ada", influence: 1_234_567n, ppm: 750_000, amount: 30n },
    { contributor: "Bob", influence: -5n, ppm: 250_000, amount: 10n },
  ],
  rows: [
    { contributor: "Ada", contributionId: 3n, row: 7, text: "A fine navy." },
    { contributor: "Bob", contributionId: 4n, row: 0, text: "So say the United States.", span: "the United States" },
  ],
  payouts: [
    { role: "contributor", who: "Ada", amount: 30n },
    { role: "contributor", who: "Bob", amount: 10n },
    { role: "platform", who: "the community pool", amount: 2n },
  ],
  agreement: { agreeing: 4n, committee: 4n },
  verification: { inferenceId: 1n, equal: true, differences: [], escrow: 100n, fee: 42n, refund: 58n, steps: [], header: { height: 9n, hash: "" } },
};

describe("the story's table", () => {
  it("shows amounts exactly", () => {
    expect(formatOpen(1_234_567_890n)).to.equal("1,234.567890");
    expect(formatCount(-1_000n)).to.equal("-1,000");
    expect(formatPpm(123_405)).to.equal("12.3405 %");
  });

  it("loses no uopen when it formats", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), (uopen) => {
        expect(BigInt(formatOpen(uopen).replace(/[,.]/g, ""))).to.equal(uopen);
      }),
    );
  });

  it("lines columns up and cuts nothing", () => {
    const lines = renderTable([{ title: "a", align: "left" }, { title: "b", align: "right" }], [["long cell", "1"], ["x", "22"]]);
    expect(lines).to.deep.equal(["a           b", "---------  --", "long cell   1", "x          22"]);
  });

  it("says for an answer who shaped it, why, who was paid, and that it adds up", () => {
    const text = renderAnswer(answer, 1).join("\n");
    expect(text).to.contain('Question 1: "The navy"');
    expect(text).to.match(/Ada +1,234,567 +750,000 +75\.0000 % +0\.000030/);
    expect(text).to.contain('Bob, contribution 4, row 0, has the words "the United States":');
    expect(text).to.contain("The fee is 42 uopen: the sum equals it.");
    expect(text).to.contain("recomputed every payout from proofs under header 9, scores included: equal to the last uopen.");
  });

  it("does not hide a sum that is wrong or a payout that differs", () => {
    const differences = [{ at: "payouts.0", recorded: "1", computed: "2" }];
    const verification = { ...answer.verification, fee: 43n, equal: false, differences };
    const text = renderAnswer({ ...answer, verification }, 1).join("\n");
    expect(text).to.contain("THE SUM DOES NOT EQUAL IT");
    expect(text).to.contain("1 DIFFERENCES");
  });

  it("explains influence in one line and marks a failed check", () => {
    const text = renderReport([answer], [{ name: "supply", holds: false, found: "0 uopen" }]);
    expect(text).to.contain("Influence is not topical similarity");
    expect(text).to.contain("FAILED  supply (0 uopen)");
  });

  it("lets no text move the terminal's cursor", () => {
    expect(printable("a\u001b[2Kb\r\nc\u202ed")).to.equal("a [2Kb c d");
  });
});
