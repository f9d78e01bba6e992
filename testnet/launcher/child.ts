import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";

export interface ChildSpec {
  /** What people call it: "validator-0", "sidecar-2". */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Standard output and error are appended here. */
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** How a process ended. */
export interface ExitState {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One process that this one started. Its standard input is a pipe that closes when we are gone. */
export interface Child {
  readonly spec: ChildSpec;
  readonly pid: number;
  readonly exited: Promise<ExitState>;
  isRunning(): boolean;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL once `graceMs` have passed. Resolves when the process is gone. */
  stop(graceMs: number): Promise<ExitState>;
}

function start(spec: ChildSpec): ChildProcess {
  const log = openSync(spec.logFile, "a");
  try {
    return spawn(spec.command, [...spec.args], {
      stdio: ["pipe", log, log],
      env: { ...process.env, ...spec.env },
      // A group of its own: Ctrl-C in the terminal reaches the launcher alone, which then stops children in order.
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

/** @throws Error when the system cannot start it. */
export function startChild(spec: ChildSpec): Child {
  const process_ = start(spec);
  const exited = new Promise<ExitState>((resolve) => {
    process_.once("exit", (code, signal) => resolve({ code, signal }));
    process_.once("error", () => resolve({ code: null, signal: null }));
  });
  const { pid, stdin } = process_;
  if (pid === undefined) throw new Error(`${spec.name} could not be started: ${spec.command}`);
  // A child that ends first breaks the pipe; its exit tells us more than that.
  stdin?.on("error", () => undefined);
  const isRunning = (): boolean => process_.exitCode === null && process_.signalCode === null;
  return {
    spec,
    pid,
    exited,
    isRunning,
    kill: (signal) => void process_.kill(signal),
    async stop(graceMs) {
      if (isRunning()) process_.kill("SIGTERM");
      const timer = setTimeout(() => process_.kill("SIGKILL"), graceMs);
      const state = await exited;
      clearTimeout(timer);
      return state;
    },
  };
}

/** The last lines of a child's log, for an error message. */
export function logTail(file: string, lines = 12): string {
  try {
    return readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  } catch {
    return "(no log)";
  }
}

export function describeExit({ code, signal }: ExitState): string {
  if (signal !== null) return `ended by ${signal}`;
  return code === null ? "did not start" : `ended with code ${code}`;
}
