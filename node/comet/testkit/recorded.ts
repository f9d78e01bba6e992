/** A CometBFT that says what a real one said (scripts/vectors/comet-answers.ts), and lies where a test wants it. Tests only. */
import { readFileSync } from "node:fs";
import type { JsonObject } from "../../../chain/codec/index.js";
import { EdgeFailure } from "../../errors.js";
import type { CometRpc, RpcParams } from "../rpc-client.js";

type Answer = Record<string, unknown>;

export interface Answers {
  readonly status: Answer;
  readonly dump: Answer;
  readonly blocks: readonly Answer[];
  readonly commits: readonly Answer[];
  readonly results: readonly Answer[];
  readonly validators: readonly Answer[];
  readonly params: readonly Answer[];
}

/** A copy that a test may change. */
export function recordedAnswers(): Answers {
  return JSON.parse(readFileSync(new URL("../vectors/answers.json", import.meta.url), "utf8")) as Answers;
}

const LISTS: Readonly<Record<string, keyof Answers>> = {
  block: "blocks",
  commit: "commits",
  block_results: "results",
  validators: "validators",
  consensus_params: "params",
};

export class RecordedComet implements CometRpc {
  readonly answers: Answers;
  /** Lowest height that it has. */
  earliest = 1;
  /** Thrown by the next so many calls. */
  failures: EdgeFailure[] = [];
  readonly asked: string[] = [];

  constructor(answers: Answers = recordedAnswers()) {
    this.answers = answers;
  }

  call(method: string, params: RpcParams = {}): Promise<unknown> {
    return new Promise((resolve) => resolve(this.#answer(method, params)));
  }

  batch(calls: readonly { readonly method: string; readonly params?: JsonObject }[]): Promise<readonly unknown[]> {
    return Promise.all(calls.map(({ method, params }) => this.call(method, params)));
  }

  close(): void {
    this.asked.push("close");
  }

  #answer(method: string, params: RpcParams): unknown {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    const { height: given } = params;
    this.asked.push(typeof given === "string" ? `${method} ${given}` : method);
    if (method === "status") return this.#status();
    if (method === "dump_consensus_state") return this.answers.dump;
    const list = LISTS[method];
    const height = Number(params["height"]);
    if (list === undefined) throw new EdgeFailure("remote", `no method ${method}`);
    if (height < this.earliest) throw new EdgeFailure("remote", `height ${height} is not available, lowest height is ${this.earliest}`);
    const answer = (this.answers[list] as readonly Answer[])[height - 1];
    if (answer === undefined) throw new EdgeFailure("remote", `height ${height} must be less than or equal to the current blockchain height`);
    return answer;
  }

  #status(): unknown {
    const { sync_info: info } = this.answers.status as { sync_info: Answer };
    return { ...this.answers.status, sync_info: { ...info, earliest_block_height: this.earliest.toString() } };
  }
}
