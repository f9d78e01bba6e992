/**
 * Signs for the validator and never twice for one place. The last signed height, round and step stand in a state file
 * (CometBFT's priv_validator_state.json) that is replaced, synced, before a signature leaves this file.
 *
 * Within one place: the same bytes get the stored signature, bytes that differ only in their timestamp get the stored
 * timestamp and signature, anything else is refused, and so is every earlier place (privval/file.go in CometBFT).
 */
import { existsSync, readFileSync } from "node:fs";
import { proposalSignBytes, voteExtensionSignBytes, voteSignBytes } from "../../chain/block/index.js";
import type { Proposal, Vote } from "../../chain/block/index.js";
import { EMPTY_BYTES, equalBytes, toTimeNs } from "../../chain/primitives/index.js";
import type { TimeNs } from "../../chain/primitives/index.js";
import { CanonicalProposal, CanonicalVote } from "../../proto/gen/tendermint/types.js";
import { EdgeFailure } from "../errors.js";
import type { ValidatorKey } from "./key-file.js";
import { replaceFile } from "./replace-file.js";

/** What consensus asks of whoever holds the key: this process, or another one whose answers take their time. */
export interface Signer {
  readonly address: ValidatorKey["address"];
  readonly publicKey: Uint8Array;
  /**
   * The vote with time and signatures, or null when signing it would be a double sign or a step back, or the signer is out of
   * reach. Never rejects. Calls are answered in order.
   */
  signVote(vote: Vote, extended: boolean): Vote | null | Promise<Vote | null>;
  /** As signVote. */
  signProposal(proposal: Proposal): Proposal | null | Promise<Proposal | null>;
  /** Calls back whenever the signer is in reach again: what it left unsigned is worth asking once more. */
  onReady?(listener: () => void): void;
}

/** One that holds the key itself and answers at once. */
export interface LocalSigner extends Signer {
  signVote(vote: Vote, extended: boolean): Vote | null;
  signProposal(proposal: Proposal): Proposal | null;
}

export interface SignerOptions {
  readonly key: ValidatorKey;
  readonly statePath: string;
  readonly chainId: string;
}

interface SignState {
  readonly height: bigint;
  readonly round: number;
  /** 1 proposal, 2 prevote, 3 precommit. */
  readonly step: number;
  readonly signature: Uint8Array;
  readonly signBytes: Uint8Array;
}

const FRESH: SignState = { height: 0n, round: 0, step: 0, signature: EMPTY_BYTES, signBytes: EMPTY_BYTES };

/** Makes the state file where there is none. @throws EdgeFailure "config" on a damaged one: signing without it could be a double sign. */
export function openSigner(options: SignerOptions): LocalSigner {
  if (!existsSync(options.statePath)) replaceFile(options.statePath, formatState(FRESH));
  return new FileSigner(options, loadState(options.statePath));
}

/** Of a validator whose chain has blocks, and which has no such file. */
export function lostSignState(path: string): EdgeFailure {
  const why = `${path} is missing: it says what this validator has signed, which it must not sign otherwise a second time`;
  return new EdgeFailure("config", `${why}. Put it back, or see docs/validators.md for a file that is lost`);
}

/** What is to be signed, with its bytes as a function of the time. */
interface Draft {
  readonly height: bigint;
  readonly round: number;
  readonly step: number;
  readonly time: TimeNs;
  readonly bytesAt: (time: TimeNs) => Uint8Array;
  readonly timeOf: (signBytes: Uint8Array) => TimeNs;
}

class FileSigner implements LocalSigner {
  readonly address: ValidatorKey["address"];
  readonly publicKey: Uint8Array;
  readonly #options: SignerOptions;
  #state: SignState;

  constructor(options: SignerOptions, state: SignState) {
    this.#options = options;
    this.#state = state;
    this.address = options.key.address;
    this.publicKey = options.key.publicKey;
  }

  signVote(vote: Vote, extended: boolean): Vote | null {
    const { chainId, key } = this.#options;
    const signed = this.#sign({
      height: vote.height,
      round: vote.round,
      step: vote.type === "prevote" ? 2 : 3,
      time: vote.time,
      bytesAt: (time) => voteSignBytes(chainId, { ...vote, time }),
      timeOf: (bytes) => timeOf(CanonicalVote.decode(undelimited(bytes)).timestamp),
    });
    if (signed === null) return null;
    const isExtended = extended && vote.type === "precommit" && vote.blockId !== null;
    const extension = isExtended ? vote.extension : EMPTY_BYTES;
    const extensionSignature = isExtended ? key.sign(voteExtensionSignBytes(chainId, vote)) : EMPTY_BYTES;
    return { ...vote, ...signed, extension, extensionSignature };
  }

  signProposal(proposal: Proposal): Proposal | null {
    const signed = this.#sign({
      height: proposal.height,
      round: proposal.round,
      step: 1,
      time: proposal.time,
      bytesAt: (time) => proposalSignBytes(this.#options.chainId, { ...proposal, time }),
      timeOf: (bytes) => timeOf(CanonicalProposal.decode(undelimited(bytes)).timestamp),
    });
    return signed === null ? null : { ...proposal, ...signed };
  }

  #sign(draft: Draft): { readonly time: TimeNs; readonly signature: Uint8Array } | null {
    // A second process that was started by mistake may have signed with this file since.
    const stored = loadState(this.#options.statePath);
    if (comparePlace(stored, this.#state) > 0) this.#state = stored;
    const order = comparePlace(draft, this.#state);
    if (order < 0) return null;
    if (order === 0) return this.#repeat(draft);
    const signBytes = draft.bytesAt(draft.time);
    const signature = this.#options.key.sign(signBytes);
    const { height, round, step } = draft;
    const next: SignState = { height, round, step, signature, signBytes };
    replaceFile(this.#options.statePath, formatState(next));
    this.#state = next;
    return { time: draft.time, signature };
  }

  #repeat(draft: Draft): { readonly time: TimeNs; readonly signature: Uint8Array } | null {
    const { signBytes, signature } = this.#state;
    if (signBytes.length === 0) return null;
    const time = draft.timeOf(signBytes);
    return equalBytes(draft.bytesAt(time), signBytes) ? { time, signature } : null;
  }
}

function comparePlace(
  a: Pick<SignState, "height" | "round" | "step">,
  b: Pick<SignState, "height" | "round" | "step">,
): number {
  if (a.height !== b.height) return a.height < b.height ? -1 : 1;
  return a.round - b.round || a.step - b.step;
}

/** Cuts the uvarint length off sign bytes. */
function undelimited(bytes: Uint8Array): Uint8Array {
  let at = 0;
  while (((bytes[at] ?? 0) & 0x80) !== 0) at++;
  return bytes.subarray(at + 1);
}

function timeOf(timestamp: { readonly seconds: bigint; readonly nanos: number }): TimeNs {
  return toTimeNs(timestamp.seconds, timestamp.nanos);
}

function formatState(state: SignState): string {
  const file = {
    height: state.height.toString(),
    round: state.round,
    step: state.step,
    signature: Buffer.from(state.signature).toString("base64"),
    signbytes: Buffer.from(state.signBytes).toString("hex").toUpperCase(),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

function loadState(path: string): SignState {
  if (!existsSync(path)) return FRESH;
  try {
    return parseState(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new EdgeFailure(
      "config",
      "the signer's state cannot be read; restore it before signing again",
      { path },
      cause,
    );
  }
}

function parseState(text: string): SignState {
  const file: unknown = JSON.parse(text);
  if (typeof file !== "object" || file === null) throw new EdgeFailure("malformed", "not an object");
  const fields: Record<string, unknown> = { ...file };
  const { height, round, step, signature = "", signbytes = "" } = fields;
  const isSane =
    typeof height === "string" &&
    /^\d{1,19}$/.test(height) &&
    Number.isSafeInteger(round) &&
    typeof round === "number" &&
    typeof step === "number" &&
    [0, 1, 2, 3].includes(step) &&
    typeof signature === "string" &&
    typeof signbytes === "string";
  if (!isSane) throw new EdgeFailure("malformed", "height, round and step are needed");
  return {
    height: BigInt(height),
    round,
    step,
    signature: new Uint8Array(Buffer.from(signature, "base64")),
    signBytes: new Uint8Array(Buffer.from(signbytes, "hex")),
  };
}
