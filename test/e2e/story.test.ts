import { expect } from "chai";
import { built } from "../../testnet/root.js";
import type { Outcome } from "../../testnet/session.js";
import { createMnemonics } from "../../testnet/story/actors.js";
import { hasBrowser } from "../verify/page.js";
import { verifyOnNetwork } from "./browser.js";
import { doubleSigns, forks, rejoined, supplies, tellShortStory } from "./testnet.js";

/** Payouts of the first answer: to whom and how much, for these roles. */
function paid(outcome: Outcome, isWanted: (role: string) => boolean): string[] {
  const payouts = outcome.answers[0]?.payouts ?? [];
  return payouts.filter(({ role }) => isWanted(role)).map(({ role, who, amount }) => `${role}: ${who}: ${amount}`);
}

const isAttester = (role: string): boolean => role === "validator who agreed";
/** Contributors and owners: whose pay must not depend on what any one validator does. */
const isOwner = (role: string): boolean => !isAttester(role) && role !== "platform";

function amountOf(outcome: Outcome, who: (payout: { role: string; who: string }) => boolean): bigint {
  return (outcome.answers[0]?.payouts ?? []).filter(who).reduce((sum, { amount }) => sum + amount, 0n);
}

/** One validator's part went to the community pool; the others lost nothing, up to one uopen of rounding. */
function expectForfeit(outcome: Outcome, honest: Outcome, missing: string): void {
  expect(outcome.answers[0]?.answer).to.equal(honest.answers[0]?.answer);
  expect(paid(outcome, isOwner)).to.deep.equal(paid(honest, isOwner));
  const names = ["node0", "node1", "node2", "node3"].filter((name) => name !== missing);
  for (const name of names) {
    const own = (payout: { role: string; who: string }): boolean => isAttester(payout.role) && payout.who === name;
    const difference = amountOf(outcome, own) - amountOf(honest, own);
    expect(difference >= -2n && difference <= 2n, `${name} differs by ${difference}`).to.equal(true);
  }
  const lost = amountOf(honest, (p) => isAttester(p.role)) - amountOf(outcome, (p) => isAttester(p.role));
  const gained = amountOf(outcome, (p) => p.role === "platform") - amountOf(honest, (p) => p.role === "platform");
  expect(lost > 0n).to.equal(true);
  expect(gained).to.equal(lost);
}

function failed(outcome: Outcome): string[] {
  return outcome.checks.filter((check) => !check.holds).map((check) => `${check.name}: ${check.found}`);
}

describe("the story on four validator processes", function () {
  this.timeout(300_000);
  let honest: Outcome | undefined;
  let split: number[] = [-1];
  let supply: string[] = [];
  let inPage: string | undefined;
  let mnemonics: Readonly<Record<string, string>> = {};

  before(async () => {
    mnemonics = await createMnemonics();
    honest = await tellShortStory({
      mnemonics,
      after: async (testnet) => {
        split = await forks(testnet);
        supply = await supplies(testnet);
        if (hasBrowser()) inPage = await verifyOnNetwork(testnet, 1n);
      },
    });
  });

  it("ends with every check held: payouts recomputed, sums exact, supply constant", () => {
    expect(failed(honest!)).to.deep.equal([]);
  });

  it("has one application hash at every height", () => {
    expect(split).to.deep.equal([]);
  });

  it("keeps the supply at every height that is looked at", () => {
    expect(supply).to.have.length(10);
    expect(new Set(supply)).to.deep.equal(new Set(["1000000000000000"]));
  });

  it("has a payout that a browser recomputes from another validator's node", function () {
    if (inPage === undefined) return this.skip();
    expect(JSON.parse(inPage), inPage).to.include({ equal: true, inferenceId: "1" });
  });

  it("pays contributors for an answer that has text", () => {
    const [answer] = honest!.answers;
    expect(answer!.answer).to.not.equal("");
    expect(answer!.payouts.filter((payout) => payout.role === "contributor")).to.not.be.empty;
  });

  it("pays everyone else the same when one sidecar adds half to a friend's score", async () => {
    const program = (index: number): string | undefined => (index === 3 ? built("testnet/faults/lying-sidecar.js") : undefined);
    const outcome = await tellShortStory({ mnemonics, sidecarProgram: program });
    expect(failed(outcome)).to.deep.equal([]);
    expect(outcome.answers[0]!.agreement.agreeing * 4n).to.equal(outcome.answers[0]!.agreement.committee * 3n);
    expectForfeit(outcome, honest!, "node3");
  });

  it("pays everyone else the same when one sidecar is dead", async () => {
    const outcome = await tellShortStory({
      mnemonics,
      onStage: async (title, testnet) => {
        if (title.startsWith("ask")) await testnet.supervisor.end("sidecar-2", "SIGKILL");
      },
    });
    expect(failed(outcome)).to.deep.equal([]);
    expectForfeit(outcome, honest!, "node2");
  });

  it("goes on when a validator is killed, which rejoins without signing twice", async () => {
    let forked: number[] = [-1];
    let signedTwice = -1;
    const outcome = await tellShortStory({
      onStage: async (title, testnet) => {
        if (title.startsWith("upload")) await testnet.supervisor.end("validator-3", "SIGKILL");
        if (title.startsWith("publish the adapter")) {
          testnet.startValidator(3);
          await rejoined(testnet, 3);
        }
      },
      after: async (testnet) => {
        forked = await forks(testnet);
        signedTwice = await doubleSigns(testnet);
      },
    });
    expect(failed(outcome)).to.deep.equal([]);
    expect(forked).to.deep.equal([]);
    expect(signedTwice).to.equal(0);
  });
});
