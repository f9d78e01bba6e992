/** An ABCI client over a socket, as plain as CometBFT's: frames out in order, answers back in order. Tests only. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { concatBytes } from "../../../chain/primitives/index.js";
import { Request, Response } from "../../../proto/gen/tendermint/abci.js";
import { EdgeFailure } from "../../errors.js";
import { parseAbciAddress } from "../address.js";
import { FrameReader, framePrefix } from "../framing.js";
import { expectAnswer } from "./client-codec.js";

interface Waiting {
  readonly resolve: (response: Response) => void;
  readonly reject: (error: unknown) => void;
}

export function frameOf(bytes: Uint8Array): Uint8Array {
  return concatBytes(framePrefix(bytes.length), bytes);
}

export function requestFrame(request: Partial<Request>): Uint8Array {
  return frameOf(Request.encode(Request.create(request)));
}

export class AbciClient {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  /** Came before anybody waited for them. */
  readonly #early: Response[] = [];
  /** Resolves when the other side, or we, have hung up. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const frames = new FrameReader(1 << 28);
    socket.on("data", (chunk: Buffer) => {
      for (const frame of frames.push(chunk)) this.#take(Response.decode(frame));
    });
    socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        for (const { reject } of this.#waiting.splice(0)) reject(new EdgeFailure("unreachable", "hung up"));
        resolve();
      });
    });
  }

  static async open(text: string): Promise<AbciClient> {
    const address = parseAbciAddress(text);
    const socket = connect(address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new AbciClient(socket);
  }

  /** Bytes as they are. */
  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  #take(response: Response): void {
    const first = this.#waiting.shift();
    if (first === undefined) this.#early.push(response);
    else first.resolve(response);
  }

  /** The next answer that was not promised to anybody. */
  next(): Promise<Response> {
    const early = this.#early.shift();
    if (early !== undefined) return Promise.resolve(early);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** One request and its answer. @throws Fault when the answer is of another kind. */
  async ask<Name extends keyof Request>(name: Name, request: NonNullable<Request[Name]>): Promise<NonNullable<Response[Name]>> {
    this.send(requestFrame({ [name]: request }));
    return expectAnswer(await this.next(), name);
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }
}
