import { QueryClient, setupDistributionExtension, setupMintExtension } from "@cosmjs/stargate";
import { expect } from "chai";
import { formatAddress, formatOperatorAddress } from "../chain/codec/index.js";
import type { Module } from "../chain/kernel/index.js";
import { parseDec } from "../chain/primitives/index.js";
import type { Address } from "../chain/primitives/index.js";
import { beginNext, createDistributionLab, labAccount, reward } from "../chain/testkit/distribution-lab.js";
import type { ScratchContext } from "../chain/testkit/scratch-context.js";
import { percent } from "../chain/testkit/stake-lab.js";
import { createMintModule } from "./mint/index.js";

/** CosmJS asks as it would ask a node: by path and bytes. */
function clientOf(ctx: ScratchContext, modules: readonly Module[]) {
  const comet = {
    abciQuery({ path, data }: { readonly path: string; readonly data: Uint8Array }) {
      const route = modules.flatMap((m) => m.queries).find((q) => q.path === path);
      if (route === undefined) throw new TypeError(`no query ${path}`);
      return Promise.resolve({ code: 0, value: route.handle(ctx, data), height: 1, log: "", info: "", key: new Uint8Array(0) });
    },
  };
  // All that QueryClient asks of a connection.
  return QueryClient.withExtensions(comet as never, setupDistributionExtension, setupMintExtension);
}

const [VALIDATOR, ALICE] = [1, 2].map(labAccount) as [Address, Address];
const [operator, alice] = [formatOperatorAddress(VALIDATOR), formatAddress(ALICE)];
const decCoins = (text: string) => [{ denom: "uopen", amount: parseDec(text).toString() }];

describe("distribution and mint as CosmJS reads them", () => {
  const lab = createDistributionLab();
  const mint = createMintModule();
  const { distribution, mint: minting } = clientOf(lab.ctx, [lab.module, mint]);

  before(() => {
    mint.genesis.init(lab.ctx, mint.genesis.defaults());
    lab.stake.create(lab.ctx, VALIDATOR, { tokens: 100n, commission: percent(10n) });
    lab.stake.delegate(lab.ctx, ALICE, VALIDATOR, 300n);
    beginNext(lab);
    reward(lab, VALIDATOR, 405n);
    lab.stake.slash(lab.ctx, VALIDATOR, percent(10n));
  });

  it("has every query of its extension", async () => {
    expect((await distribution.delegationRewards(alice, operator)).rewards).to.deep.equal(decCoins("273.375"));
    const total = await distribution.delegationTotalRewards(alice);
    expect(total).to.deep.include({ total: decCoins("273.375"), rewards: [{ validatorAddress: operator, reward: decCoins("273.375") }] });
    expect((await distribution.validatorCommission(operator)).commission.commission).to.deep.equal(decCoins("40.5"));
    expect((await distribution.validatorOutstandingRewards(operator)).rewards.rewards).to.deep.equal(decCoins("405"));
    expect((await distribution.validatorSlashes(operator, 0, 10)).slashes).to.deep.equal([{ validatorPeriod: 3n, fraction: parseDec("0.1").toString() }]);
    expect((await distribution.delegatorValidators(alice)).validators).to.deep.equal([operator]);
    expect((await distribution.delegatorWithdrawAddress(alice)).withdrawAddress).to.equal(alice);
    expect((await distribution.communityPool()).pool).to.deep.equal([]);
    expect((await distribution.params()).params).to.deep.include({ communityTax: parseDec("0.02").toString(), withdrawAddrEnabled: true });
  });

  it("reads a mint that never mints", async () => {
    expect((await minting.inflation()).toString()).to.equal("0");
    expect((await minting.annualProvisions()).toString()).to.equal("0");
    const params = await minting.params();
    expect([params.mintDenom, params.inflationMax.toString(), params.goalBonded.toString()]).to.deep.equal(["uopen", "0", "0.67"]);
  });
});
