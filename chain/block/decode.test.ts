import { expect } from "chai";
import fc from "fast-check";
import { Reject, concatBytes, parseHex, toHex } from "../primitives/index.js";
import { cometVectors } from "../testkit/comet-vectors.js";
import { decodeBlock, encodeBlock } from "./block.js";
import { decodeCommit, encodeCommit } from "./commit.js";
import { decodeEvidence, encodeEvidence } from "./evidence.js";
import { decodeExtendedCommit, encodeExtendedCommit } from "./extended-commit.js";
import { decodeHeader, encodeHeader } from "./header.js";
import { decodeConsensusParams, encodeConsensusParams } from "./params.js";
import { decodePart, encodePart } from "./part.js";
import { makePartSet } from "./part-set.js";
import { decodeProposal, encodeProposal } from "./proposal.js";
import { decodeValidatorSet, encodeValidatorSet } from "./validator-codec.js";
import { decodeVote, encodeVote } from "./vote.js";

/** Every decoder is total: any bytes are either refused with a coded Reject or encode to themselves again. */

interface Format {
  readonly name: string;
  readonly valid: readonly Uint8Array[];
  /** Decodes and encodes again. */
  readonly pass: (bytes: Uint8Array) => Uint8Array;
}

const bytesOf = (vectors: readonly { readonly bytes: string }[]): Uint8Array[] =>
  vectors.map((v) => parseHex(v.bytes));

const formats: readonly Format[] = [
  { name: "vote", valid: bytesOf(cometVectors.votes), pass: (b) => encodeVote(decodeVote(b)) },
  {
    name: "proposal",
    valid: bytesOf(cometVectors.proposals),
    pass: (b) => encodeProposal(decodeProposal(b)),
  },
  { name: "header", valid: bytesOf(cometVectors.headers), pass: (b) => encodeHeader(decodeHeader(b)) },
  { name: "commit", valid: bytesOf(cometVectors.commits), pass: (b) => encodeCommit(decodeCommit(b)) },
  {
    name: "extended commit",
    valid: bytesOf(cometVectors.extendedCommits),
    pass: (b) => encodeExtendedCommit(decodeExtendedCommit(b)),
  },
  { name: "evidence", valid: bytesOf(cometVectors.evidence), pass: (b) => encodeEvidence(decodeEvidence(b)) },
  { name: "block", valid: bytesOf(cometVectors.blocks), pass: (b) => encodeBlock(decodeBlock(b)) },
  {
    name: "validator set",
    valid: bytesOf(cometVectors.validatorSets),
    pass: (b) => encodeValidatorSet(decodeValidatorSet(b)),
  },
  {
    name: "consensus parameters",
    valid: bytesOf(cometVectors.params.filter((p) => p.valid)),
    pass: (b) => encodeConsensusParams(decodeConsensusParams(b)),
  },
  {
    name: "part",
    valid: makePartSet(new Uint8Array(500).fill(9)).parts.map(encodePart),
    pass: (b) => encodePart(decodePart(b)),
  },
];

type Mutation = (bytes: Uint8Array) => Uint8Array;

const anyMutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(255)).map(([at, value]): Mutation => (bytes) => {
    const copy = bytes.slice();
    if (copy.length > 0) copy[at % copy.length] = value;
    return copy;
  }),
  fc.nat().map(
    (at): Mutation =>
      (bytes) =>
        bytes.slice(0, at % (bytes.length + 1)),
  ),
  fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 12 })).map(([at, extra]): Mutation => (bytes) => {
    const cut = at % (bytes.length + 1);
    return concatBytes(bytes.slice(0, cut), extra, bytes.slice(cut));
  }),
  fc.tuple(fc.nat(), fc.nat(20)).map(([at, count]): Mutation => (bytes) => {
    const cut = at % (bytes.length + 1);
    return concatBytes(bytes.slice(0, cut), bytes.slice(cut + count));
  }),
  fc.constant<Mutation>((bytes) => concatBytes(bytes, bytes)),
);

function check(format: Format, bytes: Uint8Array): void {
  let again: Uint8Array;
  try {
    again = format.pass(bytes);
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
    expect(error.codespace).to.equal("comet");
    return;
  }
  expect(toHex(again)).to.equal(toHex(bytes));
}

describe("decoders of consensus messages", () => {
  for (const format of formats) {
    it(`accept each valid ${format.name} and give the same bytes back`, () => {
      for (const bytes of format.valid) expect(toHex(format.pass(bytes))).to.equal(toHex(bytes));
    });

    it(`refuse a mutated ${format.name} with a code, or give the same bytes back`, () => {
      fc.assert(
        fc.property(
          fc.constantFrom(...format.valid),
          fc.array(anyMutation, { minLength: 1, maxLength: 3 }),
          (start, mutations) => {
            check(
              format,
              mutations.reduce((bytes, mutate) => mutate(bytes), start),
            );
          },
        ),
        { numRuns: 400 },
      );
    });

    it(`refuse random bytes as a ${format.name} with a code`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => check(format, bytes)),
        { numRuns: 300 },
      );
    });

    it(`refuse a ${format.name} with an unknown field, or cut off at any of its last bytes`, () => {
      const bytes = format.valid[0] ?? expect.fail("a valid one");
      expect(() => format.pass(concatBytes(bytes, parseHex("f80701")))).to.throw(Reject);
      for (let cut = 1; cut < Math.min(40, bytes.length); cut++)
        check(format, bytes.slice(0, bytes.length - cut));
    });
  }
});
