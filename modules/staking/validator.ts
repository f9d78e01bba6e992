import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { BondStatus, Validator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { formatOperatorAddress, parseOperatorAddress, parseUopen } from "../../chain/codec/index.js";
import { ed25519Address } from "../../chain/crypto/index.js";
import { ED25519_URL, SdkError } from "../../chain/kernel/index.js";
import { toVotingPower } from "../../chain/primitives/index.js";
import type { Address, Uopen, VotingPower } from "../../chain/primitives/index.js";

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
}

/** @throws Reject sdk/8 on a key that is not ed25519, sdk/18 on an amount of tokens that is no positive power. */
export function viewOf(wire: Validator): ValidatorView {
  if (wire.consensusPubkey?.typeUrl !== ED25519_URL)
    throw SdkError.InvalidPubKey("consensus key must be ed25519");
  const { key } = PubKey.decode(wire.consensusPubkey.value);
  if (key.length !== 32) throw SdkError.InvalidPubKey("an ed25519 key has 32 bytes");
  if (!/^[1-9]\d{6,24}$/.test(wire.tokens)) throw SdkError.InvalidRequest("tokens must be at least one OPEN");
  const isActive = !wire.jailed && wire.status === BondStatus.BOND_STATUS_BONDED;
  const tokens = parseUopen(wire.tokens);
  const stakedPower = toVotingPower(tokens / TOKENS_PER_POWER);
  return {
    operator: parseOperatorAddress(wire.operatorAddress),
    consensusAddress: ed25519Address(key),
    publicKey: key,
    power: isActive ? stakedPower : toVotingPower(0n),
    stakedPower,
    tokens,
    isJailed: wire.jailed,
    moniker: wire.description.moniker,
  };
}

/** A bonded validator for genesis. */
export function bondedValidator(of: {
  readonly operator: Address;
  readonly publicKey: Uint8Array;
  readonly power: bigint;
  readonly moniker: string;
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
    commission: { commissionRates: rates, updateTime: { seconds: 0n, nanos: 0 } },
    minSelfDelegation: "1",
  });
}
