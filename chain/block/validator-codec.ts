import { ed25519Address, merkleRoot } from "../crypto/index.js";
import { equalBytes, toAddress, toVotingPower } from "../primitives/index.js";
import type { Hash32 } from "../primitives/index.js";
import type {
  Validator as WireValidator} from "../../proto/gen/tendermint/types.js";
import {
  SimpleValidator,
  ValidatorSet as WireValidatorSet,
} from "../../proto/gen/tendermint/types.js";
import { PublicKey } from "../../proto/gen/tendermint/crypto.js";
import { CometError } from "./errors.js";
import { ADDRESS_BYTES, MAX_TOTAL_POWER, MAX_VALIDATORS } from "./limits.js";
import type { Validator, ValidatorSet } from "./types.js";
import { compareValidators, findValidator } from "./validator-set.js";
import { decodeExact, required } from "./wire.js";

/** Longest wire form of a validator with its field tag. */
const VALIDATOR_BYTES = 96;
const MAX_SET_BYTES = VALIDATOR_BYTES * (MAX_VALIDATORS + 1);

function toWire(v: Validator): WireValidator {
  return {
    address: v.address,
    pubKey: PublicKey.create({ ed25519: v.publicKey }),
    votingPower: v.power,
    proposerPriority: v.priority,
  };
}

/** @throws Reject comet/13 unless it has an ed25519 key and the address of that key, comet/4 on a bad power. */
function parseValidator(message: WireValidator): Validator {
  const { ed25519: publicKey } = message.pubKey;
  if (publicKey?.length !== 32) throw CometError.InvalidValidators("a validator has a 32-byte ed25519 key");
  const { address, votingPower: power, proposerPriority: priority } = message;
  if (address.length !== ADDRESS_BYTES || !equalBytes(address, ed25519Address(publicKey))) {
    throw CometError.InvalidValidators("address is not that of the key");
  }
  if (power < 1n || power > MAX_TOTAL_POWER) throw CometError.OutOfRange(`voting power ${power}`);
  return { address: toAddress(address), publicKey, power: toVotingPower(power), priority };
}

/** tendermint.types.ValidatorSet; the total is left 0, as CometBFT writes it. */
export function encodeValidatorSet(set: ValidatorSet): Uint8Array {
  return WireValidatorSet.encode({
    validators: set.validators.map(toWire),
    proposer: toWire(set.proposer),
    totalVotingPower: 0n,
  });
}

/** @throws Reject comet/13 unless the validators are in set order without repeats and the proposer is one of them. */
export function decodeValidatorSet(bytes: Uint8Array): ValidatorSet {
  const message = decodeExact(WireValidatorSet, bytes, MAX_SET_BYTES);
  if (message.totalVotingPower !== 0n) throw CometError.InvalidValidators("the total is not sent");
  const validators = message.validators.map(parseValidator);
  validators.forEach((v, i) => {
    const previous = validators[i - 1];
    if (previous !== undefined && compareValidators(previous, v) >= 0)
      throw CometError.InvalidValidators("not in set order");
  });
  const total = validators.reduce((sum, v) => sum + v.power, 0n);
  if (total > MAX_TOTAL_POWER) throw CometError.OutOfRange(`total voting power ${total}`);
  const set: ValidatorSet = {
    validators,
    totalPower: toVotingPower(total),
    proposer: parseValidator(required(message.proposer, "proposer")),
  };
  if (findValidator(set, set.proposer.address) === undefined)
    throw CometError.InvalidValidators("the proposer is not in the set");
  return set;
}

/** ValidatorsHash: the Merkle root of (key, power) in set order; addresses and priorities are not in it. */
export function validatorSetHash(set: Pick<ValidatorSet, "validators">): Hash32 {
  return merkleRoot(
    set.validators.map((v) =>
      SimpleValidator.encode({ pubKey: PublicKey.create({ ed25519: v.publicKey }), votingPower: v.power }),
    ),
  );
}
