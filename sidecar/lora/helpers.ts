import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { Fault } from "../../chain/primitives/index.js";
import type { Point } from "../attribution/trainable.js";
import { SidecarError } from "../errors.js";
import type { BaseFiles, LoraOptions } from "../types.js";
import type { Sequence } from "./gradient.js";

/**
 * Threads that share the Hessian products of a training step, one tangent at a time. Each has a backend and a copy of the base
 * model of its own, so a product has the same bits wherever it is made; and the process answers calls meanwhile.
 */
export interface Helpers {
  /** The Hessian of the weighted loss of `sequences` at a point, times each direction, in order. */
  hessianTimes(directions: readonly Float32Array[], sequences: readonly Sequence[], at: Point): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** What a thread starts from. */
export interface HelperSetup {
  readonly files: BaseFiles;
  readonly lora: LoraOptions;
}

export interface HelperTask {
  readonly direction: Float32Array;
  readonly sequences: readonly Sequence[];
  readonly at: Point;
}

/** A result, or the reason for none: "not finite" is the job's fault, anything else ours. */
export type HelperAnswer = { readonly product: Float32Array } | { readonly failed: "not finite" | "fault"; readonly reason: string };

interface Waiting {
  readonly task: HelperTask;
  readonly done: (product: Float32Array) => void;
  readonly failed: (error: Error) => void;
}

/** Run from source (tests, benchmarks), a thread has to be told how to read TypeScript; tsx tells the main thread only. */
function program(): URL {
  if (!import.meta.url.endsWith(".ts")) return new URL("./helper-thread.js", import.meta.url);
  const source = JSON.stringify(new URL("./helper-thread.ts", import.meta.url).href);
  const tsx = JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve("tsx/esm/api")).href.replace(/cjs$/, "mjs"));
  return new URL(`data:text/javascript,${encodeURIComponent(`import { register } from ${tsx}; register(); await import(${source});`)}`);
}

class ThreadPool implements Helpers {
  private readonly idle: Worker[] = [];
  private readonly busy = new Map<Worker, Waiting>();
  private readonly queue: Waiting[] = [];
  private broken: Error | undefined;

  constructor(count: number, setup: HelperSetup) {
    for (let i = 0; i < count; i++) {
      const worker = new Worker(program(), { workerData: setup });
      worker.on("message", (answer: HelperAnswer) => this.answered(worker, answer));
      worker.on("error", (error) => this.fail(error instanceof Error ? error : new Fault("helper thread", {})));
      worker.on("exit", () => this.fail(new Fault("a helper thread ended", {})));
      worker.unref();
      this.idle.push(worker);
    }
  }

  async hessianTimes(directions: readonly Float32Array[], sequences: readonly Sequence[], at: Point): Promise<Float32Array[]> {
    return Promise.all(directions.map((direction) => this.enqueue({ direction, sequences, at })));
  }

  private enqueue(task: HelperTask): Promise<Float32Array> {
    return new Promise((done, failed) => {
      this.queue.push({ task, done, failed });
      this.next();
    });
  }

  private next(): void {
    if (this.broken !== undefined) return this.fail(this.broken);
    while (this.idle.length > 0 && this.queue.length > 0) {
      const [worker, waiting] = [this.idle.pop(), this.queue.shift()];
      if (worker === undefined || waiting === undefined) return;
      this.busy.set(worker, waiting);
      worker.ref();
      worker.postMessage(waiting.task);
    }
  }

  private answered(worker: Worker, answer: HelperAnswer): void {
    const waiting = this.busy.get(worker);
    this.busy.delete(worker);
    worker.unref();
    this.idle.push(worker);
    if ("product" in answer) waiting?.done(answer.product);
    else waiting?.failed(answer.failed === "not finite" ? SidecarError.NotFinite() : new Fault("helper thread", { reason: answer.reason }));
    this.next();
  }

  /** A thread that ends takes the pool with it: what was asked of it has no answer. */
  private fail(error: Error): void {
    this.broken ??= error;
    for (const { failed } of [...this.busy.values(), ...this.queue.splice(0)]) failed(this.broken);
    this.busy.clear();
  }

  async close(): Promise<void> {
    this.broken ??= new Fault("helper threads are closed", {});
    const all = [...this.idle.splice(0), ...this.busy.keys()];
    await Promise.all(all.map((worker) => worker.terminate()));
  }
}

/** `count` threads for one job. They load the base model while the job's first gradient is made. */
export function startHelpers(count: number, setup: HelperSetup): Helpers {
  return new ThreadPool(count, setup);
}
