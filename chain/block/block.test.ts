import { expect } from "chai";
import { EMPTY_BYTES, Reject, parseHex, toHex } from "../primitives/index.js";
import { Block as WireBlock, Header as WireHeader } from "../../proto/gen/tendermint/types.js";
import { cometVectors } from "../testkit/comet-vectors.js";
import { rejection } from "../testkit/rejects.js";
import { checkBlock, decodeBlock, encodeBlock } from "./block.js";
import { EMPTY_COMMIT } from "./commit.js";
import { decodeHeader, encodeHeader, headerHash, headerToWire } from "./header.js";
import { MAX_BLOCK_BYTES } from "./limits.js";
import { createPartAssembler, makePartSet } from "./part-set.js";
import type { Block, Header } from "./types.js";

const blocks = cometVectors.blocks.map((v) => decodeBlock(parseHex(v.bytes)));
const block = blocks.at(-1) ?? expect.fail("a block");
const first = blocks[0] ?? expect.fail("a first block");

describe("a block", () => {
  it("commits in its header to its transactions, evidence and last commit", () => {
    for (const each of blocks) checkBlock(each);
    const spoiled: Block[] = [
      { ...block, txs: block.txs.slice(1) },
      { ...block, txs: block.txs.toReversed() },
      { ...block, evidence: [] },
      { ...block, evidence: [...block.evidence, ...block.evidence] },
      { ...block, lastCommit: { ...block.lastCommit, signatures: block.lastCommit.signatures.toReversed() } },
      { ...block, lastCommit: EMPTY_COMMIT },
      { ...block, header: { ...block.header, dataHash: EMPTY_BYTES } },
    ];
    for (const each of spoiled) {
      expect(rejection(() => checkBlock(each))).to.equal("comet/15");
      expect(rejection(() => decodeBlock(encodeBlock(each)))).to.equal("comet/15");
    }
  });

  it("at the initial height has an empty commit that is still written", () => {
    expect(first.lastCommit).to.deep.equal(EMPTY_COMMIT);
    expect(toHex(encodeBlock(first)).endsWith("22041a021200")).to.equal(true);
  });

  it("without a last commit is refused", () => {
    const bytes = WireBlock.encode({ ...WireBlock.decode(encodeBlock(first)), lastCommit: undefined });
    expect(rejection(() => decodeBlock(bytes))).to.equal("comet/2");
  });

  it("survives being cut into parts and put together again", () => {
    const bytes = encodeBlock(block);
    const { header, parts } = makePartSet(bytes);
    const assembler = createPartAssembler(header, BigInt(bytes.length));
    for (const part of parts.toReversed()) assembler.add(part);
    expect(decodeBlock(assembler.bytes() ?? EMPTY_BYTES)).to.deep.equal(block);
  });

  it("above 100 MiB is refused unread", () => {
    expect(rejection(() => decodeBlock(new Uint8Array(MAX_BLOCK_BYTES + 1)))).to.equal("comet/3");
  });
});

describe("a header", () => {
  const refused = (change: Partial<WireHeader>): string =>
    rejection(() => decodeHeader(WireHeader.encode({ ...headerToWire(block.header), ...change })));

  it("passes through bytes", () => {
    expect(decodeHeader(encodeHeader(block.header))).to.deep.equal(block.header);
  });

  it("is refused under another block protocol or without a height", () => {
    expect(refused({ version: { block: 10n, app: 0n } })).to.equal("comet/7");
    expect(refused({ version: { block: 12n, app: 0n } })).to.equal("comet/7");
    expect(refused({ height: 0n })).to.equal("comet/4");
    expect(refused({ height: -3n })).to.equal("comet/4");
  });

  it("is refused with a chain id above 50 bytes, counted as UTF-8", () => {
    expect(refused({ chainId: "c".repeat(51) })).to.equal("comet/3");
    expect(refused({ chainId: "é".repeat(26) })).to.equal("comet/3");
    const longest = { ...block.header, chainId: "é".repeat(25) };
    expect(decodeHeader(encodeHeader(longest)).chainId).to.equal(longest.chainId);
  });

  it("is refused with a hash that is neither empty nor 32 bytes, whichever it is", () => {
    const hashes = [
      "lastCommitHash",
      "dataHash",
      "validatorsHash",
      "nextValidatorsHash",
      "consensusHash",
      "lastResultsHash",
      "evidenceHash",
    ] as const;
    for (const name of hashes) {
      for (const length of [1, 20, 31, 33])
        expect(refused({ [name]: new Uint8Array(length) }), name).to.equal("comet/5");
    }
  });

  it("is refused without a proposer, or with an app hash above 64 bytes", () => {
    expect(refused({ proposerAddress: EMPTY_BYTES })).to.equal("comet/7");
    expect(refused({ proposerAddress: new Uint8Array(21) })).to.equal("comet/7");
    expect(refused({ appHash: new Uint8Array(65) })).to.equal("comet/3");
  });

  it("has another hash when any one field changes", () => {
    const other = new Uint8Array(32).fill(7);
    const changes: Partial<Header>[] = [
      { appVersion: 99n },
      { chainId: "another" },
      { height: first.header.height },
      { time: first.header.time },
      { lastBlockId: first.header.lastBlockId },
      { lastCommitHash: other },
      { dataHash: other },
      { validatorsHash: other },
      { nextValidatorsHash: other },
      { consensusHash: other },
      { appHash: other },
      { lastResultsHash: other },
      { evidenceHash: other },
      { proposer: first.header.proposer },
    ];
    const seen = new Set(
      [block.header, ...changes.map((c) => ({ ...block.header, ...c }))].map((h) => toHex(headerHash(h))),
    );
    expect(seen.size).to.equal(changes.length + 1);
  });

  it("without a validators hash has no hash at all", () => {
    const header = { ...block.header, validatorsHash: EMPTY_BYTES };
    expect(() => headerHash(header)).to.throw(Reject);
  });
});
