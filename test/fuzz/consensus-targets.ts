/** What peers send about blocks, and what our own disk may hold after a crash. */
import {
  blockId,
  decodeBlock,
  decodeCommit,
  decodeConsensusParams,
  decodeEvidence,
  decodeExtendedCommit,
  decodeHeader,
  decodePart,
  decodeProposal,
  decodeValidatorSet,
  decodeVote,
  encodeBlock,
  encodeCommit,
  encodeConsensusParams,
  encodeEvidence,
  encodeExtendedCommit,
  encodeHeader,
  encodePart,
  encodeProposal,
  encodeValidatorSet,
  encodeVote,
  headerHash,
  makePartSet,
} from "../../chain/block/index.js";
import { createCore, markVerified, step, voteSummary } from "../../chain/consensus/index.js";
import type { CoreInput } from "../../chain/consensus/index.js";
import { parseHex, toHeight } from "../../chain/primitives/index.js";
import { cometVectors } from "../../chain/testkit/comet-vectors.js";
import { TEST_CHAIN, testBlockId, testCommit, testValidators, testVote } from "../../chain/testkit/validators.js";
import type { TestKey } from "../../chain/testkit/validators.js";
import { decodeRecord, encodeRecord } from "../../node/engine/wal-record.js";
import { decodeMessage, encodeMessage } from "../../node/engine/wire.js";
import type { GossipMessage } from "../../node/engine/wire.js";
import { verifySyncBlock } from "../../node/sync/block-sync.js";
import { BlocksResponse } from "../../proto/gen/openledger/engine/v1.js";
import { FrameDecoder, encodeFrame } from "../../node/p2p/framing.js";
import type { FuzzTarget } from "./target.js";

const { set, keys } = testValidators([10, 10, 10, 10]);
const height = toHeight(7n);
const votes = keys.map((key, index) => testVote(key, { index, validator: key.address }, true));

const bytesOf = (vectors: readonly { readonly bytes: string }[]): Uint8Array[] => vectors.slice(0, 12).map(({ bytes }) => parseHex(bytes));

const proposal = decodeProposal(parseHex(cometVectors.proposals[0]?.bytes ?? ""));
const evidence = cometVectors.evidence.map(({ bytes }) => decodeEvidence(parseHex(bytes)));
const block = parseHex(cometVectors.blocks.at(-1)?.bytes ?? "");
const parts = makePartSet(new Uint8Array(200_000).fill(7));
const [part] = parts.parts;

function started(): ReturnType<typeof createCore> {
  const start: CoreInput = { kind: "start-height", height, validators: set, self: null };
  const { next } = step(createCore(), start);
  return votes.reduce((core, vote) => step(core, { kind: "vote", vote: markVerified(vote) }).next, next);
}

const summary = voteSummary(started());

function messages(): GossipMessage[] {
  const certificate = { type: "precommit" as const, height, round: 1, blockId: testBlockId(1), votes };
  return [
    { kind: "proposal", proposal },
    ...votes.map((vote): GossipMessage => ({ kind: "vote", vote })),
    { kind: "certificate", certificate },
    ...(part === undefined ? [] : [{ kind: "part" as const, height, root: parts.header.hash, part }]),
    { kind: "parts-request", height, root: parts.header.hash, total: 9, held: 5n },
    ...(summary === null ? [] : [{ kind: "summary" as const, summary, base: toHeight(1n) }]),
    ...evidence.map((one): GossipMessage => ({ kind: "evidence", evidence: one })),
  ];
}

function records(): Uint8Array[] {
  const inputs: CoreInput[] = [
    { kind: "start-height", height, validators: set, self: null },
    { kind: "proposal", proposal: markVerified(proposal) },
    ...votes.map((vote): CoreInput => ({ kind: "vote", vote: markVerified(vote) })),
    { kind: "value-built", height, round: 0, blockId: testBlockId(1) },
    { kind: "timeout-elapsed", timeout: { kind: "propose", height, round: 0 } },
  ];
  return [...inputs.map((input) => encodeRecord({ kind: "input", input })), encodeRecord({ kind: "block", bytes: block })];
}

/** Blocks as a peer answers with them; our own checks come first, the chain's state last. */
function takeSync(bytes: Uint8Array): void {
  const target = { height, validators: set, chainId: TEST_CHAIN, isExtended: true, check: () => undefined };
  const { blocks } = BlocksResponse.decode(bytes);
  for (const [i, wire] of blocks.slice(0, 8).entries()) verifySyncBlock(target, wire, i === blocks.length - 1);
}

function takeFrames(bytes: Uint8Array): void {
  const decoder = new FrameDecoder(1_024);
  for (const byte of bytes) decoder.push(Uint8Array.of(byte));
  for (let left = bytes.length + 1; left > 0 && decoder.next() !== undefined; left--);
}

/** A block of height 7 with the commit that our four validators would have made for it. */
function syncBlock(): { block: Uint8Array; commit: Uint8Array } {
  const { header, ...rest } = decodeBlock(block);
  const bytes = encodeBlock({ header: { ...header, height }, ...rest });
  const id = blockId(headerHash(decodeBlock(bytes).header), makePartSet(bytes).header);
  const extended = testCommit({ set, keys }, []);
  const signatures = extended.signatures.map((place, index) => {
    const vote = testVote(keys[index] as TestKey, { index, blockId: id, extension: place.extension }, true);
    return { ...place, time: vote.time, signature: vote.signature, extensionSignature: vote.extensionSignature };
  });
  return { block: bytes, commit: encodeExtendedCommit({ ...extended, blockId: id, signatures }) };
}

const plain = (name: string, seeds: readonly Uint8Array[], run: FuzzTarget["run"], from: FuzzTarget["from"] = "peer"): FuzzTarget => ({
  ...{ name, from, form: "bytes", seeds, run },
});

export const CONSENSUS_TARGETS: readonly FuzzTarget[] = [
  plain("Vote", bytesOf(cometVectors.votes), (b) => encodeVote(decodeVote(b))),
  plain("Proposal", bytesOf(cometVectors.proposals), (b) => encodeProposal(decodeProposal(b))),
  plain("BlockPart", parts.parts.map(encodePart), (b) => encodePart(decodePart(b))),
  plain("Commit", bytesOf(cometVectors.commits), (b) => encodeCommit(decodeCommit(b))),
  plain("ExtendedCommit", bytesOf(cometVectors.extendedCommits), (b) => encodeExtendedCommit(decodeExtendedCommit(b))),
  plain("Evidence", bytesOf(cometVectors.evidence), (b) => encodeEvidence(decodeEvidence(b))),
  plain("Header", bytesOf(cometVectors.headers), (b) => encodeHeader(decodeHeader(b))),
  plain("Block", bytesOf(cometVectors.blocks), (b) => encodeBlock(decodeBlock(b))),
  plain("ValidatorSet", bytesOf(cometVectors.validatorSets), (b) => encodeValidatorSet(decodeValidatorSet(b))),
  plain("ConsensusParams", bytesOf(cometVectors.params.filter(({ valid }) => valid)), (b) => encodeConsensusParams(decodeConsensusParams(b))),
  plain("gossip of consensus", messages().map(encodeMessage), (b) => encodeMessage(decodeMessage(b))),
  plain("blocks in sync", [BlocksResponse.encode({ blocks: [syncBlock()] })], takeSync),
  plain("frames of streams", [encodeFrame(block.slice(0, 300)), encodeFrame(new Uint8Array(0))], takeFrames),
  plain("WAL record", records(), (b) => encodeRecord(decodeRecord(b)), "disk"),
];
