import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { BondStatus, Validator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { Delegation } from "../../proto/gen/cosmos/staking/v1beta1.js";
import {
  formatAddress,
  formatOperatorAddress,
  parseOperatorAddress,
  parseUopen,
  toTimestamp,
} from "../../chain/codec/index.js";
import { ed25519Address } from "../../chain/crypto/index.js";
import { ED25519_URL, SdkError } from "../../chain/kernel/index.js";
import { parseScaledDec, toTimeNs, toVotingPower } from "../../chain/primitives/index.js";
import type { Address, Dec, TimeNs, Uopen, VotingPower } from "../../chain/primitives/index.js";

/** One unit of voting power is one OPEN (the SDK's power reduction of 10^6). */
export const TOKENS_PER_POWER = 1_000_000n;

/** A validator as other modules see it. */
export interface ValidatorView {
  readonly operator: Address;
  readonly consensusAddress: Address;
  /** ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Zero while jailed. */
  readonly power: VotingPower;
  /** What the power is, or would be, out of jail. */
  readonly stakedPower: VotingPower;
  /** uopen at stake. */
  readonly tokens: Uopen;
  readonly isJailed: boolean;
  readonly moniker: string;
  readonly status: ValidatorStatus;
  /** What the stake is divided into; all delegations to it together. */
  readonly delegatorShares: Dec;
  /** Of rewards, before delegators. */
  readonly commissionRate: Dec;
  /** uopen of the operator's own; below it the validator is jailed. */
  readonly minSelfDelegation: bigint;
}

/** Bonded validators sign blocks; unbonding ones may still be punished for what they signed. */
export type ValidatorStatus = "unbonded" | "unbonding" | "bonded";

function statusOf({ status }: Validator): ValidatorStatus {
  if (status === BondStatus.BOND_STATUS_BONDED) return "bonded";
  if (status === BondStatus.BOND_STATUS_UNBONDING) return "unbonding";
  if (status === BondStatus.BOND_STATUS_UNBONDED) return "unbonded";
  throw SdkError.InvalidRequest("invalid validator status");
}

/** @throws Reject sdk/8 unless it is an ed25519 key of 32 bytes. */
export function consensusKeyOf({ consensusPubkey }: Validator): Uint8Array {
  if (consensusPubkey?.typeUrl !== ED25519_URL) throw SdkError.InvalidPubKey("consensus key must be ed25519");
  const { key } = PubKey.decode(consensusPubkey.value);
  if (key.length !== 32) throw SdkError.InvalidPubKey("an ed25519 key has 32 bytes");
  return key;
}

/** Power that an amount at stake gives, or would give. */
export function powerOf(tokens: bigint): VotingPower {
  return toVotingPower(tokens / TOKENS_PER_POWER);
}

/** @throws Reject sdk/8 on a key that is not ed25519, sdk/18 on an amount, a status or a decimal that is none. */
export function viewOf(wire: Validator): ValidatorView {
  const key = consensusKeyOf(wire);
  const status = statusOf(wire);
  const tokens = parseUopen(wire.tokens);
  const stakedPower = powerOf(tokens);
  return {
    operator: parseOperatorAddress(wire.operatorAddress),
    consensusAddress: ed25519Address(key),
    publicKey: key,
    power: !wire.jailed && status === "bonded" ? stakedPower : toVotingPower(0n),
    stakedPower,
    tokens,
    isJailed: wire.jailed,
    moniker: wire.description.moniker,
    status,
    delegatorShares: parseScaledDec(wire.delegatorShares),
    commissionRate: parseScaledDec(wire.commission.commissionRates.rate),
    minSelfDelegation: parseUopen(wire.minSelfDelegation),
  };
}

/** A bonded validator for genesis. */
export function bondedValidator(of: {
  readonly operator: Address;
  readonly publicKey: Uint8Array;
  readonly power: bigint;
  readonly moniker: string;
  /** When its commission was set; 1970 if nobody says. */
  readonly since?: TimeNs;
}): Validator {
  const tokens = of.power * TOKENS_PER_POWER;
  const rates = {
    rate: "100000000000000000",
    maxRate: "200000000000000000",
    maxChangeRate: "10000000000000000",
  };
  return Validator.create({
    operatorAddress: formatOperatorAddress(of.operator),
    consensusPubkey: { typeUrl: ED25519_URL, value: PubKey.encode({ key: of.publicKey }) },
    status: BondStatus.BOND_STATUS_BONDED,
    tokens: tokens.toString(),
    delegatorShares: (tokens * 10n ** 18n).toString(),
    description: { moniker: of.moniker, identity: "", website: "", securityContact: "", details: "" },
    commission: { commissionRates: rates, updateTime: toTimestamp(of.since ?? toTimeNs(0n, 0)) },
    minSelfDelegation: "1",
  });
}

/** All of a validator's shares as its operator's own: what a validator of genesis starts with. */
export function selfDelegation(validator: Validator): Delegation {
  return {
    delegatorAddress: formatAddress(parseOperatorAddress(validator.operatorAddress)),
    validatorAddress: validator.operatorAddress,
    shares: validator.delegatorShares,
  };
}
