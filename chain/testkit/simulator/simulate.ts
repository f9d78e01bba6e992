import { incrementPriority } from "../../block/index.js";
import type { ValidatorSet } from "../../block/types.js";
import type { Clause } from "../../consensus/index.js";
import { createChecker } from "./checks.js";
import type { Checker } from "./checks.js";
import { canonicalText, describeEvent } from "./describe.js";
import { SimNode } from "./node.js";
import { BLOCKS_AFTER_HEAL, LIVENESS_MS } from "./plan.js";
import type { Plan } from "./plan.js";
import { createRandom } from "./random.js";
import type { Random } from "./random.js";
import { createScheduler } from "./scheduler.js";
import type { Scheduler } from "./scheduler.js";
import { validatorSetOf } from "./symbolic.js";
import type { Defects, SimEvent, SimMessage, World } from "./types.js";

export interface Report {
  readonly seed: number;
  /** Empty for a good run. */
  readonly violations: readonly string[];
  /** Lowest height that an honest node has committed. */
  readonly height: number;
  readonly virtualMs: number;
  readonly events: number;
  readonly crashes: number;
  readonly evidence: number;
  /** Validator indices against which evidence was decided. */
  readonly convicted: ReadonlySet<number>;
  readonly clauses: ReadonlyMap<Clause, number>;
}

export interface SimulateOptions {
  /** Receives each line of the run. */
  readonly print?: (line: string) => void;
  /** Loses chosen messages, until faults stop. */
  readonly isLost?: (from: number, to: number, message: SimMessage) => boolean;
  /** Mistakes of every host. */
  readonly defects?: Defects;
  /** Overrides chance: dies when a node passes its n-th point where a process can die. */
  readonly crashAt?: { readonly node: number; readonly point: number };
}

/** One run under construction: nodes, links and what was counted. */
interface Run {
  readonly plan: Plan;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly nodes: SimNode[];
  readonly checker: Checker;
  readonly cut: Set<string>;
  readonly points: number[];
  crashes: number;
}

/** Runs a plan to its end: until honest nodes have made progress after the faults, or their time is up. */
export function simulate(plan: Plan, options: SimulateOptions = {}): Report {
  const { run, honest } = createRun(plan, options);
  for (const node of run.nodes) run.scheduler.after(run.random.below(50), () => node.start());
  if (plan.partitionMs > 0) partition(run);
  run.scheduler.after(plan.healMs, () => run.cut.clear());
  let events = 0;
  let target: bigint | null = null;
  for (;;) {
    if (!run.scheduler.runNext()) break;
    events++;
    const now = run.scheduler.now();
    if (now < plan.healMs) continue;
    target ??= BigInt(Math.max(...honest.map((n) => n.disk.chain.length))) + BLOCKS_AFTER_HEAL;
    const goal = Number(target);
    if (honest.every((n) => n.disk.chain.length >= goal) || now > plan.healMs + LIVENESS_MS) break;
  }
  const violations = [...run.checker.violations, ...atTheEnd(honest, Number(target ?? 0n)), ...unpunished(run)];
  return {
    seed: plan.seed,
    violations,
    height: Math.min(...honest.map((n) => n.disk.chain.length)),
    virtualMs: run.scheduler.now(),
    events,
    crashes: run.crashes,
    evidence: run.checker.evidence,
    convicted: run.checker.convicted,
    clauses: run.checker.clauses,
  };
}

function createRun(
  plan: Plan,
  options: SimulateOptions,
): { readonly run: Run; readonly honest: readonly SimNode[] } {
  const validators = validatorSetOf(plan.powers);
  const size = validators.validators.length;
  const random = createRandom(plan.seed ^ 0x5eed);
  const liars = new Set(weakest(validators.validators.map((v) => v.power)).slice(0, plan.liars));
  const places = Array.from({ length: size }, (_, i) => i).concat(plan.lie === "twins" ? [...liars] : []);
  const honestIds = new Set(places.flatMap((index, id) => (liars.has(index) ? [] : [id])));
  const scheduler = createScheduler();
  const checker = createChecker({ liars, honest: honestIds, now: () => scheduler.now() });
  const run: Run = {
    plan,
    random,
    scheduler,
    nodes: [],
    checker,
    cut: new Set(),
    points: places.map(() => 0),
    crashes: 0,
  };
  const world: World = {
    defects: options.defects ?? {},
    validatorsAt: rotating(validators),
    random,
    nodes: places.map((_, id) => id),
    now: () => scheduler.now(),
    after: (delayMs, todo) => scheduler.after(delayMs, todo),
    send: (from, to, message) => {
      if (!hasFaults(run) || options.isLost?.(from, to, message) !== true) send(run, { from, to }, message);
    },
    isCrashDue: (node) => isCrashDue(run, node, options),
    observe: (event) => observe(run, event, options),
  };
  for (const [id, index] of places.entries()) {
    const behaviour = liars.has(index) && plan.lie !== "twins" ? plan.lie : null;
    run.nodes.push(new SimNode(world, { id, index, clockPercent: plan.clocks[id] ?? 100 }, behaviour));
  }
  return { run, honest: run.nodes.filter((n) => honestIds.has(n.id)) };
}

/** The set of each height: one step of proposer rotation after the other. */
function rotating(first: ValidatorSet): (height: bigint) => ValidatorSet {
  const sets = [first];
  return (height) => {
    const place = Number(height) - 1;
    for (let last = sets.at(-1); sets.length <= place && last !== undefined; last = sets.at(-1)) sets.push(incrementPriority(last, 1));
    return sets[place] ?? first;
  };
}

/** Indices by power, lowest first. */
function weakest(powers: readonly bigint[]): number[] {
  return powers.map((_, i) => i).sort((a, b) => Number((powers[a] ?? 0n) - (powers[b] ?? 0n)) || b - a);
}

function hasFaults(run: Run): boolean {
  return run.scheduler.now() < run.plan.healMs;
}

function send(run: Run, link: { readonly from: number; readonly to: number }, message: SimMessage): void {
  const { plan, random, scheduler } = run;
  const isFaulty = hasFaults(run);
  if (isFaulty && (run.cut.has(`${link.from}>${link.to}`) || random.chance(plan.dropPercent))) return;
  const isVote = message.kind === "vote" || message.kind === "certificate" || message.kind === "decided";
  if (isFaulty && isVote && random.chance(plan.voteDropPercent)) return;
  const copies = isFaulty && random.chance(plan.duplicatePercent) ? 2 : 1;
  for (let i = 0; i < copies; i++) {
    const slow = isFaulty && random.chance(plan.slowPercent) ? random.below(plan.slowMs) : 0;
    scheduler.after(2 + random.below(30) + slow, () => run.nodes[link.to]?.receive(message, link.from));
  }
}

/** Cuts each direction of each link by chance, again and again: asymmetric more often than not, at times into halves. */
function partition(run: Run): void {
  if (!hasFaults(run)) return;
  run.cut.clear();
  const isHalves = run.random.chance(50);
  const side = run.nodes.map(() => run.random.chance(50));
  for (const a of run.nodes) {
    for (const b of run.nodes) {
      const isCut = isHalves ? side[a.id] !== side[b.id] : run.random.chance(30);
      if (isCut && a !== b) run.cut.add(`${a.id}>${b.id}`);
    }
  }
  run.scheduler.after(run.plan.partitionMs, () => partition(run));
}

function isCrashDue(run: Run, node: number, { crashAt }: SimulateOptions): boolean {
  const point = run.points[node] ?? 0;
  run.points[node] = point + 1;
  if (crashAt !== undefined) return crashAt.node === node && crashAt.point === point;
  return hasFaults(run) && run.random.below(10_000) < run.plan.crashPerTenThousand;
}

function observe(run: Run, event: SimEvent, { print }: SimulateOptions): void {
  run.checker.observe(event);
  const line = print === undefined ? null : describeEvent(event);
  if (line !== null) print?.(`${String(run.scheduler.now()).padStart(7)} ms  node ${event.node}  ${line}`);
  if (event.kind !== "crash") return;
  run.crashes++;
  const node = run.nodes[event.node];
  run.scheduler.after(100 + run.random.below(1_500), () => {
    observe(run, { kind: "restart", node: event.node }, { ...(print === undefined ? {} : { print }) });
    node?.start();
  });
}

/** Who was caught while faults lasted stands convicted soon after: the votes travel, and an honest proposer takes them up. */
function unpunished({ plan, checker }: Run): string[] {
  const caught = [...checker.accused].filter(([index, at]) => at < plan.healMs && !checker.convicted.has(index));
  return caught.map(([index]) => `evidence: validator ${index} was caught and never convicted`);
}

/** Liveness, and that each node's log replays to the state that it is in. */
function atTheEnd(honest: readonly SimNode[], target: number): string[] {
  const violations: string[] = [];
  for (const node of honest) {
    const height = node.disk.chain.length;
    if (height < target) violations.push(`liveness: node ${node.id} is at height ${height}, not ${target}`);
    const isUp = node.isUp && node.disk.log.length > 0;
    if (isUp && canonicalText(node.replayed().current) !== canonicalText(node.core.current)) {
      violations.push(`replay: the log of node ${node.id} gives another state`);
    }
  }
  return violations;
}
