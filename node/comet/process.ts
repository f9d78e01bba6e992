/** One run of the CometBFT program: its arguments, its log, its end. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { EdgeFailure } from "../errors.js";
import type { Logger } from "../telemetry/log.js";
import { followLog } from "./log-lines.js";
import type { CometHome } from "./paths.js";

/** How it ended. */
export interface ExitState {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface CometProcess {
  readonly pid: number;
  readonly exited: Promise<ExitState>;
  isRunning(): boolean;
  /** What it said of trouble, last lines. */
  lastWords(): string;
  /** SIGTERM, and SIGKILL after `graceMs`. Resolves when it is gone. */
  stop(graceMs: number): Promise<ExitState>;
  /** SIGKILL at once, for a process of ours that ends without time. */
  kill(): void;
}

export interface RunOptions {
  readonly binary: string;
  readonly home: CometHome;
}

/**
 * Starts it. It ends by itself when our ABCI sockets close (CometBFT stops when its application is gone), so that a node that
 * was killed leaves nothing behind.
 * @throws EdgeFailure "config" when the system cannot start the program.
 */
export function runCometBft({ binary, home }: RunOptions, log: Logger): CometProcess {
  const child: ChildProcess = spawn(binary, ["start", "--home", home.dir], { stdio: ["ignore", "pipe", "pipe"], detached: true });
  const { pid, stdout, stderr } = child;
  const exited = new Promise<ExitState>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", () => resolve({ code: null, signal: null }));
  });
  if (pid === undefined || stdout === null || stderr === null) throw new EdgeFailure("config", `${binary} could not be started`);
  writeFileSync(home.pidFile, `${pid}\n`);
  const tail = followLog([stdout, stderr], log);
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    exited,
    isRunning,
    lastWords: () => tail.text(),
    kill: () => void child.kill("SIGKILL"),
    async stop(graceMs) {
      if (isRunning()) child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      const state = await exited;
      clearTimeout(timer);
      rmSync(home.pidFile, { force: true });
      return state;
    },
  };
}

export function describeExit({ code, signal }: ExitState): string {
  if (signal !== null) return `ended by ${signal}`;
  return code === null ? "did not start" : `ended with code ${code}`;
}

/** Whether the process of this id is a CometBFT of this home: ids are used again. Answers false where /proc cannot say. */
function isOurs(pid: number, { dir }: CometHome): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return words.includes("start") && words.includes(dir);
  } catch {
    return false;
  }
}

/** Ends the one that an earlier run of ours left behind, if there is one: two would sign with one key. */
export function endLeftover(home: CometHome, log: Logger): void {
  let pid: number;
  try {
    pid = Number(readFileSync(home.pidFile, "utf8").trim());
  } catch {
    return;
  }
  if (!Number.isSafeInteger(pid) || pid < 2 || !isOurs(pid, home)) return;
  log.warn("a CometBFT of this home was left running and is ended", { pid });
  process.kill(pid, "SIGKILL");
}
