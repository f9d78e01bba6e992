import { ed25519 } from "@noble/curves/ed25519.js";
import { ed25519Address } from "../crypto/index.js";
import { EMPTY_BYTES, toHeight, toHex, toTimeNs, toVotingPower } from "../primitives/index.js";
import type { Address, TimeNs } from "../primitives/index.js";
import { ABSENT_SIG, createValidatorSet, voteExtensionSignBytes, voteSignBytes } from "../block/index.js";
import type {
  BlockId,
  BlockIdFlag,
  ExtendedCommit,
  ExtendedCommitSig,
  ValidatorSet,
  Vote,
} from "../block/index.js";

/** Validators with keys anyone can make again, and what they sign. For tests only. */

export interface TestKey {
  readonly secret: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly address: Address;
}

export function testKey(i: number): TestKey {
  const secret = new Uint8Array(32).fill(1);
  secret[0] = i & 255;
  secret[1] = i >> 8;
  const publicKey = ed25519.getPublicKey(secret);
  return { secret, publicKey, address: ed25519Address(publicKey) };
}

export interface TestValidators {
  readonly set: ValidatorSet;
  /** In set order. */
  readonly keys: readonly TestKey[];
}

/** A set with one validator per power. */
export function testValidators(powers: readonly number[]): TestValidators {
  const made = powers.map((power, i) => ({ key: testKey(i), power: toVotingPower(BigInt(power)) }));
  const set = createValidatorSet(made.map(({ key, power }) => ({ publicKey: key.publicKey, power })));
  const byAddress = new Map(made.map(({ key }) => [toHex(key.address), key]));
  const keys = set.validators.flatMap((v) => byAddress.get(toHex(v.address)) ?? []);
  return { set, keys };
}

export const TEST_CHAIN = "test-chain";
export const TEST_TIME: TimeNs = toTimeNs(1_700_000_000n, 5);

/** A complete block id, different for each seed below 256. */
export function testBlockId(seed: number): BlockId {
  return {
    hash: new Uint8Array(32).fill(seed),
    parts: { total: 1, hash: new Uint8Array(32).fill(255 - seed) },
  };
}

/** The vote with both signatures that it needs. */
export function signVote(key: TestKey, vote: Vote, extended = false): Vote {
  const signature = ed25519.sign(voteSignBytes(TEST_CHAIN, vote), key.secret);
  const extensionSignature = extended
    ? ed25519.sign(voteExtensionSignBytes(TEST_CHAIN, vote), key.secret)
    : EMPTY_BYTES;
  return { ...vote, signature, extensionSignature };
}

/** A signed precommit of height 7, round 1; change what a test is about. */
export function testVote(key: TestKey, change: Partial<Vote> = {}, extended = false): Vote {
  const vote: Vote = {
    type: "precommit",
    height: toHeight(7n),
    round: 1,
    blockId: testBlockId(1),
    time: TEST_TIME,
    validator: key.address,
    index: 0,
    signature: EMPTY_BYTES,
    extension: EMPTY_BYTES,
    extensionSignature: EMPTY_BYTES,
  };
  return signVote(key, { ...vote, ...change }, extended);
}

function placeOf(flag: BlockIdFlag, vote: Vote): ExtendedCommitSig {
  if (flag === "absent") return { ...ABSENT_SIG, extension: EMPTY_BYTES, extensionSignature: EMPTY_BYTES };
  const { validator, time, signature, extension, extensionSignature } = vote;
  return { flag, validator, time, signature, extension, extensionSignature };
}

/** A commit of height 7, round 1, for block 1, in which each place has the given flag. */
export function testCommit({ keys }: TestValidators, flags: readonly BlockIdFlag[]): ExtendedCommit {
  const signatures = keys.map((key, index) => {
    const flag = flags[index] ?? "commit";
    const extension = flag === "commit" ? Uint8Array.of(index) : EMPTY_BYTES;
    const blockId = flag === "commit" ? testBlockId(1) : null;
    return placeOf(flag, testVote(key, { index, blockId, extension }, flag === "commit"));
  });
  return { height: toHeight(7n), round: 1, blockId: testBlockId(1), signatures };
}
