import { expect } from "chai";
import { built } from "../../testnet/root.js";
import type { Outcome } from "../../testnet/session.js";
import { doubleSigns, forks, rejoined, tellShortStory } from "./testnet.js";

/** Payouts by account, without who was paid for attesting: that is where a liar loses its own part. */
function paidToOthers(outcome: Outcome): string[] {
  return outcome.answers.flatMap(({ payouts }) =>
    payouts
      .filter(({ role }) => role !== "validator who agreed" && role !== "platform")
      .map(({ role, who, amount }) => `${role} ${who} ${amount}`),
  );
}

function failed(outcome: Outcome): string[] {
  return outcome.checks.filter((check) => !check.holds).map((check) => `${check.name}: ${check.found}`);
}

describe("the story on four validator processes", function () {
  this.timeout(300_000);
  let honest: Outcome | undefined;
  let split: number[] = [-1];

  before(async () => {
    honest = await tellShortStory({ after: async (testnet) => void (split = await forks(testnet)) });
  });

  it("ends with every check held: payouts recomputed, sums exact, supply constant", () => {
    expect(failed(honest!)).to.deep.equal([]);
  });

  it("has one application hash at every height", () => {
    expect(split).to.deep.equal([]);
  });

  it("pays contributors for an answer that has text", () => {
    const [answer] = honest!.answers;
    expect(answer!.answer).to.not.equal("");
    expect(answer!.payouts.filter((payout) => payout.role === "contributor")).to.not.be.empty;
  });

  it("pays the same when one sidecar adds half to a friend's score", async () => {
    const program = (index: number): string | undefined => (index === 3 ? built("testnet/faults/lying-sidecar.js") : undefined);
    const outcome = await tellShortStory({ sidecarProgram: program });
    expect(failed(outcome)).to.deep.equal([]);
    expect(outcome.answers[0]!.agreement.agreeing * 4n).to.equal(outcome.answers[0]!.agreement.committee * 3n);
    expect(paidToOthers(outcome).length).to.equal(paidToOthers(honest!).length);
  });

  it("settles when one sidecar is dead", async () => {
    const outcome = await tellShortStory({
      onStage: async (title, testnet) => {
        if (title.startsWith("ask")) await testnet.supervisor.end("sidecar-2", "SIGKILL");
      },
    });
    expect(failed(outcome)).to.deep.equal([]);
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
