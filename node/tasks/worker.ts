import { equalBytes } from "../../chain/primitives/index.js";
import {
  Phase,
  QueryOpenTasksRequest,
  QueryOpenTasksResponse,
  QueryService,
} from "../../proto/gen/openledger/attest/v1.js";
import type { Task } from "../../proto/gen/openledger/attest/v1.js";
import type { Blobs } from "../blobs/types.js";
import { errorText } from "../errors.js";
import type { Logger } from "../telemetry/log.js";
import { Computer } from "./compute.js";
import type { ModelDeps } from "./models.js";
import type { TaskValues } from "./source.js";
import type { TaskStats } from "./types.js";

export interface WorkerDeps extends ModelDeps {
  readonly blobs: Blobs;
  readonly values: TaskValues;
  /** Calls back after every commit; returns the function that stops it. */
  readonly onCommit: (handler: () => void) => () => void;
  readonly log: Logger;
}

export interface TaskWorker {
  start(): void;
  stop(): Promise<void>;
  stats(): TaskStats;
}

/** Tasks computed at once: the sidecar has one compute thread, and a second call keeps it fed. */
const CONCURRENCY = 2;
/** A failed task is tried again, at the earliest after this many milliseconds, doubling to the cap. */
const RETRY_MS = { first: 500, most: 30_000 };

/** Replays take as long as the training they repeat: one at a time, so that answers that people wait for find room. */
const isLong = (task: Task): boolean => task.kind === "replay";

/** A finding holds work that is bound to the attempt; everything else is the same however often it is asked for. */
const isBoundToAttempt = (task: Task): boolean => task.kind === "attribution";

interface Running {
  readonly task: Task;
  readonly ended: Promise<void>;
}

interface Attempt {
  failures: number;
  notBefore: number;
}

/**
 * Computes what open tasks ask of this validator. Nothing in consensus waits for it: a value that comes late, or never,
 * costs this validator its fee and nobody anything else.
 */
export function createTaskWorker(deps: WorkerDeps): TaskWorker {
  return new Worker(deps);
}

class Worker implements TaskWorker {
  private readonly deps: WorkerDeps;
  private readonly computer: Computer;
  private readonly running = new Map<bigint, Running>();
  private readonly attempts = new Map<bigint, Attempt>();
  private readonly abort = new AbortController();
  private unsubscribe: (() => void) | undefined;
  private scanning: Promise<void> | undefined;
  private again = false;
  private computed = 0;
  private failed = 0;
  private lastError = "";

  constructor(deps: WorkerDeps) {
    this.deps = deps;
    this.computer = new Computer({ ...deps, validator: deps.values.validator });
  }

  start(): void {
    this.unsubscribe = this.deps.onCommit(() => this.wake());
    this.wake();
  }

  async stop(): Promise<void> {
    this.unsubscribe?.();
    this.abort.abort();
    await Promise.allSettled([...[...this.running.values()].map((r) => r.ended), ...(this.scanning === undefined ? [] : [this.scanning])]);
  }

  stats(): TaskStats {
    const { computed, failed, lastError } = this;
    return { ready: this.deps.values.size, working: this.running.size, computed, failed, lastError };
  }

  /** One scan at a time; a wake during a scan asks for one more. */
  private wake(): void {
    if (this.deps.values.validator === undefined || this.abort.signal.aborted) return;
    this.again = true;
    this.scanning ??= this.scanAll().finally(() => (this.scanning = undefined));
  }

  private async scanAll(): Promise<void> {
    while (this.again && !this.abort.signal.aborted) {
      this.again = false;
      try {
        await this.scan();
      } catch (error) {
        this.deps.log.warn("open tasks could not be read", { error });
      }
    }
  }

  private async scan(): Promise<void> {
    const codecs = { request: QueryOpenTasksRequest, response: QueryOpenTasksResponse };
    const pagination = { key: new Uint8Array(0), offset: 0n, limit: 1000n, countTotal: false, reverse: false };
    const { tasks } = await this.deps.state.query(`/${QueryService.typeName}/OpenTasks`, codecs, { pagination });
    const open = new Set(tasks.map((t) => t.id));
    this.deps.values.keep(open);
    for (const id of [...this.attempts.keys()]) if (!open.has(id)) this.attempts.delete(id);
    for (const task of tasks) if (this.isMine(task)) this.begin(task);
  }

  private isMine(task: Task): boolean {
    const { values } = this.deps;
    const validator = values.validator;
    if (validator === undefined || values.has(task.id, task.attempt) || this.running.has(task.id)) return false;
    const active = task.phase === Phase.PHASE_COMMIT || task.phase === Phase.PHASE_REVEAL;
    return active && task.committee.some((m) => equalBytes(m.validator, validator));
  }

  private begin(task: Task): void {
    const attempt = this.attempts.get(task.id);
    if (this.running.size >= CONCURRENCY || (attempt !== undefined && attempt.notBefore > Date.now())) return;
    if (isLong(task) && [...this.running.values()].some((r) => isLong(r.task))) return;
    const ended = this.compute(task).finally(() => {
      this.running.delete(task.id);
      this.wake();
    });
    this.running.set(task.id, { task, ended });
  }

  private async compute(task: Task): Promise<void> {
    const started = Date.now();
    try {
      const value = await this.computer.value(task, this.abort.signal);
      this.deps.values.put(task.id, value, isBoundToAttempt(task) ? task.attempt : undefined);
      this.computed++;
      this.deps.log.info("task computed", { task: task.id, kind: task.kind, ms: Date.now() - started });
    } catch (error) {
      if (this.abort.signal.aborted) return;
      const failures = (this.attempts.get(task.id)?.failures ?? 0) + 1;
      const wait = Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** Math.min(failures - 1, 10));
      this.attempts.set(task.id, { failures, notBefore: Date.now() + wait });
      this.failed++;
      this.lastError = errorText(error);
      this.deps.log.warn("task not computed", { task: task.id, kind: task.kind, failures, error });
    }
  }
}
