/** Evidence as clients send it, in the interface form `{type, value}` that json-chain.ts writes. */
import { decodeEvidence, encodeEvidence } from "../../chain/block/index.js";
import type { Evidence } from "../../chain/block/index.js";
import { parseRfc3339, toTimestamp } from "../../chain/codec/index.js";
import type { JsonValue } from "../../chain/codec/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { Reject, parseBase64, parseHex, toTimeNs } from "../../chain/primitives/index.js";
import { DuplicateVoteEvidence, Evidence as WireEvidence, Vote } from "../../proto/gen/tendermint/types.js";
import { failed, invalidParams } from "./errors.js";

const DUPLICATE_VOTE = "tendermint/DuplicateVoteEvidence";
const LIGHT_CLIENT_ATTACK = "tendermint/LightClientAttackEvidence";

type Fields = Readonly<Record<string, JsonValue | undefined>>;

function wrong(what: string): never {
  throw invalidParams(`error converting json params to arguments: ${what}`);
}

function fields(value: JsonValue | undefined, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  return wrong(`${what} is no object`);
}

/** Absent fields are their zero, as Go reads them. */
function text(value: JsonValue | undefined, what: string): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : wrong(`${what} is no text`);
}

function int(value: JsonValue | undefined, what: string): bigint {
  const digits = typeof value === "number" && Number.isSafeInteger(value) ? value.toString() : text(value, what);
  if (digits === "") return 0n;
  const number = /^-?\d{1,20}$/.test(digits) ? BigInt(digits) : wrong(`${what} is no number`);
  return number === BigInt.asIntN(64, number) ? number : wrong(`${what} is too large`);
}

function small(value: JsonValue | undefined, what: string): number {
  const number = int(value, what);
  return number === BigInt.asIntN(32, number) ? Number(number) : wrong(`${what} is too large`);
}

function bytes(value: JsonValue | undefined, what: string, parse: (text: string) => Uint8Array): Uint8Array {
  try {
    return parse(text(value, what));
  } catch {
    return wrong(`${what} cannot be read`);
  }
}

const hex = (value: JsonValue | undefined, what: string): Uint8Array => bytes(value, what, (t) => parseHex(t.toLowerCase()));
const base64 = (value: JsonValue | undefined, what: string): Uint8Array => bytes(value, what, parseBase64);

function timestamp(value: JsonValue | undefined, what: string): ReturnType<typeof toTimestamp> | undefined {
  const written = text(value, what);
  if (written === "") return undefined;
  try {
    return toTimestamp(parseRfc3339(written));
  } catch {
    return wrong(`${what} is no time`);
  }
}

function vote(value: JsonValue | undefined, what: string): Vote | undefined {
  if (value === undefined || value === null) return undefined;
  const v = fields(value, what);
  const id = fields(v["block_id"] ?? {}, `${what}.block_id`);
  const parts = fields(id["parts"] ?? {}, `${what}.block_id.parts`);
  return Vote.create({
    type: small(v["type"], `${what}.type`),
    height: int(v["height"], `${what}.height`),
    round: small(v["round"], `${what}.round`),
    blockId: {
      hash: hex(id["hash"], `${what}.hash`),
      partSetHeader: { total: small(parts["total"], `${what}.total`), hash: hex(parts["hash"], `${what}.parts`) },
    },
    timestamp: timestamp(v["timestamp"], `${what}.timestamp`) ?? toTimestamp(toTimeNs(0n, 0)),
    validatorAddress: hex(v["validator_address"], `${what}.validator_address`),
    validatorIndex: small(v["validator_index"], `${what}.validator_index`),
    signature: base64(v["signature"], `${what}.signature`),
    extension: base64(v["extension"], `${what}.extension`),
    extensionSignature: base64(v["extension_signature"], `${what}.extension_signature`),
  });
}

/**
 * @throws RpcError -32602 for what is no evidence at all, -32603 for what proves nothing. Attacks on light clients are known
 *   and not taken (ADR 0016).
 */
export function parseEvidenceJson(given: JsonValue): Evidence {
  const { type, value } = fields(given, "evidence");
  if (type === LIGHT_CLIENT_ATTACK) throw failed("failed to add evidence: only duplicate votes are accepted");
  if (type !== DUPLICATE_VOTE) wrong(`unknown type ${JSON.stringify(type ?? "")}`);
  const f = fields(value, "evidence.value");
  const voteA = vote(f["vote_a"], "vote_a");
  const voteB = vote(f["vote_b"], "vote_b");
  if (voteA === undefined || voteB === undefined) {
    const name = (v: Vote | undefined): string => (v === undefined ? "nil-Vote" : "Vote");
    throw failed(`evidence.ValidateBasic failed: one or both of the votes are empty ${name(voteA)}, ${name(voteB)}`);
  }
  const duplicateVoteEvidence = DuplicateVoteEvidence.create({
    voteA,
    voteB,
    totalVotingPower: int(f["TotalVotingPower"], "TotalVotingPower"),
    validatorPower: int(f["ValidatorPower"], "ValidatorPower"),
    timestamp: timestamp(f["Timestamp"], "Timestamp") ?? toTimestamp(toTimeNs(0n, 0)),
  });
  try {
    return decodeEvidence(WireEvidence.encode(WireEvidence.create({ duplicateVoteEvidence })));
  } catch (error) {
    if (error instanceof Reject) throw failed(`evidence.ValidateBasic failed: ${error.message}`);
    throw error;
  }
}

/** What CometBFT calls evidence by: SHA-256 over the bytes of the duplicate votes. */
export function hashOfEvidence(evidence: Evidence): Uint8Array {
  const { duplicateVoteEvidence } = WireEvidence.decode(encodeEvidence(evidence));
  return sha256(DuplicateVoteEvidence.encode(DuplicateVoteEvidence.create(duplicateVoteEvidence ?? {})));
}
