import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { waitFor } from "../wait.js";
import type { ChildSpec } from "./child.js";
import { Supervisor } from "./supervisor.js";

const TIMEOUT = { timeoutMs: 20_000, everyMs: 20 };

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("the supervisor", () => {
  let folder = "";
  let notices: string[] = [];
  let supervisor = new Supervisor({ onNotice: () => undefined });
  const node = (name: string, code: string): ChildSpec => {
    return { name, command: process.execPath, args: ["-e", code], logFile: join(folder, `${name}.log`) };
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "openledger-supervisor-"));
    notices = [];
    supervisor = new Supervisor({ onNotice: (text) => notices.push(text) });
  });

  afterEach(async () => {
    await supervisor.stop(500);
    rmSync(folder, { recursive: true, force: true });
  });

  it("writes a child's output to its log and stops it when asked", async () => {
    const child = supervisor.start(node("a-0", "console.log('hello'); setInterval(() => 0, 1000)"), { kind: "report" });
    await waitFor("the log", async () => (readFileSync(child.spec.logFile, "utf8") === "" ? undefined : true), TIMEOUT);
    expect(readFileSync(child.spec.logFile, "utf8")).to.equal("hello\n");
    await supervisor.stop(5_000);
    expect(isAlive(child.pid)).to.equal(false);
    expect(notices).to.deep.equal([]);
  });

  it("kills a child that does not stop by itself", async () => {
    const stubborn = "process.on('SIGTERM', () => 0); setInterval(() => 0, 1000); console.log('up')";
    const child = supervisor.start(node("a-0", stubborn), { kind: "report" });
    await waitFor("the log", async () => (readFileSync(child.spec.logFile, "utf8") === "" ? undefined : true), TIMEOUT);
    await supervisor.stop(100);
    expect((await child.exited).signal).to.equal("SIGKILL");
  });

  it("reports a child that ends, with the end of its log, and leaves it", async () => {
    supervisor.start(node("validator-1", "console.log('out of disk'); process.exit(3)"), { kind: "report" });
    await waitFor("the notice", async () => notices[0], TIMEOUT);
    expect(notices[0]).to.contain("validator-1 ended with code 3");
    expect(notices[0]).to.contain("out of disk");
    expect(supervisor.running()).to.deep.equal([]);
  });

  it("starts a child again, and gives up after so many failures in a row", async () => {
    const policy = { kind: "restart", attempts: 2, pauseMs: 5 } as const;
    supervisor.start(node("sidecar-0", "console.log('again'); process.exit(1)"), policy);
    await waitFor("three notices", async () => notices[2], TIMEOUT);
    expect(notices.map((text) => text.split("\n")[0])).to.deep.equal([
      "sidecar-0 ended with code 1; starting it again in 5 ms",
      "sidecar-0 ended with code 1; starting it again in 10 ms",
      `sidecar-0 ended with code 1; see ${join(folder, "sidecar-0.log")}`,
    ]);
  });

  it("ends a child for a drill without a notice, and can start it again", async () => {
    const forever = node("validator-2", "setInterval(() => 0, 1000)");
    const first = supervisor.start(forever, { kind: "report" });
    await supervisor.end("validator-2", "SIGKILL");
    expect((await first.exited).signal).to.equal("SIGKILL");
    const second = supervisor.start(forever, { kind: "report" });
    expect(second.pid).to.not.equal(first.pid);
    expect(notices).to.deep.equal([]);
  });

  it("stops groups in the opposite order of their start", async () => {
    const log = join(folder, "order.log");
    const code = (name: string): string =>
      `process.on('SIGTERM', () => { require('fs').appendFileSync(${JSON.stringify(log)}, '${name}\\n'); process.exit(0) });` +
      "setInterval(() => 0, 1000); console.log('up')";
    for (const name of ["sidecar-0", "validator-0"]) {
      const { spec } = supervisor.start(node(name, code(name)), { kind: "report" });
      await waitFor("the log", async () => (readFileSync(spec.logFile, "utf8") === "" ? undefined : true), TIMEOUT);
    }
    await supervisor.stop(5_000);
    expect(readFileSync(log, "utf8")).to.equal("validator-0\nsidecar-0\n");
  });
});
