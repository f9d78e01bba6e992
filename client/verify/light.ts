import { DEFAULT_TRUST_LEVEL, headerHash, verifyAdjacent, verifySkipping } from "../../chain/block/index.js";
import type { Header, LightBlock, ValidatorSet } from "../../chain/block/index.js";
import { validatorSetHash } from "../../chain/block/index.js";
import { Reject, equalBytes, toHex, toTimeNs } from "../../chain/primitives/index.js";
import type { VerifyDoor } from "./door.js";
import { VerifyFailure } from "./errors.js";
import { Fields, readCommit, readHeader, readValidators } from "./json.js";

/** A header that is believed from the start: from the genesis file, an explorer, a friend. */
export interface TrustRoot {
  readonly height: bigint;
  /** Header hash, 32 bytes. */
  readonly hash: Uint8Array;
}

export interface LightOptions {
  readonly door: VerifyDoor;
  readonly trust: TrustRoot;
  /** Seconds a verified header may be built upon; below the unbonding period. Default 14 days. */
  readonly trustingPeriodSeconds?: number;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

/** Headers that lead back to the trust root through signatures, whoever serves them. */
export interface LightClient {
  /** The verified header of a height at or above the trust root's. @throws VerifyFailure. */
  header(height: bigint): Promise<Header>;
}

const FORTNIGHT = 14 * 24 * 3600;
const MAX_DRIFT_NS = 10_000_000_000n;
const PAGE = 100;
const MAX_PAGES = 100;
/** Of chain/block's errors: too little of the trusted set signed, so a header in between is needed. */
const TOO_LITTLE_OVERLAP = 17;

interface Trusted {
  readonly header: Header;
  readonly nextValidators: ValidatorSet;
}

async function fetchHeader(door: VerifyDoor, height: bigint): Promise<Pick<LightBlock, "header" | "commit">> {
  const result = new Fields(await door.rpc("commit", { height: height.toString() }), "commit");
  const signed = result.object("signed_header");
  const header = readHeader(signed.object("header"));
  if (header.height !== height) throw new VerifyFailure("malformed", `asked for header ${height}, got ${header.height}`);
  return { header, commit: readCommit(signed.object("commit")) };
}

async function fetchValidators(door: VerifyDoor, height: bigint, hash: Uint8Array): Promise<ValidatorSet> {
  const found: unknown[] = [];
  for (let page = 1; page <= MAX_PAGES; page++) {
    const params = { height: height.toString(), page: page.toString(), per_page: PAGE.toString() };
    const result = new Fields(await door.rpc("validators", params), "validators");
    found.push(...result.list("validators"));
    if (BigInt(found.length) >= result.int("total")) break;
  }
  const set = readValidators(found);
  if (!equalBytes(validatorSetHash(set), hash)) {
    throw new VerifyFailure("untrusted", `the validators of height ${height} are not those of its header`);
  }
  return set;
}

export function createLightClient(options: LightOptions): LightClient {
  const { door, trust, trustingPeriodSeconds = FORTNIGHT, now = Date.now } = options;
  const trusted = new Map<bigint, Trusted>();

  const keep = async (header: Header): Promise<Trusted> => {
    const nextValidators = await fetchValidators(door, header.height + 1n, header.nextValidatorsHash);
    const entry = { header, nextValidators };
    trusted.set(header.height, entry);
    return entry;
  };

  const root = async (): Promise<Trusted> => {
    const known = trusted.get(trust.height);
    if (known !== undefined) return known;
    const { header } = await fetchHeader(door, trust.height);
    const hash = headerHash(header);
    if (equalBytes(hash, trust.hash)) return keep(header);
    throw new VerifyFailure("untrusted", `header ${trust.height} is ${toHex(hash)}, not the trusted ${toHex(trust.hash)}`);
  };

  /** One step up; false when there is too little overlap and a height in between is needed. */
  const step = (from: Trusted, next: LightBlock): boolean => {
    const at = BigInt(Math.floor(now()));
    const clock = {
      now: toTimeNs(at / 1000n, Number(at % 1000n) * 1_000_000),
      trustingPeriodNs: BigInt(trustingPeriodSeconds) * 1_000_000_000n,
      maxClockDriftNs: MAX_DRIFT_NS,
    };
    try {
      if (next.header.height === from.header.height + 1n) verifyAdjacent(from.header, next, clock);
      else verifySkipping({ ...from, level: DEFAULT_TRUST_LEVEL }, next, clock);
      return true;
    } catch (error) {
      if (!(error instanceof Reject)) throw error;
      const isTooFar = error.codespace === "comet" && error.code === TOO_LITTLE_OVERLAP;
      if (isTooFar && next.header.height > from.header.height + 1n) return false;
      throw new VerifyFailure("untrusted", `header ${next.header.height} does not follow: ${error.message}`, { cause: error });
    }
  };

  const climb = async (from: Trusted, height: bigint): Promise<Trusted> => {
    const { header, commit } = await fetchHeader(door, height);
    const validators = await fetchValidators(door, height, header.validatorsHash);
    if (step(from, { header, commit, validators })) return keep(header);
    const middle = await climb(from, (from.header.height + height) / 2n);
    return climb(middle, height);
  };

  return {
    async header(height) {
      let from = await root();
      for (const entry of trusted.values()) {
        if (entry.header.height <= height && entry.header.height > from.header.height) from = entry;
      }
      if (height < from.header.height) throw new VerifyFailure("untrusted", `height ${height} is below the trust root`);
      return height === from.header.height ? from.header : (await climb(from, height)).header;
    },
  };
}
