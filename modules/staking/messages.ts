import { parseAddress, parseOperatorAddress } from "../../chain/codec/index.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { ED25519_URL, SECP256K1_URL, SdkError } from "../../chain/kernel/index.js";
import type { CoinText } from "../../chain/kernel/index.js";
import { Reject, UOPEN, parseScaledDec, toUopen } from "../../chain/primitives/index.js";
import type { Address, Dec, Uopen } from "../../chain/primitives/index.js";
import type {
  CommissionRates,
  Description,
  MsgBeginRedelegate,
  MsgCancelUnbondingDelegation,
  MsgCreateValidator,
  MsgDelegate,
  MsgEditValidator,
  MsgUndelegate,
} from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import type { Pair } from "./delegations.js";
import { StakingError } from "./errors.js";
import type { Move } from "./redelegations.js";
import { checkRates } from "./rules/commission.js";
import type { Rates } from "./rules/commission.js";
import { checkLengths, isEmpty } from "./rules/description.js";

/** Wire to domain, with every check that needs no state; texts and codes are those of x/staking/keeper/msg_server.go. */

export interface CreateValidator {
  readonly operator: Address;
  /** ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly description: Description;
  readonly rates: Rates;
  readonly minSelfDelegation: Uopen;
  readonly value: Stake;
}

export interface EditValidator {
  readonly operator: Address;
  readonly description: Description;
  /** Undefined: as it is. */
  readonly rate: Dec | undefined;
  readonly minSelfDelegation: bigint | undefined;
}

/** A coin whose denom is judged where the SDK judges it: after the validator was found. */
export interface Stake {
  readonly denom: string;
  readonly amount: Uopen;
}

export interface Delegate extends Pair {
  readonly stake: Stake;
}

export interface Undelegate extends Pair {
  readonly stake: Stake;
}

export interface BeginRedelegate extends Move {
  readonly stake: Stake;
}

export interface CancelUnbonding extends Pair {
  readonly stake: Stake;
  readonly creationHeight: bigint;
}

const DENOM = /^[a-zA-Z][a-zA-Z0-9/:._-]{2,127}$/;
/** A math.Int of the SDK has at most 256 bits. */
const INTEGER = /^-?\d{1,78}$/;

function parseInteger(text: string): bigint | undefined {
  return INTEGER.test(text) ? BigInt(text) : undefined;
}

function parseStake({ denom, amount }: CoinText, invalid: string): Stake {
  const value = parseInteger(amount) ?? 0n;
  if (!DENOM.test(denom) || value <= 0n) throw SdkError.InvalidRequest(invalid);
  return { denom, amount: toUopen(value) };
}

/** @throws Reject sdk/18 when it is not the coin of this chain. */
export function checkDenom({ denom }: Stake): void {
  if (denom !== UOPEN)
    throw SdkError.InvalidRequest(`invalid coin denomination: got ${denom}, expected ${UOPEN}`);
}

/** The reason without what the error's own text adds. */
function named(what: string, parse: () => Address): Address {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Reject)
      throw SdkError.InvalidAddress(
        `invalid ${what} address: ${error.message.replace(/: invalid address$/, "")}`,
      );
    throw error;
  }
}

const validatorOf = (text: string, what = "validator"): Address =>
  named(what, () => parseOperatorAddress(text));
const delegatorOf = (text: string): Address => named("delegator", () => parseAddress(text));

/** @throws Reject staking/39, staking/6 on a key that the engine cannot use, sdk/29, sdk/8. */
function parseConsensusKey(any: Any | undefined): Uint8Array {
  if (any === undefined) throw StakingError.EmptyValidatorPubKey();
  if (any.typeUrl === SECP256K1_URL)
    throw StakingError.ValidatorPubKeyTypeNotSupported("got: secp256k1, expected: [ed25519]");
  if (any.typeUrl !== ED25519_URL) throw SdkError.InvalidType("Expecting cryptotypes.PubKey, got <nil>");
  const { key } = PubKey.decode(any.value);
  if (key.length !== 32) throw SdkError.InvalidPubKey("an ed25519 key has 32 bytes");
  return key;
}

function ratesOf({ rate, maxRate, maxChangeRate }: CommissionRates): Rates {
  if (rate === "" && maxRate === "" && maxChangeRate === "")
    throw SdkError.InvalidRequest("empty commission");
  return {
    rate: parseScaledDec(rate),
    maxRate: parseScaledDec(maxRate),
    maxChangeRate: parseScaledDec(maxChangeRate),
  };
}

const POSITIVE_MINIMUM = "minimum self delegation must be a positive integer";

/** @throws Reject sdk/7, sdk/18, staking/9 to 14, staking/16, and on the key. */
export function parseCreateValidator(wire: MsgCreateValidator): CreateValidator {
  const operator = validatorOf(wire.validatorAddress);
  if (wire.pubkey === undefined) throw StakingError.EmptyValidatorPubKey();
  const value = parseStake(wire.value, "invalid delegation amount");
  if (isEmpty(wire.description)) throw SdkError.InvalidRequest("empty description");
  const rates = ratesOf(wire.commission);
  checkRates(rates);
  const minimum = parseInteger(wire.minSelfDelegation) ?? 0n;
  if (minimum <= 0n) throw SdkError.InvalidRequest(POSITIVE_MINIMUM);
  if (value.amount < minimum) throw StakingError.SelfDelegationBelowMinimum();
  checkLengths(wire.description);
  const publicKey = parseConsensusKey(wire.pubkey);
  return {
    operator,
    publicKey,
    description: wire.description,
    rates,
    minSelfDelegation: toUopen(minimum),
    value,
  };
}

/** Absent fields stay as they are. */
export function parseEditValidator(wire: MsgEditValidator): EditValidator {
  const operator = validatorOf(wire.validatorAddress);
  if (isEmpty(wire.description)) throw SdkError.InvalidRequest("empty description");
  const minimum = wire.minSelfDelegation === "" ? undefined : parseInteger(wire.minSelfDelegation);
  if (wire.minSelfDelegation !== "" && (minimum === undefined || minimum <= 0n))
    throw SdkError.InvalidRequest(POSITIVE_MINIMUM);
  const rate = wire.commissionRate === "" ? undefined : parseScaledDec(wire.commissionRate);
  return { operator, description: wire.description, rate, minSelfDelegation: minimum };
}

export function parseDelegate(wire: MsgDelegate): Delegate {
  const operator = validatorOf(wire.validatorAddress);
  const delegator = delegatorOf(wire.delegatorAddress);
  return { delegator, operator, stake: parseStake(wire.amount, "invalid delegation amount") };
}

export function parseUndelegate(wire: MsgUndelegate): Undelegate {
  const operator = validatorOf(wire.validatorAddress);
  const delegator = delegatorOf(wire.delegatorAddress);
  return { delegator, operator, stake: parseStake(wire.amount, "invalid shares amount") };
}

export function parseBeginRedelegate(wire: MsgBeginRedelegate): BeginRedelegate {
  const source = validatorOf(wire.validatorSrcAddress, "source validator");
  const destination = validatorOf(wire.validatorDstAddress, "destination validator");
  const delegator = delegatorOf(wire.delegatorAddress);
  return { delegator, source, destination, stake: parseStake(wire.amount, "invalid shares amount") };
}

export function parseCancelUnbonding(wire: MsgCancelUnbondingDelegation): CancelUnbonding {
  const operator = validatorOf(wire.validatorAddress);
  const delegator = delegatorOf(wire.delegatorAddress);
  const stake = parseStake(wire.amount, "invalid amount");
  if (wire.creationHeight <= 0n) throw SdkError.InvalidRequest("invalid height");
  return { delegator, operator, stake, creationHeight: wire.creationHeight };
}
