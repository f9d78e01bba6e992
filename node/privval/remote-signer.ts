/**
 * Signs through another process that holds the key: the node listens, the signer dials in (CometBFT's priv_validator_laddr). One
 * question at a time, in order; who does not answer in time is hung up on, and what it was asked stays unsigned until it is back.
 */
import { chmodSync, existsSync, lstatSync, unlinkSync } from "node:fs";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { proposalSignBytes, voteExtensionSignBytes, voteSignBytes } from "../../chain/block/index.js";
import type { Proposal, Vote } from "../../chain/block/index.js";
import { ed25519Address, verifyEd25519 } from "../../chain/crypto/index.js";
import { EMPTY_BYTES, equalBytes } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import type { Message, RemoteSignerError } from "../../proto/gen/tendermint/privval.js";
import type { Signer } from "../engine/index.js";
import { EdgeFailure, errorText } from "../errors.js";
import type { Logger } from "../telemetry/log.js";
import { FrameReader, encodeFrame, proposalToPrivval, signedProposal, signedVote, voteToPrivval } from "./wire.js";

export interface RemoteSignerOptions {
  /** Of a unix socket; a file there that is another node's socket is replaced. */
  readonly path: string;
  readonly chainId: string;
  /** How long an answer may take. */
  readonly answerMs?: number;
  /** Pause between questions whether it is still there: below the 5 s after which CometBFT's signer hangs up. */
  readonly pingMs?: number;
  /** How long to wait for it to dial in at the start. */
  readonly waitMs?: number;
}

export interface SignerStatus {
  readonly isConnected: boolean;
  /** Since the start. */
  readonly signed: number;
  /** It said no. */
  readonly refused: number;
  /** It did not answer, or not as it should have. */
  readonly failed: number;
}

export interface RemoteSigner extends Signer {
  signVote(vote: Vote, extended: boolean): Promise<Vote | null>;
  signProposal(proposal: Proposal): Promise<Proposal | null>;
  status(): SignerStatus;
  stop(): Promise<void>;
}

const ANSWER_MS = 3_000;
const PING_MS = 2_500;
const WAIT_MS = 60_000;

/**
 * Listens, and waits for the signer.
 * @throws EdgeFailure "config" when the socket cannot be made, "timeout" when no signer dials in.
 */
export async function openRemoteSigner(options: RemoteSignerOptions, log: Logger): Promise<RemoteSigner> {
  const line = new SignerLine(options, log);
  await line.listen();
  log.info("waiting for the signer", { path: options.path });
  const publicKey = await line.firstKey(options.waitMs ?? WAIT_MS);
  return new LineSigner(options.chainId, publicKey, line, log);
}

/** The connection to the signer, whoever dials in as one. */
class SignerLine {
  readonly #options: RemoteSignerOptions;
  readonly #log: Logger;
  readonly #server: Server;
  readonly counts = { signed: 0, refused: 0, failed: 0 };
  #socket: Socket | undefined;
  #publicKey: Uint8Array | undefined;
  #waiting: ((answer: Message | Error) => void) | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #ping: NodeJS.Timeout | undefined;
  #onKey: (key: Uint8Array) => void = () => undefined;
  #onReady: () => void = () => undefined;

  constructor(options: RemoteSignerOptions, log: Logger) {
    this.#options = options;
    this.#log = log;
    this.#server = createServer((socket) => this.#take(socket));
  }

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  async listen(): Promise<void> {
    const { path } = this.#options;
    if (existsSync(path) && lstatSync(path).isSocket()) unlinkSync(path);
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause) => reject(new EdgeFailure("config", "the signer's socket cannot be made", { path }, cause)));
      this.#server.listen(path, resolve);
    });
    chmodSync(path, 0o600);
  }

  /** The key of the first signer that says one. */
  async firstKey(waitMs: number): Promise<Uint8Array> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        this.#onKey = resolve;
        const { path } = this.#options;
        timer = setTimeout(() => reject(new EdgeFailure("timeout", "no signer has dialled in", { path, waitMs })), waitMs);
      });
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  onReady(listener: () => void): void {
    this.#onReady = listener;
  }

  /** Asks in turn. @throws EdgeFailure "unreachable", "timeout", "malformed". */
  ask(question: Partial<Message>): Promise<Message> {
    const asked = this.#turn.then(() => this.#exchange(question));
    this.#turn = asked.catch(() => undefined);
    return asked;
  }

  /** What it answered cannot be used: a new connection may do better. */
  hangUp(reason: string): void {
    this.#lose(this.#socket, new EdgeFailure("malformed", reason));
  }

  async stop(): Promise<void> {
    this.#lose(this.#socket, new EdgeFailure("aborted", "the node stops"));
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(socket: Socket): void {
    socket.on("error", () => undefined);
    // One signer at a time. One that hangs is found out by its ping.
    if (this.#socket !== undefined) return void socket.destroy();
    this.#socket = socket;
    const reader = new FrameReader();
    socket.on("data", (chunk) => this.#heard(socket, reader, chunk));
    socket.on("close", () => this.#lose(socket, new EdgeFailure("unreachable", "the signer hung up")));
    void this.#greet().catch((error: unknown) => {
      this.#log.warn("a signer was turned away", { cause: errorText(error) });
      this.#lose(socket, error instanceof Error ? error : new EdgeFailure("remote", errorText(error)));
    });
  }

  async #greet(): Promise<void> {
    const { pubKeyResponse: answer } = await this.ask({ pubKeyRequest: { chainId: this.#options.chainId } });
    checkAnswer(answer?.error);
    const key = answer?.pubKey.ed25519;
    if (key?.length !== 32) throw new EdgeFailure("malformed", "the signer has no ed25519 key");
    this.#publicKey ??= key;
    if (!equalBytes(key, this.#publicKey)) throw new EdgeFailure("config", "the signer has another key than before");
    this.#log.info("signer connected", { address: ed25519Address(key) });
    this.#ping = setInterval(() => void this.ask({ pingRequest: {} }).catch(() => undefined), this.#options.pingMs ?? PING_MS);
    this.#onKey(key);
    this.#onReady();
  }

  #heard(socket: Socket, reader: FrameReader, chunk: Buffer): void {
    try {
      reader.push(chunk);
      for (let message = reader.next(); message !== undefined; message = reader.next()) {
        if (this.#waiting === undefined) throw new EdgeFailure("malformed", "the signer speaks unasked");
        this.#settle(message);
      }
    } catch (error) {
      this.#lose(socket, error instanceof Error ? error : new EdgeFailure("malformed", "the signer's message"));
    }
  }

  async #exchange(question: Partial<Message>): Promise<Message> {
    const socket = this.#socket;
    if (socket === undefined) throw new EdgeFailure("unreachable", "no signer is connected");
    const ms = this.#options.answerMs ?? ANSWER_MS;
    const timer = setTimeout(() => this.#lose(socket, new EdgeFailure("timeout", "the signer does not answer", { ms })), ms);
    try {
      return await new Promise<Message>((resolve, reject) => {
        this.#waiting = (answer) => (answer instanceof Error ? reject(answer) : resolve(answer));
        socket.write(encodeFrame(question));
      });
    } finally {
      clearTimeout(timer);
    }
  }

  #settle(answer: Message | Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(answer);
  }

  #lose(socket: Socket | undefined, error: Error): void {
    if (socket === undefined || socket !== this.#socket) return;
    this.#socket = undefined;
    clearInterval(this.#ping);
    socket.destroy();
    this.#log.error("the signer is gone: nothing is signed until it dials in again", { cause: errorText(error) });
    this.#settle(error);
  }
}

class LineSigner implements RemoteSigner {
  readonly address: Address;
  readonly publicKey: Uint8Array;
  readonly #chainId: string;
  readonly #line: SignerLine;
  readonly #log: Logger;

  constructor(chainId: string, publicKey: Uint8Array, line: SignerLine, log: Logger) {
    this.#chainId = chainId;
    this.publicKey = publicKey;
    this.address = ed25519Address(publicKey);
    this.#line = line;
    this.#log = log;
  }

  status(): SignerStatus {
    return { isConnected: this.#line.isConnected, ...this.#line.counts };
  }

  onReady(listener: () => void): void {
    this.#line.onReady(listener);
  }

  stop(): Promise<void> {
    return this.#line.stop();
  }

  signVote(vote: Vote, extended: boolean): Promise<Vote | null> {
    return this.#sign("vote", vote, async () => {
      const wire = voteToPrivval({ ...vote, signature: EMPTY_BYTES, extensionSignature: EMPTY_BYTES });
      const { signedVoteResponse: answer } = await this.#line.ask({ signVoteRequest: { vote: wire, chainId: this.#chainId } });
      checkAnswer(answer?.error);
      if (answer === undefined) throw new EdgeFailure("malformed", "the signer answers another question");
      // CometBFT's signers sign the extension of every precommit for a block, also where the chain has none.
      const { time, signature, extensionSignature } = signedVote(answer.vote);
      const signed = { ...vote, time, signature, extensionSignature: extended ? extensionSignature : EMPTY_BYTES };
      this.#checkSignature(voteSignBytes(this.#chainId, signed), signature);
      if (extended) this.#checkSignature(voteExtensionSignBytes(this.#chainId, signed), extensionSignature);
      return signed;
    });
  }

  signProposal(proposal: Proposal): Promise<Proposal | null> {
    return this.#sign("proposal", proposal, async () => {
      const wire = proposalToPrivval({ ...proposal, signature: EMPTY_BYTES });
      const { signedProposalResponse: answer } = await this.#line.ask({ signProposalRequest: { proposal: wire, chainId: this.#chainId } });
      checkAnswer(answer?.error);
      if (answer === undefined) throw new EdgeFailure("malformed", "the signer answers another question");
      const { time, signature } = signedProposal(answer.proposal);
      const signed = { ...proposal, time, signature };
      this.#checkSignature(proposalSignBytes(this.#chainId, signed), signature);
      return signed;
    });
  }

  /** Our own bytes with its time: whatever else it changed makes the signature worthless. */
  #checkSignature(bytes: Uint8Array, signature: Uint8Array): void {
    if (verifyEd25519(this.publicKey, bytes, signature)) return;
    this.#line.hangUp("the signer signed something else");
    throw new EdgeFailure("malformed", "the signer signed something else");
  }

  async #sign<T extends Vote | Proposal>(what: string, { height, round }: T, attempt: () => Promise<T>): Promise<T | null> {
    const { counts } = this.#line;
    try {
      const signed = await attempt();
      counts.signed += 1;
      return signed;
    } catch (error) {
      const isRefusal = error instanceof EdgeFailure && error.code === "remote";
      if (isRefusal) counts.refused += 1;
      else counts.failed += 1;
      this.#log.error("the signer did not sign", { what, height, round, cause: errorText(error) });
      return null;
    }
  }
}

function checkAnswer(error: RemoteSignerError | undefined): void {
  if (error !== undefined) throw new EdgeFailure("remote", `the signer refuses: ${error.description.slice(0, 200)}`, { code: error.code });
}
