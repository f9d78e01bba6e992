/** Keeps one CometBFT running: starts it again after a pause when it dies, gives up when it dies again and again. */
import { rmSync } from "node:fs";
import { EdgeFailure, errorText } from "../errors.js";
import type { Logger } from "../telemetry/log.js";
import type { Endpoint } from "./endpoint.js";
import { describeExit, endLeftover, runCometBft } from "./process.js";
import type { CometProcess, ExitState, RunOptions } from "./process.js";

export interface SupervisorOptions extends RunOptions {
  /** The socket file of its RPC is removed before each run: one that was killed leaves it behind, and could not listen again. */
  readonly rpc: Endpoint;
  readonly policy?: RestartPolicy;
}

export interface RestartPolicy {
  /** Before the first restart; doubles with each further one. */
  readonly pauseMs: number;
  readonly maxPauseMs: number;
  /** Ends in a row, none after `healthyMs` of running, before it is given up. */
  readonly attempts: number;
  readonly healthyMs: number;
}

/** Half a second to half a minute: a node is back before its peers care, and a broken one does not spin. */
export const DEFAULT_RESTARTS: RestartPolicy = { pauseMs: 500, maxPauseMs: 30_000, attempts: 8, healthyMs: 30_000 };
/** What it has to close its databases once asked to: below the 15 s that the node itself has. */
const GRACE_MS = 10_000;

export interface CometSupervisor {
  start(): void;
  /** Undefined between an end and the next start. */
  current(): CometProcess | undefined;
  /** How often it was started again. */
  restarts(): number;
  /** Ends in a row. */
  failures(): number;
  /** What the last one that ended said of trouble. */
  lastWords(): string;
  stop(): Promise<void>;
}

export function createSupervisor(
  { policy = DEFAULT_RESTARTS, ...options }: SupervisorOptions,
  { log, onGivenUp }: { readonly log: Logger; readonly onGivenUp: (failure: EdgeFailure) => void },
): CometSupervisor {
  let child: CometProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopping = false;
  let failures = 0;
  let restarts = 0;
  let lastWords = "";

  const onExit = (): void => child?.kill();
  const run = (): void => {
    if (options.rpc.kind === "unix") rmSync(options.rpc.path, { force: true });
    const startedAt = performance.now();
    const started = runCometBft(options, log);
    child = started;
    log.info("CometBFT started", { pid: started.pid, home: options.home.dir });
    void started.exited.then((state) => ended(started, state, performance.now() - startedAt));
  };
  const ended = (process_: CometProcess, state: ExitState, ranMs: number): void => {
    if (isStopping) return;
    child = undefined;
    failures = ranMs > policy.healthyMs ? 1 : failures + 1;
    const what = describeExit(state);
    lastWords = process_.lastWords();
    if (failures > policy.attempts) {
      onGivenUp(new EdgeFailure("remote", `CometBFT ${what}, ${failures} times in a row`, { lastWords }));
      return;
    }
    const pauseMs = Math.min(policy.pauseMs * 2 ** (failures - 1), policy.maxPauseMs);
    log.warn("CometBFT is gone and will be started again", { what, pauseMs, lastWords });
    timer = setTimeout(again, pauseMs);
  };
  const again = (): void => {
    restarts++;
    try {
      run();
    } catch (error) {
      onGivenUp(new EdgeFailure("remote", `CometBFT could not be started again: ${errorText(error)}`, {}, error));
    }
  };
  return {
    start() {
      endLeftover(options.home, log);
      process.on("exit", onExit);
      run();
    },
    current: () => child,
    restarts: () => restarts,
    failures: () => failures,
    lastWords: () => lastWords,
    async stop() {
      isStopping = true;
      clearTimeout(timer);
      await child?.stop(GRACE_MS);
      process.off("exit", onExit);
    },
  };
}
