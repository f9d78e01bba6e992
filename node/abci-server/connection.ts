/** One socket of CometBFT: frames in, answers out in the order of the requests. */
import type { Socket } from "node:net";
import { Response } from "../../proto/gen/tendermint/abci.js";
import { EdgeFailure, errorText } from "../errors.js";
import { beginAnswer } from "./answer.js";
import type { AnswerDeps, Answered } from "./answer.js";
import { FrameReader, framePrefix } from "./framing.js";

const STOP_MS = 1_000;

export interface ConnectionDeps extends AnswerDeps {
  readonly maxFrameBytes: number;
}

export class Connection {
  readonly #socket: Socket;
  readonly #deps: ConnectionDeps;
  #isStopping = false;
  #isAnswering = false;
  #ended: Promise<void> | undefined;

  constructor(socket: Socket, deps: ConnectionDeps) {
    this.#socket = socket;
    this.#deps = deps;
  }

  /** Resolves when the connection is over, for whatever reason. */
  run(): Promise<void> {
    return (this.#ended ??= this.#serve());
  }

  /** Answers what has come in so far, then hangs up; an answer that does not come within a second is given up. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (!this.#isAnswering) this.#socket.destroy();
    const timer = setTimeout(() => this.#socket.destroy(), STOP_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  async #serve(): Promise<void> {
    const { log, maxFrameBytes } = this.#deps;
    const frames = new FrameReader(maxFrameBytes);
    try {
      for await (const chunk of this.#socket as AsyncIterable<Uint8Array>) {
        this.#isAnswering = true;
        await this.#answer(frames.push(chunk));
        this.#isAnswering = false;
        if (this.#isStopping) break;
      }
      if (!frames.isBetween) log.warn("connection ended within a frame");
    } catch (error) {
      log.warn("connection closed", { reason: errorText(error) });
    } finally {
      this.#isAnswering = false;
      this.#socket.destroy();
    }
  }

  /**
   * Requests are begun as they come, so that an application in another thread always has the next one at hand. What came before
   * a malformed frame is answered still; what comes after it is not begun.
   */
  async #answer(frames: Iterable<Uint8Array>): Promise<void> {
    const { answers, failure } = this.#begin(frames);
    for (const answer of answers) await this.#write(await this.#unlessClosed(answer));
    if (failure !== undefined) throw failure;
  }

  #begin(frames: Iterable<Uint8Array>): { readonly answers: readonly Promise<Answered>[]; readonly failure?: Error } {
    const answers: Promise<Answered>[] = [];
    try {
      for (const frame of frames) answers.push(beginAnswer(frame, this.#deps));
    } catch (error) {
      if (!(error instanceof EdgeFailure)) throw error;
      return { answers, failure: error };
    }
    return { answers };
  }

  /** Nobody is left to take an answer when the socket is closed. Each wait ends with its answer: what it held goes with it. */
  #unlessClosed(answer: Promise<Answered>): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const closed = (): void => reject(new EdgeFailure("aborted", "closed before an answer came"));
      if (this.#socket.destroyed) closed();
      this.#socket.once("close", closed);
      void answer.then(resolve, reject).finally(() => this.#socket.off("close", closed));
    });
  }

  async #write({ response }: Answered): Promise<void> {
    const bytes = Response.encode(response);
    this.#socket.write(framePrefix(bytes.length));
    if (this.#socket.write(bytes)) return;
    await drained(this.#socket);
  }
}

/** Until the other side has taken what we wrote, or is gone. */
function drained(socket: Socket): Promise<void> {
  if (socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off("drain", done);
      socket.off("close", done);
      resolve();
    };
    socket.once("drain", done);
    socket.once("close", done);
  });
}
