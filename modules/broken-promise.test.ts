import { expect } from "chai";
import type { CommitInfo, FinalizeBlockResponse, Misbehavior } from "../chain/abci/index.js";
import { formatOperatorAddress } from "../chain/codec/index.js";
import { ED25519_URL } from "../chain/kernel/index.js";
import { toHeight, toUopen, toVotingPower } from "../chain/primitives/index.js";
import { TEST_GENESIS_TIME, createTestChain } from "../chain/testkit/chain.js";
import { anyOf, createSigner } from "../chain/testkit/signer.js";
import type { Signer } from "../chain/testkit/signer.js";
import { testKey } from "../chain/testkit/validators.js";
import { PubKey } from "../proto/gen/cosmos/crypto/ed25519.js";
import { MsgUnjail } from "../proto/gen/cosmos/slashing/v1beta1.js";
import * as staking from "../proto/gen/cosmos/staking/v1beta1.js";
import type { Any } from "../proto/gen/google/protobuf.js";
import { createCoreModules } from "./app.js";
import { buildGenesis } from "./genesis.js";

/**
 * An operator that keeps less of its own stake than it promised is jailed whoever is left: by its own withdrawal, or by a slash of
 * another validator that its stake came from. Where it was the last, the set stays as it is until somebody else is there (ADR 0117).
 */

const OPEN = 1_000_000n;
const operators = ["first", "second"].map(createSigner) as [Signer, Signer];
const alice = createSigner("alice");
const NAMES = { moniker: "second", identity: "", website: "", securityContact: "", details: "" };
const RATES = { rate: "0", maxRate: "0", maxChangeRate: "0" };
const uopen = (amount: bigint) => ({ denom: "uopen", amount: amount.toString() });
const named = ({ address }: Signer): string => formatOperatorAddress(address);

/** So many validators of 10 OPEN from genesis on, with real stake. */
function start(count: number) {
  const core = createCoreModules();
  const validators = operators.slice(0, count).map(({ address: operator }, i) => ({ operator, publicKey: testKey(i).publicKey, power: 10n, moniker: `v${i}` }));
  const accounts = [...operators, alice].map(({ address }) => ({ address, amount: toUopen(100n * OPEN), from: "community" as const }));
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators, accounts });
  const chain = createTestChain({ modules: core.modules, accounts: core.auth, fees: core.token, appState });
  chain.nextBlock();
  const view = (i: number) => core.staking.byOperator(chain.read(), operators[i]!.address)!;
  const commit = (): CommitInfo => ({
    round: 0,
    votes: operators.flatMap((_, i) => {
      const found = core.staking.byOperator(chain.read(), operators[i]!.address);
      if (found?.status !== "bonded") return [];
      return [{ validator: { address: testKey(i).address, power: toVotingPower(found.stakedPower) }, flag: "commit" as const }];
    }),
  });
  const next = (txs: readonly Uint8Array[] = [], misbehavior: readonly Misbehavior[] = []): FinalizeBlockResponse =>
    chain.nextBlock(txs, commit(), { misbehavior });
  return {
    chain,
    view,
    next,
    send(signer: Signer, message: Any): FinalizeBlockResponse {
      const response = next([chain.sign(signer, [message])]);
      expect(response.txResults[0]?.log).to.equal("");
      return response;
    },
  };
}

const delegate = (who: Signer, to: Signer, amount: bigint): Any =>
  anyOf(staking.MsgDelegate, { delegatorAddress: who.text, validatorAddress: named(to), amount: uopen(amount) });
const withdraw = (who: Signer, amount: bigint): Any =>
  anyOf(staking.MsgUndelegate, { delegatorAddress: who.text, validatorAddress: named(who), amount: uopen(amount) });
const unjail = (who: Signer): Any => anyOf(MsgUnjail, { validatorAddr: named(who) });

describe("the last validator, when it breaks its promise", () => {
  const [first, second] = operators;

  it("is in jail and goes on making blocks, and comes back with its promise kept", () => {
    const { view, next, send } = start(1);
    send(alice, delegate(alice, first, 20n * OPEN));
    expect(send(first, withdraw(first, 10n * OPEN)).validatorUpdates).to.deep.equal([]);
    expect(view(0)).to.include({ isJailed: true, status: "bonded" });
    for (let i = 0; i < 5; i++) expect(next().validatorUpdates).to.deep.equal([]);
    send(first, delegate(first, first, OPEN));
    const { validatorUpdates } = send(first, unjail(first));
    expect(validatorUpdates).to.deep.equal([{ publicKey: testKey(0).publicKey, power: 21n }]);
    expect(view(0)).to.include({ isJailed: false, status: "bonded" });
  });

  it("leaves with the block in which another comes", () => {
    const { view, send } = start(1);
    send(alice, delegate(alice, first, 20n * OPEN));
    send(first, withdraw(first, 10n * OPEN));
    const created = anyOf(staking.MsgCreateValidator, {
      description: NAMES,
      commission: RATES,
      minSelfDelegation: "1",
      delegatorAddress: "",
      validatorAddress: named(second),
      pubkey: { typeUrl: ED25519_URL, value: PubKey.encode({ key: testKey(1).publicKey }) },
      value: uopen(5n * OPEN),
    });
    const powers = send(second, created).validatorUpdates.map((u) => u.power);
    expect(powers.toSorted()).to.deep.equal([0n, 5n]);
    expect([view(0).status, view(1).status]).to.deep.equal(["unbonding", "bonded"]);
  });

  it("may have been made to break it by a slash of another: then that one stays, guilty as it is, until there is a choice", () => {
    const { chain, view, next, send } = start(2);
    send(second, delegate(second, first, 5n * OPEN));
    const move = { delegatorAddress: second.text, validatorSrcAddress: named(first), validatorDstAddress: named(second), amount: uopen(5n * OPEN) };
    send(second, anyOf(staking.MsgBeginRedelegate, move));
    const unchanged = Object.fromEntries(Object.keys(NAMES).map((key) => [key, "[do-not-modify]"])) as typeof NAMES;
    const promise = { description: unchanged, validatorAddress: named(second), commissionRate: "", minSelfDelegation: (15n * OPEN).toString() };
    send(second, anyOf(staking.MsgEditValidator, promise));
    const fault: Misbehavior = {
      kind: "duplicate-vote",
      validator: { address: testKey(0).address, power: toVotingPower(10n) },
      height: toHeight(chain.height()),
      time: chain.time(),
      totalVotingPower: toVotingPower(25n),
    };
    const judged = next([], [fault]);
    expect(judged.events.map((e) => e.type)).to.include("jail_refused");
    expect([view(0), view(1)].map((v) => v.isJailed)).to.deep.equal([false, true]);
    send(second, delegate(second, second, OPEN));
    send(second, unjail(second));
    next();
    expect([view(0), view(1)].map((v) => v.isJailed), "the guilty one goes as soon as the other is back").to.deep.equal([true, false]);
    expect(view(1).status).to.equal("bonded");
  });
});
