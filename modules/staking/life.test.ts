import { expect } from "chai";
import { silentSource } from "../../chain/attest/index.js";
import { formatOperatorAddress } from "../../chain/codec/index.js";
import { ED25519_URL } from "../../chain/kernel/index.js";
import { equalBytes, toUopen, toVotingPower } from "../../chain/primitives/index.js";
import { TEST_GENESIS_TIME, checkInvariants, createTestChain } from "../../chain/testkit/chain.js";
import { anyOf, createSigner } from "../../chain/testkit/signer.js";
import type { Signer } from "../../chain/testkit/signer.js";
import { testKey } from "../../chain/testkit/validators.js";
import { VOTING_PARAMS, createVotingChain } from "../../chain/testkit/voting-chain.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { MsgUnjail } from "../../proto/gen/cosmos/slashing/v1beta1.js";
import { MsgCreateValidator, MsgDelegate, MsgUndelegate } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { createModules } from "../app.js";
import { buildGenesis } from "../genesis.js";

const OPEN = 1_000_000n;
const UNBONDING_SECONDS = 1_000n;
const JAIL_SECONDS = 60n;
const [newcomer, fan] = [createSigner("newcomer"), createSigner("fan")];
const key = testKey(7);
const own = formatOperatorAddress(newcomer.address);
const coin = (open: bigint) => ({ denom: "uopen", amount: (open * OPEN).toString() });

type Doc = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function genesis(): Doc {
  const validators = [0, 1, 2, 3].map((i) => ({
    operator: createSigner(`genesis ${i}`).address,
    publicKey: testKey(i).publicKey,
    power: 100n,
    moniker: `v${i}`,
  }));
  const accounts = [newcomer, fan].map(({ address }) => ({
    address,
    amount: toUopen(1_000n * OPEN),
    from: "community" as const,
  }));
  const state = buildGenesis({ time: TEST_GENESIS_TIME, validators, accounts }) as Doc;
  const slashing = createModules(silentSource)
    .modules.find((m) => m.name === "slashing")
    ?.genesis.defaults() as Doc[string];
  const rules = { signed_blocks_window: "10", downtime_jail_duration: `${JAIL_SECONDS}s` };
  return {
    ...state,
    staking: {
      ...state["staking"],
      params: { ...(state["staking"]?.["params"] as object), unbonding_time: `${UNBONDING_SECONDS}s` },
    },
    slashing: { ...slashing, params: { ...(slashing["params"] as object), ...rules } },
  };
}

function start() {
  const { modules, accounts, fees, attest, services } = createModules(silentSource);
  const chain = createTestChain({
    modules,
    accounts,
    fees,
    attest,
    appState: genesis(),
    params: VOTING_PARAMS,
  });
  const voters = [0, 1, 2, 3, 7].map((i) => ({ key: testKey(i), source: silentSource }));
  const initial = [0, 1, 2, 3].map((i) => ({ publicKey: testKey(i).publicKey, power: toVotingPower(100n) }));
  let isAway = false;
  const voting = createVotingChain(
    chain,
    voters,
    initial,
    (_, address) => isAway && equalBytes(address, key.address),
  );
  const run = (blocks = 1, ...txs: Uint8Array[]): void => {
    for (let i = 0; i < blocks; i++) {
      for (const { code, log } of voting.nextBlock(i === 0 ? txs : []).txResults)
        expect(code, log).to.equal(0);
      checkInvariants(chain.read(), modules);
    }
  };
  return {
    run,
    chain,
    send: (signer: Signer, message: Parameters<typeof chain.sign>[1][number]): void =>
      run(1, chain.sign(signer, [message])),
    away: (now: boolean): void => void (isAway = now),
    view: () => services.staking.byConsensusAddress(chain.read(), key.address),
    balance: (who: Signer): bigint => services.token.balance(chain.read(), who.address),
    isVoting: (): boolean => voting.validators().some((v) => equalBytes(v.publicKey, key.publicKey)),
  };
}

describe("a validator that was not in genesis", () => {
  it("joins, is delegated to, signs, is jailed for downtime, comes back, and leaves with its coins", () => {
    const { run, chain, send, away, view, balance, isVoting } = start();
    run();
    send(
      newcomer,
      anyOf(MsgCreateValidator, {
        description: { moniker: "newcomer", identity: "", website: "", securityContact: "", details: "" },
        commission: {
          rate: "100000000000000000",
          maxRate: "200000000000000000",
          maxChangeRate: "10000000000000000",
        },
        minSelfDelegation: "1",
        delegatorAddress: "",
        validatorAddress: own,
        pubkey: { typeUrl: ED25519_URL, value: PubKey.encode({ key: key.publicKey }) },
        value: coin(20n),
      }),
    );
    expect(view()).to.deep.include({ status: "bonded", power: 20n });
    expect(isVoting(), "the engine acts two blocks later").to.equal(false);
    run();
    expect(isVoting()).to.equal(true);

    send(fan, anyOf(MsgDelegate, { delegatorAddress: fan.text, validatorAddress: own, amount: coin(30n) }));
    expect(view()).to.deep.include({ power: 50n });
    run(12);
    expect(view()?.isJailed, "it signs").to.equal(false);

    away(true);
    for (let blocks = 0; view()?.isJailed === false; blocks++) {
      expect(blocks, "half of ten blocks may be missed").to.be.below(20);
      run();
    }
    expect(view()).to.deep.include({ status: "unbonding", power: 0n, tokens: 49_500_000n });
    run(2);
    expect(isVoting()).to.equal(false);
    away(false);

    chain.wait(JAIL_SECONDS);
    send(newcomer, anyOf(MsgUnjail, { validatorAddr: own }));
    expect(view()).to.deep.include({ status: "bonded", power: 49n, isJailed: false });
    run();
    expect(isVoting()).to.equal(true);
    run(12);
    expect(view()?.isJailed).to.equal(false);

    send(
      fan,
      anyOf(MsgUndelegate, {
        delegatorAddress: fan.text,
        validatorAddress: own,
        amount: { denom: "uopen", amount: "29700000" },
      }),
    );
    send(
      newcomer,
      anyOf(MsgUndelegate, {
        delegatorAddress: newcomer.text,
        validatorAddress: own,
        amount: { denom: "uopen", amount: "19800000" },
      }),
    );
    expect(view()).to.deep.include({ status: "unbonding", tokens: 0n });
    run(2);
    expect(isVoting()).to.equal(false);
    chain.wait(UNBONDING_SECONDS);
    run(2);
    expect(view(), "forgotten").to.equal(undefined);
    expect(balance(fan) >= 999_700_000n, "all but the one in a hundred that was slashed").to.equal(true);
    expect(balance(newcomer) >= 999_800_000n).to.equal(true);
    run(3);
  });
});
