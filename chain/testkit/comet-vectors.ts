import { readFileSync } from "node:fs";

/** The JSON that scripts/vectors writes with CometBFT's own code. Bytes are hex, int64 are decimal text. */

interface Hashed {
  readonly bytes: string;
  readonly hash: string;
}

interface Signed {
  readonly bytes: string;
  readonly signBytes: string;
  readonly key: string;
}

export interface CommitVector extends Hashed {
  readonly name: string;
  readonly set: string;
  readonly height: string;
  readonly blockId: string;
  readonly time: string;
  readonly verified: boolean;
  readonly light: boolean;
  readonly trusting: boolean;
  readonly signBytes: string;
}

export interface CometVectors {
  readonly validatorSets: readonly (Hashed & {
    readonly changes: readonly (readonly [key: string, power: string])[];
    readonly proposer: string;
  })[];
  readonly headers: readonly Hashed[];
  readonly votes: readonly (Signed & { readonly extensionSignBytes: string; readonly extended: boolean })[];
  readonly proposals: readonly Signed[];
  readonly commits: readonly CommitVector[];
  readonly extendedCommits: readonly {
    readonly bytes: string;
    readonly commit: string;
    readonly set: string;
  }[];
  readonly partSets: readonly {
    readonly seed: number;
    readonly size: number;
    readonly total: number;
    readonly hash: string;
    readonly parts: readonly {
      readonly leafHash: string;
      readonly aunts: readonly string[];
      readonly digest: string;
    }[];
  }[];
  readonly evidence: readonly (Hashed & {
    readonly name: string;
    readonly set: string;
    readonly verified: boolean;
  })[];
  readonly evidenceHash: string;
  readonly blocks: readonly (Hashed & {
    readonly dataHash: string;
    readonly commitHash: string;
    readonly evidenceHash: string;
    readonly blockId: string;
  })[];
  readonly params: readonly (Hashed & { readonly valid: boolean })[];
  readonly paramsUpdates: readonly {
    readonly before: string;
    readonly after: string;
    readonly height: string;
    readonly valid: boolean;
  }[];
  readonly results: readonly { readonly results: readonly string[]; readonly hash: string }[];
  readonly light: {
    readonly periodNs: string;
    readonly driftNs: string;
    readonly blocks: readonly {
      readonly header: string;
      readonly commit: string;
      readonly set: string;
      readonly next: string;
    }[];
    readonly steps: readonly {
      readonly from: number;
      readonly to: number;
      readonly now: string;
      readonly verified: boolean;
    }[];
  };
}

export interface RotationVectors {
  readonly keys: readonly string[];
  readonly runs: readonly {
    readonly name: string;
    readonly initial: readonly (readonly [key: string, power: string])[];
    readonly start: readonly (readonly [key: string, power: string, priority: string])[];
    readonly steps: readonly {
      readonly changes?: readonly (readonly [key: string, power: string])[];
      readonly refused?: boolean;
      readonly times: number;
      readonly set: readonly (readonly [key: string, power: string, priority: string])[];
      readonly proposer: string;
    }[];
  }[];
}

function load(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../block/vectors/${name}.json`, import.meta.url), "utf8"));
}

/** The chain id under which the vectors are signed. */
export const VECTOR_CHAIN = "openledger-vectors-1";
export const cometVectors = load("comet") as CometVectors;
export const rotationVectors = load("rotation") as RotationVectors;

/** The bytes of a part set vector. */
export function partSetData(seed: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (31 * i + 17 * (i >> 8) + 13 * (i >> 16) + seed) & 255);
}
