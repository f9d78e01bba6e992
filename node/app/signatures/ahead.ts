/**
 * Checks signatures on a thread of their own (performance.md §4), while the application does something else. A check takes half of
 * what CheckTx takes, and needs nothing of the state but the number of the account, which never changes.
 *
 * What the thread says only saves work: the application compares the number with the account's own, and checks the signature itself
 * when they differ or nothing was said. A thread that dies is therefore no reason to stop.
 */
import { Worker } from "node:worker_threads";
import type { Logger } from "../../telemetry/log.js";
import { buffersOf, pack } from "../packed.js";
import { sourceProgram } from "../source-program.js";
import { UNKNOWN } from "./types.js";
import type { FromSignatures, KnownSigner, SignatureSetup, SignaturesAhead, ToSignatures } from "./types.js";

/** This file's neighbour, as it was built or as it is written. */
const PROGRAM = new URL(import.meta.url.endsWith(".ts") ? "./thread.ts" : "./thread.js", import.meta.url);

export interface SignatureOptions extends SignatureSetup {
  readonly log: Logger;
  /** What the thread runs; tests only. */
  readonly program?: URL;
}

type Resolve = (accountNumber: bigint | undefined) => void;

class SignatureThread implements SignaturesAhead {
  readonly #worker: Worker;
  readonly #log: Logger;
  /** In the order of asking: those that are with the thread, then those that go with the next message. */
  #asked: Resolve[] = [];
  #txs: Uint8Array[] = [];
  #isOver = false;

  constructor({ chainId, log, program = sourceProgram(PROGRAM) }: SignatureOptions) {
    this.#log = log;
    const setup: SignatureSetup = { chainId };
    this.#worker = new Worker(program, { workerData: setup });
    this.#worker.on("message", (numbers: FromSignatures) => this.#answer(numbers));
    this.#worker.on("error", (error) => this.#end(error));
    this.#worker.on("exit", () => this.#end(undefined));
  }

  signedFor(tx: Uint8Array): Promise<bigint | undefined> {
    if (this.#isOver) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#asked.push(resolve);
      this.#txs.push(tx);
      if (this.#txs.length === 1) queueMicrotask(() => this.#send());
    });
  }

  learn(signers: readonly KnownSigner[]): void {
    if (!this.#isOver) this.#post({ kind: "learn", signers });
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#worker.terminate();
  }

  /** What one turn of the caller asks goes out as one message. */
  #send(): void {
    if (this.#isOver) return;
    const txs = pack(this.#txs);
    this.#txs = [];
    this.#post({ kind: "check", txs }, buffersOf(txs));
  }

  #post(message: ToSignatures, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #answer(numbers: FromSignatures): void {
    for (const [i, resolve] of this.#asked.splice(0, numbers.length).entries()) {
      const number = numbers[i] ?? UNKNOWN;
      resolve(number === UNKNOWN ? undefined : number);
    }
  }

  #end(error: unknown): void {
    if (!this.#isOver) this.#log.error("the signature thread has ended: the application checks signatures itself until the node is started again", { error });
    this.#isOver = true;
    for (const resolve of this.#asked.splice(0)) resolve(undefined);
  }
}

/** Starts the thread. */
export function createSignaturesAhead(options: SignatureOptions): SignaturesAhead {
  return new SignatureThread(options);
}
