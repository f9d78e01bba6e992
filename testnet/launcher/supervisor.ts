import { describeExit, logTail, startChild } from "./child.js";
import type { Child, ChildSpec } from "./child.js";

/** What becomes of a process that ends by itself. */
export type OnExit =
  /** Started again after a pause that doubles each time, until it has failed this often in a row. */
  | { readonly kind: "restart"; readonly attempts: number; readonly pauseMs: number }
  /** Said once; the others go on. */
  | { readonly kind: "report" };

export interface SupervisorEvents {
  /** Something a person should know. */
  readonly onNotice: (text: string) => void;
}

interface Kept {
  readonly spec: ChildSpec;
  readonly policy: OnExit;
  child: Child;
  restarts: number;
  startedAt: number;
  timer: NodeJS.Timeout | undefined;
}

/** A child that ran this long before it ended counts as healthy again. */
const HEALTHY_MS = 30_000;
/** What a child has to end by itself once it was asked to. */
export const GRACE_MS = 20_000;

/** Keeps the processes of a testnet: starts, restarts or reports, and stops them all, last started first. */
export class Supervisor {
  private readonly kept = new Map<string, Kept>();
  private readonly events: SupervisorEvents;
  private stopping = false;

  constructor(events: SupervisorEvents) {
    this.events = events;
  }

  /** @throws Error when a process of that name is kept already. */
  start(spec: ChildSpec, policy: OnExit): Child {
    if (this.stopping) throw new Error("the testnet is stopping");
    if (this.kept.has(spec.name)) throw new Error(`${spec.name} is running already`);
    const kept: Kept = { spec, policy, child: startChild(spec), restarts: 0, startedAt: Date.now(), timer: undefined };
    this.kept.set(spec.name, kept);
    this.watch(kept);
    return kept.child;
  }

  child(name: string): Child | undefined {
    return this.kept.get(name)?.child;
  }

  /** Names of those that run now. */
  running(): string[] {
    return [...this.kept.values()].filter((kept) => kept.child.isRunning()).map((kept) => kept.spec.name);
  }

  /** Ends one with a signal and forgets it: nothing is restarted or reported. For drills. */
  async end(name: string, signal: NodeJS.Signals): Promise<void> {
    const kept = this.kept.get(name);
    if (kept === undefined) return;
    this.kept.delete(name);
    clearTimeout(kept.timer);
    kept.child.kill(signal);
    await kept.child.exited;
  }

  /** Last started first, since what was started later depends on what was started before. */
  async stop(graceMs: number = GRACE_MS): Promise<void> {
    this.stopping = true;
    const all = [...this.kept.values()].reverse();
    for (const kept of all) clearTimeout(kept.timer);
    const groups = new Map<string, Kept[]>();
    for (const kept of all) {
      const group = kept.spec.name.replace(/-\d+$/, "");
      groups.set(group, [...(groups.get(group) ?? []), kept]);
    }
    for (const group of groups.values()) await Promise.all(group.map((kept) => kept.child.stop(graceMs)));
    this.kept.clear();
  }

  private isKept(kept: Kept): boolean {
    return !this.stopping && this.kept.get(kept.spec.name) === kept;
  }

  private watch(kept: Kept): void {
    const { child, spec, policy } = kept;
    void child.exited.then((exit) => {
      if (!this.isKept(kept)) return;
      const what = `${spec.name} ${describeExit(exit)}`;
      if (Date.now() - kept.startedAt > HEALTHY_MS) kept.restarts = 0;
      if (policy.kind === "report" || kept.restarts >= policy.attempts) {
        this.events.onNotice(`${what}; see ${spec.logFile}\n${logTail(spec.logFile)}`);
        return;
      }
      const pause = policy.pauseMs * 2 ** kept.restarts++;
      this.events.onNotice(`${what}; starting it again in ${pause} ms`);
      kept.timer = setTimeout(() => this.restart(kept), pause);
    });
  }

  private restart(kept: Kept): void {
    if (!this.isKept(kept)) return;
    try {
      kept.child = startChild(kept.spec);
    } catch (error) {
      this.events.onNotice(`${kept.spec.name} could not be started again: ${String(error)}`);
      return;
    }
    kept.startedAt = Date.now();
    this.watch(kept);
  }
}
