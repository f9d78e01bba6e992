/** Validators with their proposer priorities, as an RPC server names them. */
import { applyUpdates, incrementPriority, validatorSetHash, verifyCommit } from "../../chain/block/index.js";
import type { Commit, CommitClaim, Validator, ValidatorSet } from "../../chain/block/index.js";
import { Reject, equalBytes, toHex, toVotingPower } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { VerifyFailure } from "../../client/verify/index.js";
import type { VerifyDoor } from "../../client/verify/index.js";
import { Fields, readCommit, readValidators } from "../../client/verify/json.js";

const PAGE = 100;
const MAX_PAGES = 100;

/** The commit of a height, unverified. @throws VerifyFailure. */
export async function fetchCommit(door: VerifyDoor, height: bigint): Promise<Commit> {
  const result = new Fields(await door.rpc("commit", { height: height.toString() }), "commit");
  return readCommit(result.object("signed_header").object("commit"));
}

/** The same, verified. @throws VerifyFailure. */
export async function fetchVerifiedCommit(door: VerifyDoor, claim: CommitClaim): Promise<Commit> {
  const commit = await fetchCommit(door, claim.height);
  try {
    verifyCommit(claim, commit);
    return commit;
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
    throw new VerifyFailure("untrusted", `the commit of height ${claim.height}: ${error.message}`, { cause: error });
  }
}

/**
 * The set of a height. Keys and powers are those of `hash`; priorities are what the server says. Its `proposer` means nothing.
 * @throws VerifyFailure.
 */
export async function fetchPriorities(door: VerifyDoor, height: Height, hash: Uint8Array): Promise<ValidatorSet> {
  const found: unknown[] = [];
  for (let page = 1; page <= MAX_PAGES; page++) {
    const params = { height: height.toString(), page: page.toString(), per_page: PAGE.toString() };
    const result = new Fields(await door.rpc("validators", params), "validators");
    found.push(...result.list("validators"));
    if (BigInt(found.length) >= result.int("total")) break;
  }
  const set = readValidators(found);
  if (!equalBytes(validatorSetHash(set), hash))
    throw new VerifyFailure("untrusted", `the validators of height ${height} are not those of its header`);
  const priorities = new Map(found.map((value) => priorityOf(value)));
  const withPriority = (v: Validator): Validator => ({ ...v, priority: priorities.get(toHex(v.publicKey)) ?? 0n });
  return { ...set, validators: set.validators.map(withPriority), proposer: withPriority(set.proposer) };
}

function priorityOf(value: unknown): readonly [string, bigint] {
  const fields = new Fields(value, "validator");
  const priority = fields.has("proposer_priority") ? fields.int("proposer_priority") : 0n;
  return [toHex(fields.object("pub_key").base64("value")), priority];
}

/** Whether two sets rotate alike. */
export function samePriorities(a: ValidatorSet, b: ValidatorSet): boolean {
  return a.validators.length === b.validators.length && a.validators.every((v, i) => isSame(v, b.validators[i]));
}

function isSame(a: Validator, b: Validator | undefined): boolean {
  return b !== undefined && equalBytes(a.publicKey, b.publicKey) && a.power === b.power && a.priority === b.priority;
}

/**
 * The set of the next height as the rules of rotation make it (cosmos-formats.md §4.10), with the proposer that they name.
 * @param claimed what the server says it is
 * @throws VerifyFailure "untrusted" when the priorities do not follow.
 */
export function followingSet(set: ValidatorSet, claimed: ValidatorSet): ValidatorSet {
  const before = new Map(set.validators.map((v) => [toHex(v.publicKey), v.power]));
  const after = new Set(claimed.validators.map((v) => toHex(v.publicKey)));
  const changed = claimed.validators.filter((v) => before.get(toHex(v.publicKey)) !== v.power);
  const removed = set.validators.filter((v) => !after.has(toHex(v.publicKey)));
  const changes = [...changed, ...removed.map((v) => ({ ...v, power: toVotingPower(0n) }))];
  const next = incrementPriority(applyUpdates(set, changes), 1);
  if (!samePriorities(next, claimed))
    throw new VerifyFailure("untrusted", "the proposer priorities do not follow from those of the height before");
  return next;
}
