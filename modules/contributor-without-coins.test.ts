import { expect } from "chai";
import { silentSource } from "../chain/attest/index.js";
import { parseAddress } from "../chain/codec/index.js";
import { moduleTypes } from "../chain/kernel/index.js";
import { toUopen } from "../chain/primitives/index.js";
import { sha256 } from "../chain/crypto/index.js";
import { TEST_GENESIS_TIME, createTestChain } from "../chain/testkit/chain.js";
import { anyOf, createSigner } from "../chain/testkit/signer.js";
import { AllowedMsgAllowance, BasicAllowance, MsgGrantAllowance } from "../proto/gen/cosmos/feegrant/v1beta1.js";
import { Modality, MsgCommitContribution, MsgCreateDatanet, MsgPublishDatanet } from "../proto/gen/openledger/datanet/v1.js";
import { createModules } from "./app.js";
import { contributionCommitment } from "./datanet/rules/commitment.js";
import { buildGenesis } from "./genesis.js";

/** Design §6: a contributor who holds no OPEN must be able to take part. */

const owner = createSigner("owner of a datanet");
const poor = createSigner("contributor without a coin");

function start() {
  const { modules, accounts, fees, feeGrants, services } = createModules(silentSource);
  const funded = [{ address: owner.address, amount: toUopen(100_000_000n), from: "community" as const }];
  const datanet = modules.find((m) => m.name === "datanet")?.genesis.defaults() as { readonly params: object };
  const appState = {
    ...buildGenesis({ time: TEST_GENESIS_TIME, validators: [], accounts: funded }),
    datanet: { ...datanet, params: { ...datanet.params, contribution_bond: "0" } },
  };
  const chain = createTestChain({ modules, accounts, fees, feeGrants, appState });
  return { chain, services, types: moduleTypes(modules) };
}

describe("a contributor without coins, and without an account before", () => {
  it("owns a row of a datanet whose owner pays the fees, where no bond is asked", () => {
    const { chain, services, types } = start();
    const create = MsgCreateDatanet.create({
      owner: owner.text,
      name: "open rows",
      modality: Modality.MODALITY_TEXT,
      license: { spdx: "CC0-1.0", commercialUse: true, derivatives: true, expiresAt: 0n },
      access: 1,
    });
    const basic = anyOf(BasicAllowance, { spendLimit: [{ denom: "uopen", amount: "50000" }], expiration: undefined });
    const allowance = anyOf(AllowedMsgAllowance, { allowance: basic, allowedMessages: [`/${MsgCommitContribution.typeName}`] });
    const before = [
      anyOf(MsgCreateDatanet, create),
      anyOf(MsgPublishDatanet, { owner: owner.text, datanetId: 1n }),
      anyOf(MsgGrantAllowance, { granter: owner.text, grantee: poor.text, allowance }),
    ];
    expect(chain.deliver(owner, before, { fee: 1_000n }).log).to.equal("");
    const opening = { contributor: parseAddress(poor.text), datanetId: 1n, blobCid: `b${"afkrei".padEnd(58, "a")}`, salt: sha256(poor.address) };
    const commit = anyOf(MsgCommitContribution, { contributor: poor.text, datanetId: 1n, commitment: contributionCommitment(opening) });
    const result = chain.deliver(poor, [commit], { fee: 5_000n, granter: owner.text, amino: types });
    expect(result.log).to.equal("");
    expect(result.events.some((e) => e.type === "use_feegrant")).to.equal(true);
    expect(services.token.balance(chain.read(), poor.address)).to.equal(0n);
    const other = anyOf(MsgPublishDatanet, { owner: poor.text, datanetId: 1n });
    expect(chain.deliver(poor, [other], { fee: 5_000n, granter: owner.text }).log).to.match(/message not allowed/);
  });
});
