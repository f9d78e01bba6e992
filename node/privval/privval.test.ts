import { connect } from "node:net";
import type { Socket } from "node:net";
import { statSync } from "node:fs";
import { expect } from "chai";
import { EMPTY_BYTES, toHeight } from "../../chain/primitives/index.js";
import type { Message } from "../../proto/gen/tendermint/privval.js";
import type { Engine } from "../engine/index.js";
import { EdgeFailure } from "../errors.js";
import { until } from "../p2p/testkit/hosts.js";
import { silentLogger } from "../telemetry/log.js";
import { parseSignerAddress } from "./address.js";
import { openRemoteSigner, runSigner } from "./index.js";
import type { RemoteSigner } from "./index.js";
import { answer } from "./signer-process.js";
import { CHAIN, LoneValidator } from "./testkit/lone-validator.js";
import { FrameReader, MAX_MESSAGE_BYTES, encodeFrame, proposalToPrivval, voteToPrivval } from "./wire.js";
import type { Proposal, Vote } from "../../chain/block/index.js";

describe("a remote signer", function () {
  this.timeout(60_000);
  let validator: LoneValidator;
  beforeEach(() => (validator = new LoneValidator()));
  afterEach(() => validator.stop());

  /** `openledgerd signer start`, in this process; the returned function ends it. */
  const runOurs = (): (() => Promise<void>) => {
    const stop = new AbortController();
    const done = runSigner({ path: validator.path, chainId: CHAIN, redialMs: 20 }, validator.localSigner(), silentLogger(), stop.signal);
    const end = async (): Promise<void> => {
      stop.abort();
      await done;
    };
    validator.onStop(end);
    return end;
  };
  /** Dials like a signer and answers as it is told. */
  const runLiar = (says: (question: Message, socket: Socket) => Uint8Array | undefined): void => {
    const socket = connect(validator.path);
    const reader = new FrameReader();
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      reader.push(chunk);
      for (let question = reader.next(); question !== undefined; question = reader.next()) {
        const bytes = says(question, socket);
        if (bytes !== undefined) socket.write(bytes);
      }
    });
    validator.onStop(() => void socket.destroy());
  };
  const honestly = (question: Message): Uint8Array => encodeFrame(answer(question, CHAIN, validator.localSigner(), silentLogger()));
  const open = async (options: Parameters<LoneValidator["openSigner"]>[0] = {}) => {
    const opening = validator.openSigner(options);
    await until("it listens", () => {
      try {
        return statSync(validator.path).isSocket();
      } catch {
        return false;
      }
    });
    return opening;
  };
  /** The round waits for a vote that nobody can sign: no timeout would go on from there. */
  const untilVoteIsLeft = async (engine: Engine, signer: RemoteSigner): Promise<void> => {
    let step = 0;
    const watch = setInterval(() => void engine.consensus().then((state) => (step = state.step)), 10);
    const VOTING = [4, 6];
    await until("a vote is left", () => !signer.status().isConnected && signer.status().failed > 0 && VOTING.includes(step));
    clearInterval(watch);
  };
  const draft = (height: bigint): Proposal => {
    const id = { hash: new Uint8Array(32).fill(1), parts: { total: 1, hash: new Uint8Array(32).fill(2) } };
    return { height: toHeight(height), round: 0, polRound: -1, blockId: id, time: 1_790_000_000_000_000_000n as Proposal["time"], signature: EMPTY_BYTES };
  };

  it("signs a chain block after block, and goes on after it was away and after the node has started without it", async () => {
    const end = runOurs();
    const signer = await open();
    expect(statSync(validator.path).mode & 0o777).to.equal(0o600);
    const engine = await validator.startEngine(signer);
    await until("blocks are made", () => engine.latestHeight() >= 4n);
    await end();
    await untilVoteIsLeft(engine, signer);
    const stood = engine.latestHeight();
    expect(engine.status().latest?.height).to.equal(stood);
    runOurs();
    await until("the vote that was left is signed, and the chain goes on", () => engine.latestHeight() >= stood + 3n);
    expect(signer.status().refused).to.equal(0);
  });

  it("that hangs is hung up on, and the node goes on; back again, it signs what was left", async () => {
    let isHanging = false;
    const opening = open({ answerMs: 200, pingMs: 100 });
    runLiarSoon((question) => (isHanging ? undefined : honestly(question)));
    const signer = await opening;
    const engine = await validator.startEngine(signer);
    await until("blocks are made", () => engine.latestHeight() >= 2n);
    isHanging = true;
    await until("it was hung up on", () => !signer.status().isConnected);
    const stood = engine.latestHeight();
    const info = await engine.info();
    expect(info.lastBlockHeight >= 1n).to.equal(true);
    runOurs();
    await until("the chain goes on", () => engine.latestHeight() >= stood + 2n);
  });

  it("answers the same bytes with the same signature and never signs a second proposal of one place", async () => {
    runOurs();
    const signer = await open();
    const first = await signer.signProposal(draft(7n));
    expect(first?.signature.length).to.equal(64);
    expect(await signer.signProposal(draft(7n))).to.deep.equal(first);
    const other = { ...draft(7n), blockId: { ...draft(7n).blockId, hash: new Uint8Array(32).fill(9) } };
    expect(await signer.signProposal(other)).to.equal(null);
    expect(await signer.signProposal(draft(6n))).to.equal(null);
    expect(signer.status()).to.deep.include({ isConnected: true, signed: 2, refused: 2, failed: 0 });
  });

  it("keeps the order of what it is asked", async () => {
    runOurs();
    const signer = await open();
    const heights = Array.from({ length: 20 }, (_, i) => BigInt(i + 1));
    const signed = await Promise.all(heights.map((height) => signer.signProposal(draft(height))));
    expect(signed.map((proposal) => proposal?.height)).to.deep.equal(heights);
  });

  it("cannot make the node publish a signature over anything else", async () => {
    const opening = open();
    runLiarSoon((question) => {
      if (question.signProposalRequest?.proposal === undefined) return honestly(question);
      const other = proposalToPrivval({ ...draft(7n), signature: new Uint8Array(64).fill(5) });
      return encodeFrame({ signedProposalResponse: { proposal: other, error: undefined } });
    });
    const signer = await opening;
    expect(await signer.signProposal(draft(7n))).to.equal(null);
    expect(signer.status()).to.include({ isConnected: false, failed: 1 });
  });

  for (const [what, bytes] of [
    ["garbage", new Uint8Array(500).fill(0xff)],
    ["a length beyond all bounds", Uint8Array.of(0xff, 0xff, 0xff, 0x7f)],
    ["an answer to another question", encodeFrame({ pingResponse: {} })],
    ["a vote without an address", encodeFrame({ signedVoteResponse: { vote: voteToPrivval(voteOf()), error: undefined } })],
  ] as const) {
    it(`that answers with ${what} is not believed, and the node lives`, async () => {
      const opening = open({ answerMs: 500 });
      runLiarSoon((question) => (question.signProposalRequest === undefined ? honestly(question) : bytes));
      const signer = await opening;
      expect(await signer.signProposal(draft(7n))).to.equal(null);
      expect(signer.status().failed).to.equal(1);
    });
  }

  it("of another chain, or with another key than before, is turned away", async () => {
    const opening = openRemoteSigner({ path: validator.path, chainId: "another-1", waitMs: 1_500 }, silentLogger());
    runOurs();
    const failed = await opening.catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(EdgeFailure);
    expect(failed).to.include({ code: "timeout" });
  });

  it("is awaited for a bounded time", async () => {
    const failed = await validator.openSigner({ waitMs: 50 }).catch((error: unknown) => error);
    expect(failed).to.include({ code: "timeout" });
  });

  it("is one at a time: who dials in beside it is sent away", async () => {
    runOurs();
    const signer = await open();
    const second = connect(validator.path);
    await new Promise((resolve) => second.once("close", resolve));
    expect(await signer.signProposal(draft(7n))).not.to.equal(null);
  });

  it("is addressed by a unix socket; a tcp address is answered with what to do instead", () => {
    expect(parseSignerAddress("unix:///run/x.sock")).to.equal("/run/x.sock");
    expect(() => parseSignerAddress("tcp://0.0.0.0:26659")).to.throw("ssh -L");
    for (const bad of ["", "unix://x.sock", `unix:///${"x".repeat(200)}`]) expect(() => parseSignerAddress(bad)).to.throw("must look like");
  });

  function runLiarSoon(says: Parameters<typeof runLiar>[0]): void {
    const dial = setInterval(() => {
      try {
        if (!statSync(validator.path).isSocket()) return;
      } catch {
        return;
      }
      clearInterval(dial);
      runLiar(says);
    }, 5);
    validator.onStop(() => clearInterval(dial));
  }

  function voteOf(): Vote {
    const unsigned = { type: "prevote" as const, height: toHeight(7n), round: 0, blockId: null, time: draft(7n).time };
    return { ...unsigned, validator: new Uint8Array(20) as Vote["validator"], index: 0, signature: new Uint8Array(64).fill(1), extension: EMPTY_BYTES, extensionSignature: EMPTY_BYTES };
  }
});

describe("the frames of a signer", () => {
  it("are read the same however they are cut", () => {
    const stream = Buffer.concat([encodeFrame({ pingRequest: {} }), encodeFrame({ pubKeyRequest: { chainId: "x".repeat(300) } })]);
    for (const size of [1, 2, 7, 1_000]) {
      const reader = new FrameReader();
      const seen: Message[] = [];
      for (let at = 0; at < stream.length; at += size) {
        reader.push(stream.subarray(at, at + size));
        for (let message = reader.next(); message !== undefined; message = reader.next()) seen.push(message);
      }
      expect(seen.map((m) => m.pubKeyRequest?.chainId.length)).to.deep.equal([undefined, 300]);
    }
    expect(MAX_MESSAGE_BYTES).to.be.greaterThan(10 * 1_024);
  });
});
