import { createValidatorSet, parseBlockId } from "../../chain/block/index.js";
import type { BlockIdFlag, Commit, CommitSig, Header, ValidatorSet } from "../../chain/block/index.js";
import { parseRfc3339 } from "../../chain/codec/index.js";
import { EMPTY_BYTES, Reject, parseBase64, parseHex, toAddress, toHeight, toVotingPower } from "../../chain/primitives/index.js";
import { VerifyFailure } from "./errors.js";

/** Chain types out of CometBFT's RPC (cosmos-formats.md §1.1). Whatever is not of its form is a VerifyFailure. */

/** A JSON object whose fields are read one by one. */
export class Fields {
  private readonly fields: Readonly<Record<string, unknown>>;
  private readonly what: string;

  /** @throws VerifyFailure "malformed" unless `value` is an object. */
  constructor(value: unknown, what: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(what);
    this.fields = value as Readonly<Record<string, unknown>>;
    this.what = what;
  }

  object(name: string): Fields {
    return new Fields(this.fields[name], `${this.what}.${name}`);
  }

  list(name: string): readonly unknown[] {
    const value = this.fields[name];
    if (!Array.isArray(value)) throw malformed(`${this.what}.${name}`);
    return value;
  }

  text(name: string): string {
    const value = this.fields[name];
    if (typeof value !== "string") throw malformed(`${this.what}.${name}`);
    return value;
  }

  number(name: string): number {
    const value = this.fields[name];
    if (typeof value !== "number" || !Number.isSafeInteger(value)) throw malformed(`${this.what}.${name}`);
    return value;
  }

  /** A 64-bit integer, which JSON-RPC writes as text. */
  int(name: string): bigint {
    const text = this.text(name);
    if (!/^-?\d{1,19}$/.test(text)) throw malformed(`${this.what}.${name}`);
    return BigInt(text);
  }

  hex(name: string): Uint8Array {
    return this.parsed(name, parseHex);
  }

  /** null is empty, as Go writes it. */
  base64(name: string): Uint8Array {
    return this.fields[name] === null ? EMPTY_BYTES : this.parsed(name, parseBase64);
  }

  has(name: string): boolean {
    return this.fields[name] !== undefined && this.fields[name] !== null;
  }

  private parsed(name: string, parse: (text: string) => Uint8Array): Uint8Array {
    const text = this.text(name);
    return unlessRejected(`${this.what}.${name}`, () => parse(text));
  }
}

function malformed(what: string, cause?: unknown): VerifyFailure {
  return new VerifyFailure("malformed", `the node's ${what} is not of its form`, { cause });
}

/** Runs what refuses with a code, and says what it was about. */
export function unlessRejected<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Reject) throw malformed(what, error);
    throw error;
  }
}

function readBlockId(fields: Fields): Header["lastBlockId"] {
  const parts = fields.object("parts");
  const wire = { hash: fields.hex("hash"), partSetHeader: { total: parts.number("total"), hash: parts.hex("hash") } };
  return unlessRejected("block id", () => parseBlockId(wire));
}

export function readHeader(fields: Fields): Header {
  const version = fields.object("version");
  return unlessRejected("header", () => ({
    blockVersion: version.int("block"),
    appVersion: version.has("app") ? version.int("app") : 0n,
    chainId: fields.text("chain_id"),
    height: toHeight(fields.int("height")),
    time: parseRfc3339(fields.text("time")),
    lastBlockId: readBlockId(fields.object("last_block_id")),
    lastCommitHash: fields.hex("last_commit_hash"),
    dataHash: fields.hex("data_hash"),
    validatorsHash: fields.hex("validators_hash"),
    nextValidatorsHash: fields.hex("next_validators_hash"),
    consensusHash: fields.hex("consensus_hash"),
    appHash: fields.hex("app_hash"),
    lastResultsHash: fields.hex("last_results_hash"),
    evidenceHash: fields.hex("evidence_hash"),
    proposer: toAddress(fields.hex("proposer_address")),
  }));
}

const FLAGS: ReadonlyMap<number, BlockIdFlag> = new Map([
  [1, "absent"],
  [2, "commit"],
  [3, "nil"],
]);

function readCommitSig(value: unknown): CommitSig {
  const fields = new Fields(value, "commit signature");
  const flag = FLAGS.get(fields.number("block_id_flag"));
  if (flag === undefined) throw malformed("commit signature");
  const time = unlessRejected("commit signature", () => parseRfc3339(fields.text("timestamp")));
  return { flag, validator: fields.hex("validator_address"), time, signature: fields.base64("signature") };
}

export function readCommit(fields: Fields): Commit {
  return unlessRejected("commit", () => ({
    height: toHeight(fields.int("height")),
    round: fields.number("round"),
    blockId: readBlockId(fields.object("block_id")),
    signatures: fields.list("signatures").map(readCommitSig),
  }));
}

/** Validators of all pages. Their priorities are not hashed and play no part here. */
export function readValidators(values: readonly unknown[]): ValidatorSet {
  const changes = values.map((value) => {
    const fields = new Fields(value, "validator");
    const publicKey = fields.object("pub_key").base64("value");
    return { publicKey, power: unlessRejected("validator", () => toVotingPower(fields.int("voting_power"))) };
  });
  return unlessRejected("validators", () => createValidatorSet(changes));
}
