import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { until } from "./testkit/cluster.js";
import { freePort } from "../testkit/free-port.js";

const PROGRAM = fileURLToPath(new URL("./testkit/node-process.ts", import.meta.url));
const COUNT = 4;
/** Eight starts of a process share the machine with whatever else runs. */
const PATIENCE_MS = 240_000;

/** What one validator has printed: height -> block hash and application hash. */
interface Validator {
  readonly blocks: Map<number, string>;
  evidence: number;
  process: ChildProcess;
  errors: string;
}

class Network {
  readonly dir = mkdtempSync(join(tmpdir(), "kill-"));
  readonly validators: Validator[] = [];
  readonly #ports: readonly number[];

  constructor(ports: readonly number[]) {
    this.#ports = ports;
  }

  start(i: number): void {
    const args = ["--import", "tsx", PROGRAM, join(this.dir, `v${i}`), String(i), ...this.#ports.map(String)];
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"] });
    const known = this.validators[i];
    const validator = known ?? { blocks: new Map(), evidence: 0, process: child, errors: "" };
    validator.process = child;
    this.validators[i] = validator;
    let rest = "";
    child.stdout.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const [height, id, appHash, evidence] = line.split(" ");
        validator.blocks.set(Number(height), `${id} ${appHash}`);
        validator.evidence += Number(evidence);
      }
    });
    child.stderr.on("data", (chunk: Buffer) => {
      validator.errors += chunk.toString();
    });
  }

  height(i: number): number {
    return Math.max(0, ...(this.validators[i]?.blocks.keys() ?? []));
  }

  /** However slow the machine is: only a process that has ended makes it fail, or the patience of the whole test. */
  async reach(height: number, who: readonly number[]): Promise<void> {
    const explain = (): string => this.validators.map((v, i) => `${i}: ${this.height(i)} ${v.errors}`).join("\n");
    const isThere = (): boolean => who.every((i) => this.height(i) >= height);
    await until(`height ${height}`, () => isThere() || who.some((i) => this.hasEnded(i)), explain, PATIENCE_MS);
    expect(isThere(), `a validator has ended: ${explain()}`).to.equal(true);
  }

  hasEnded(i: number): boolean {
    const child = this.validators[i]?.process;
    return child === undefined || child.exitCode !== null || child.signalCode !== null;
  }

  async kill(i: number, signal: NodeJS.Signals): Promise<void> {
    const child = this.validators[i]?.process;
    if (child === undefined || this.hasEnded(i)) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  }

  submit(i: number, tx: string): void {
    this.validators[i]?.process.stdin?.write(`${tx}\n`);
  }

  async close(): Promise<void> {
    await Promise.all(this.validators.map((_, i) => this.kill(i, "SIGKILL")));
    rmSync(this.dir, { recursive: true, force: true });
  }
}

describe("four validators as processes over libp2p", function () {
  this.timeout(PATIENCE_MS);
  let network: Network;

  beforeEach(async () => {
    const ports = new Set<number>();
    while (ports.size < COUNT) ports.add(await freePort());
    network = new Network([...ports]);
    for (let i = 0; i < COUNT; i++) network.start(i);
  });

  afterEach(() => network.close());

  it("go on when one is killed with -9, which rejoins with equal hashes and no double sign", async () => {
    await network.reach(3, [0, 1, 2, 3]);
    for (const victim of [3, 1]) {
      const others = [0, 1, 2, 3].filter((i) => i !== victim);
      await network.kill(victim, "SIGKILL");
      network.submit(0, `killed${victim}/0/x`);
      const at = network.height(0);
      await network.reach(at + 4, others);
      network.start(victim);
      await network.reach(network.height(0) + 4, [0, 1, 2, 3]);
    }
    const top = Math.min(...[0, 1, 2, 3].map((i) => network.height(i)));
    for (let h = 1; h <= top; h++) {
      const seen = new Set(network.validators.flatMap((v) => v.blocks.get(h) ?? []));
      expect(seen.size, `one block and one application hash at height ${h}`).to.equal(1);
    }
    expect(
      network.validators.map((v) => v.evidence),
      "evidence of double signing",
    ).to.deep.equal([0, 0, 0, 0]);
  });
});
