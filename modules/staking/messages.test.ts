import { expect } from "chai";
import { formatAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import { ED25519_URL, SECP256K1_URL } from "../../chain/kernel/index.js";
import { parseDec } from "../../chain/primitives/index.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { delegator, operator, stakingKey } from "../../chain/testkit/staking-lab.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import type {
  MsgBeginRedelegate,
  MsgCancelUnbondingDelegation,
  MsgCreateValidator,
  MsgDelegate,
  MsgEditValidator,
  MsgUndelegate,
} from "../../proto/gen/cosmos/staking/v1beta1.js";
import {
  checkDenom,
  parseBeginRedelegate,
  parseCancelUnbonding,
  parseCreateValidator,
  parseDelegate,
  parseEditValidator,
  parseUndelegate,
} from "./messages.js";

const who = formatAddress(delegator(0));
const validator = formatOperatorAddress(operator(0));
const coin = (amount: string, denom = "uopen") => ({ denom, amount });

/** What is refused, and with which words. */
function refused(act: () => unknown): { readonly code: string; readonly text: string } {
  const code = rejection(act);
  try {
    act();
  } catch (error) {
    return { code, text: (error as Error).message };
  }
  return { code, text: "" };
}

const create: MsgCreateValidator = {
  description: { moniker: "m", identity: "", website: "", securityContact: "", details: "" },
  commission: {
    rate: "100000000000000000",
    maxRate: "200000000000000000",
    maxChangeRate: "10000000000000000",
  },
  minSelfDelegation: "5",
  delegatorAddress: "",
  validatorAddress: validator,
  pubkey: { typeUrl: ED25519_URL, value: PubKey.encode({ key: stakingKey(0) }) },
  value: coin("10"),
};

describe("a message to create a validator", () => {
  const parse = (change: Partial<MsgCreateValidator>) =>
    refused(() => parseCreateValidator({ ...create, ...change }));

  it("becomes what it says", () => {
    expect(parseCreateValidator(create)).to.deep.equal({
      operator: operator(0),
      publicKey: stakingKey(0),
      description: create.description,
      rates: { rate: parseDec("0.1"), maxRate: parseDec("0.2"), maxChangeRate: parseDec("0.01") },
      minSelfDelegation: 5n,
      value: { denom: "uopen", amount: 10n },
    });
  });

  it("is refused for each of its fields with the SDK's code", () => {
    expect(parse({ validatorAddress: who }).code).to.equal("sdk/7");
    expect(parse({ validatorAddress: "" }).text).to.equal(
      "invalid validator address: empty address string is not allowed: invalid address",
    );
    expect(parse({ pubkey: undefined })).to.deep.equal({
      code: "staking/39",
      text: "empty validator public key",
    });
    expect(parse({ value: coin("0") }).text).to.equal("invalid delegation amount: invalid request");
    expect(parse({ value: coin("-1") }).code).to.equal("sdk/18");
    expect(parse({ value: coin("1", "x") }).code).to.equal("sdk/18");
    expect(parse({ description: { ...create.description, moniker: "" } }).text).to.equal(
      "empty description: invalid request",
    );
    expect(parse({ commission: { rate: "", maxRate: "", maxChangeRate: "" } }).text).to.equal(
      "empty commission: invalid request",
    );
    expect(parse({ commission: { ...create.commission, rate: "300000000000000000" } }).code).to.equal(
      "staking/11",
    );
    expect(parse({ minSelfDelegation: "0" }).text).to.equal(
      "minimum self delegation must be a positive integer: invalid request",
    );
    expect(parse({ minSelfDelegation: "11" }).code).to.equal("staking/16");
    expect(parse({ description: { ...create.description, details: "x".repeat(281) } }).code).to.equal(
      "sdk/18",
    );
  });

  it("is refused with a key that the engine cannot use", () => {
    expect(parse({ pubkey: { typeUrl: SECP256K1_URL, value: new Uint8Array(0) } })).to.deep.equal({
      code: "staking/6",
      text: "got: secp256k1, expected: [ed25519]: validator pubkey type is not supported",
    });
    expect(parse({ pubkey: { typeUrl: "/x.Y", value: new Uint8Array(0) } }).code).to.equal("sdk/29");
    expect(
      parse({ pubkey: { typeUrl: ED25519_URL, value: PubKey.encode({ key: new Uint8Array(31) }) } }).code,
    ).to.equal("sdk/8");
  });
});

describe("a message to edit a validator", () => {
  const edit: MsgEditValidator = {
    description: create.description,
    validatorAddress: validator,
    commissionRate: "",
    minSelfDelegation: "",
  };
  const parse = (change: Partial<MsgEditValidator>) =>
    refused(() => parseEditValidator({ ...edit, ...change }));

  it("leaves out what stays as it is", () => {
    expect(parseEditValidator(edit)).to.deep.include({ rate: undefined, minSelfDelegation: undefined });
    expect(parseEditValidator({ ...edit, commissionRate: "0", minSelfDelegation: "7" })).to.deep.include({
      rate: 0n,
      minSelfDelegation: 7n,
    });
  });

  it("is refused without a description, a validator, or with a minimum that is none", () => {
    expect(parse({ description: { ...create.description, moniker: "" } }).code).to.equal("sdk/18");
    expect(parse({ validatorAddress: "x" }).code).to.equal("sdk/7");
    for (const minSelfDelegation of ["0", "-1", "1.5", "x"])
      expect(parse({ minSelfDelegation }).text).to.equal(
        "minimum self delegation must be a positive integer: invalid request",
      );
  });
});

describe("messages that move stake", () => {
  const delegate: MsgDelegate = { delegatorAddress: who, validatorAddress: validator, amount: coin("7") };
  const undelegate: MsgUndelegate = delegate;
  const move: MsgBeginRedelegate = {
    delegatorAddress: who,
    validatorSrcAddress: validator,
    validatorDstAddress: formatOperatorAddress(operator(1)),
    amount: coin("7"),
  };
  const cancel: MsgCancelUnbondingDelegation = { ...delegate, creationHeight: 3n };

  it("become what they say", () => {
    const stake = { denom: "uopen", amount: 7n };
    expect(parseDelegate(delegate)).to.deep.equal({ delegator: delegator(0), operator: operator(0), stake });
    expect(parseUndelegate(undelegate)).to.deep.equal({
      delegator: delegator(0),
      operator: operator(0),
      stake,
    });
    expect(parseBeginRedelegate(move)).to.deep.equal({
      delegator: delegator(0),
      source: operator(0),
      destination: operator(1),
      stake,
    });
    expect(parseCancelUnbonding(cancel)).to.deep.equal({
      delegator: delegator(0),
      operator: operator(0),
      stake,
      creationHeight: 3n,
    });
  });

  it("name the address that is wrong", () => {
    const bad = "open1x";
    expect(refused(() => parseDelegate({ ...delegate, delegatorAddress: bad })).text).to.match(
      /^invalid delegator address: decoding bech32 failed.*: invalid address$/,
    );
    expect(refused(() => parseUndelegate({ ...undelegate, validatorAddress: bad })).text).to.match(
      /^invalid validator address: /,
    );
    expect(refused(() => parseBeginRedelegate({ ...move, validatorSrcAddress: bad })).text).to.match(
      /^invalid source validator address: /,
    );
    expect(refused(() => parseBeginRedelegate({ ...move, validatorDstAddress: bad })).text).to.match(
      /^invalid destination validator address: /,
    );
  });

  it("say which amount is wrong, each in its own words", () => {
    for (const amount of [coin("0"), coin("-5"), coin(""), coin("1e9"), coin("5", "!")]) {
      expect(refused(() => parseDelegate({ ...delegate, amount })).text).to.equal(
        "invalid delegation amount: invalid request",
      );
      expect(refused(() => parseUndelegate({ ...undelegate, amount })).text).to.equal(
        "invalid shares amount: invalid request",
      );
      expect(refused(() => parseBeginRedelegate({ ...move, amount })).text).to.equal(
        "invalid shares amount: invalid request",
      );
      expect(refused(() => parseCancelUnbonding({ ...cancel, amount })).text).to.equal(
        "invalid amount: invalid request",
      );
    }
    expect(refused(() => parseCancelUnbonding({ ...cancel, creationHeight: 0n })).text).to.equal(
      "invalid height: invalid request",
    );
    expect(
      refused(() => parseDelegate({ ...delegate, amount: coin("9".repeat(78)) })).code,
      "more than any balance",
    ).to.equal("sdk/18");
  });

  it("are judged for their denom where the SDK does, later", () => {
    const { stake } = parseDelegate({ ...delegate, amount: coin("1", "uatom") });
    expect(refused(() => checkDenom(stake)).text).to.equal(
      "invalid coin denomination: got uatom, expected uopen: invalid request",
    );
  });
});
