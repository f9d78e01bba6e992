import { expect } from "chai";
import { cometMissing } from "../../node/comet/testkit/comet-net.js";
import type { EngineChoice } from "../../node/config/settings.js";
import type { Outcome } from "../../testnet/session.js";
import { ROLES, createMnemonics, openActors } from "../../testnet/story/actors.js";
import { forks, purse, supplies, tellShortStory } from "./testnet.js";
import type { Purse } from "./testnet.js";

interface Told {
  readonly outcome: Outcome;
  readonly purses: ReadonlyMap<string, Purse>;
  /** Heights at which the nodes disagree. */
  readonly split: readonly number[];
  readonly supply: readonly string[];
}

async function tell(engine: EngineChoice, mnemonics: Readonly<Record<string, string>>): Promise<Told> {
  const actors = await openActors(mnemonics);
  const purses = new Map<string, Purse>();
  let split: readonly number[] = [-1];
  let supply: readonly string[] = [];
  const outcome = await tellShortStory({
    mnemonics,
    engine,
    after: async (testnet) => {
      for (const role of ROLES) purses.set(role, await purse(testnet, actors[role].address));
      split = await forks(testnet);
      supply = await supplies(testnet);
    },
  });
  return { outcome, purses, split, supply };
}

/** Every payout of every answer, names for accounts. */
function payouts({ answers }: Outcome): readonly string[] {
  return answers.flatMap((answer, i) => answer.payouts.map(({ role, who, amount }) => `${i} ${role} ${who} ${amount}`)).toSorted();
}

/** What an account has and would have if gas were free: gas depends on how long heights and times are when they are written. */
function beforeFees({ purses }: Told): Readonly<Record<string, bigint>> {
  return Object.fromEntries([...purses].map(([role, { balance, fees }]) => [role, balance + fees]));
}

describe("the story on four CometBFT nodes", function () {
  this.timeout(900_000);
  let embedded: Told;
  let comet: Told;

  before(async function () {
    const missing = cometMissing();
    if (missing !== undefined) {
      process.stdout.write(`${missing}\n`);
      this.skip();
    }
    const mnemonics = await createMnemonics();
    comet = await tell("cometbft", mnemonics);
    embedded = await tell("embedded", mnemonics);
    for (const role of ROLES) {
      const [a, b] = [embedded.purses.get(role), comet.purses.get(role)];
      process.stdout.write(`      ${role}: embedded ${a?.balance} (gas ${a?.fees}), CometBFT ${b?.balance} (gas ${b?.fees})\n`);
    }
  });

  it("ends with the same checks held", () => {
    const failed = comet.outcome.checks.filter(({ holds }) => !holds).map(({ name, found }) => `${name}: ${found}`);
    expect(failed).to.deep.equal([]);
    expect(comet.outcome.checks.map(({ name }) => name)).to.deep.equal(embedded.outcome.checks.map(({ name }) => name));
    expect(comet.split).to.deep.equal([]);
    expect(new Set(comet.supply)).to.deep.equal(new Set(["1000000000000000"]));
  });

  it("gives the same answer and pays the same parts of its fee to the same people, to the last uopen", () => {
    expect(comet.outcome.answers.map(({ answer, shares }) => [answer, shares])).to.deep.equal(embedded.outcome.answers.map(({ answer, shares }) => [answer, shares]));
    expect(payouts(comet.outcome)).to.deep.equal(payouts(embedded.outcome));
  });

  it("leaves everyone with the same balance, but for what their gas cost", () => {
    expect(beforeFees(comet)).to.deep.equal(beforeFees(embedded));
  });
});
