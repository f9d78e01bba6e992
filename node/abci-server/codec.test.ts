import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import type { CommitInfo, FinalizeBlockRequest, FinalizeBlockResponse, Misbehavior } from "../../chain/abci/index.js";
import { DEFAULT_CONSENSUS_PARAMS } from "../../chain/block/index.js";
import { parseHex, toGas, toHeight, toHex, toTimeNs, toVotingPower } from "../../chain/primitives/index.js";
import { Request, RequestFinalizeBlock, Response, ResponseFinalizeBlock } from "../../proto/gen/tendermint/abci.js";
import { FrameReader } from "./framing.js";
import * as parse from "./request-codec.js";
import * as toWire from "./response-codec.js";
import * as client from "./testkit/client-codec.js";
import { frameOf } from "./testkit/socket-client.js";

interface Frame {
  readonly name: string;
  readonly frame: string;
}

const { requests, responses } = JSON.parse(readFileSync(new URL("./vectors/abci.json", import.meta.url), "utf8")) as {
  readonly requests: readonly Frame[];
  readonly responses: readonly Frame[];
};

function messageOf({ frame }: Frame): Uint8Array {
  const [message] = [...new FrameReader(1 << 20).push(parseHex(frame))];
  return message ?? expect.fail("no whole frame");
}

/** A request through the domain and back; what has no domain form stays as it is. */
function again(request: Request): Partial<Request> {
  const { initChain, checkTx, prepareProposal, processProposal, finalizeBlock } = request;
  return {
    ...request,
    ...(initChain && { initChain: client.initChainRequest(parse.parseInitChain(initChain)) }),
    ...(checkTx && { checkTx: client.checkTxRequest(parse.parseCheckTx(checkTx)) }),
    ...(prepareProposal && { prepareProposal: client.prepareProposalRequest(parse.parsePrepareProposal(prepareProposal)) }),
    ...(processProposal && { processProposal: client.processProposalRequest(parse.parseProcessProposal(processProposal)) }),
    ...(finalizeBlock && { finalizeBlock: client.finalizeBlockRequest(parse.parseFinalizeBlock(finalizeBlock)) }),
  };
}

function answeredAgain(response: Response): Partial<Response> {
  const { initChain, query, checkTx, finalizeBlock } = response;
  const unsent = { sender: "", sequence: 0n, priority: 0n };
  return {
    ...response,
    ...(initChain && { initChain: toWire.initChainToWire(client.parseInitChainResponse(initChain)) }),
    ...(query && { query: toWire.queryToWire(client.parseQueryResponse(query)) }),
    ...(checkTx && { checkTx: toWire.checkTxToWire({ ...client.parseCheckTxResponse(checkTx), ...unsent }) }),
    ...(finalizeBlock && { finalizeBlock: toWire.finalizeBlockToWire(client.parseFinalizeBlockResponse(finalizeBlock)) }),
  };
}

describe("requests and responses as CometBFT 0.38 writes them", () => {
  for (const vector of requests) {
    it(`request ${vector.name}: the same bytes after the domain`, () => {
      const request = Request.decode(messageOf(vector));
      expect(toHex(frameOf(Request.encode(Request.create(again(request)))))).to.equal(vector.frame);
    });
  }

  for (const vector of responses) {
    it(`response ${vector.name}: the same bytes after the domain`, () => {
      const response = Response.decode(messageOf(vector));
      expect(toHex(frameOf(Response.encode(Response.create(answeredAgain(response)))))).to.equal(vector.frame);
    });
  }

  it("mean what the Go side put in", () => {
    const found = requests.find(({ name }) => name === "finalizeBlock") ?? expect.fail("no vector");
    const wire = Request.decode(messageOf(found)).finalizeBlock ?? expect.fail("another request");
    const request = parse.parseFinalizeBlock(wire);
    expect(request.height).to.equal(8n);
    expect(request.time).to.equal(1_790_000_000_123_456_789n);
    expect(request.txs.map((tx) => tx.length)).to.deep.equal([3, 0, 300]);
    expect(request.decidedLastCommit.votes.map(({ flag, validator }) => [flag, validator.power])).to.deep.equal([
      ["commit", 10n],
      ["absent", 9n],
      ["nil", 1n << 40n],
    ]);
    expect(request.misbehavior.map(({ kind, height, totalVotingPower }) => [kind, height, totalVotingPower])).to.deep.equal([
      ["duplicate-vote", 5n, 30n],
      ["light-client-attack", 6n, 31n],
    ]);
    expect([request.hash[0], request.nextValidatorsHash[0], request.proposer[0]]).to.deep.equal([8, 9, 2]);
  });
});

const anyBytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const anyPower = fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }).map(toVotingPower);
const anyHeight = fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }).map(toHeight);
const anyTime = fc.tuple(fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }), fc.integer({ min: 0, max: 999_999_999 })).map(([s, n]) => toTimeNs(s, n));
const anyValidator = fc.record({ address: anyBytes(20), power: anyPower });
const anyCommit: fc.Arbitrary<CommitInfo> = fc.record({
  round: fc.nat(),
  votes: fc.array(fc.record({ validator: anyValidator, flag: fc.constantFrom("absent" as const, "commit" as const, "nil" as const) }), { maxLength: 4 }),
});
const anyMisbehavior: fc.Arbitrary<Misbehavior> = fc.record({
  kind: fc.constantFrom("duplicate-vote" as const, "light-client-attack" as const),
  validator: anyValidator,
  height: anyHeight,
  time: anyTime,
  totalVotingPower: anyPower,
});
const anyTx = fc.uint8Array({ maxLength: 40 });
const anyFinalize: fc.Arbitrary<FinalizeBlockRequest> = fc.record({
  txs: fc.array(anyTx, { maxLength: 4 }),
  decidedLastCommit: anyCommit,
  misbehavior: fc.array(anyMisbehavior, { maxLength: 3 }),
  hash: anyBytes(32),
  height: anyHeight,
  time: anyTime,
  nextValidatorsHash: anyBytes(32),
  proposer: anyBytes(20),
});
const anyGas = fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }).map(toGas);
const anyText = fc.string({ maxLength: 20, unit: "grapheme" });
const anyEvent = fc.record({
  type: anyText,
  attributes: fc.array(fc.record({ key: anyText, value: anyText, index: fc.boolean() }), { maxLength: 3 }),
});
const anyFinalized: fc.Arbitrary<FinalizeBlockResponse> = fc.record({
  events: fc.array(anyEvent, { maxLength: 3 }),
  txResults: fc.array(
    fc.record({
      code: fc.nat(),
      data: anyTx,
      log: anyText,
      info: anyText,
      gasWanted: anyGas,
      gasUsed: anyGas,
      events: fc.array(anyEvent, { maxLength: 2 }),
      codespace: anyText,
    }),
    { maxLength: 3 },
  ),
  validatorUpdates: fc.array(fc.record({ publicKey: anyBytes(32), power: anyPower }), { maxLength: 3 }),
  consensusParamUpdates: fc.constantFrom(null, DEFAULT_CONSENSUS_PARAMS),
  appHash: anyBytes(32),
});

describe("what goes over the wire comes out as it went in", () => {
  it("requests of FinalizeBlock", () => {
    fc.assert(
      fc.property(anyFinalize, (request) => {
        const bytes = RequestFinalizeBlock.encode(client.finalizeBlockRequest(request));
        expect(parse.parseFinalizeBlock(RequestFinalizeBlock.decode(bytes))).to.deep.equal(request);
      }),
    );
  });

  it("answers to FinalizeBlock", () => {
    fc.assert(
      fc.property(anyFinalized, (response) => {
        const bytes = ResponseFinalizeBlock.encode(toWire.finalizeBlockToWire(response));
        expect(client.parseFinalizeBlockResponse(ResponseFinalizeBlock.decode(bytes))).to.deep.equal(response);
      }),
    );
  });

  it("requests of proposals", () => {
    fc.assert(
      fc.property(anyFinalize, ({ decidedLastCommit: proposedLastCommit, ...block }) => {
        const request = { ...block, proposedLastCommit };
        expect(parse.parseProcessProposal(client.processProposalRequest(request))).to.deep.equal(request);
      }),
    );
  });
});
