import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { EdgeFailure } from "../errors.js";
import { silentLogger } from "../telemetry/log.js";
import type { LogFields, Logger } from "../telemetry/log.js";
import { cometHomeOf } from "./paths.js";
import { endLeftover } from "./process.js";
import { createSupervisor } from "./supervisor.js";
import type { CometSupervisor, RestartPolicy } from "./supervisor.js";
import { until } from "./testkit/comet-net.js";

const QUICK: RestartPolicy = { pauseMs: 5, maxPauseMs: 20, attempts: 3, healthyMs: 60_000 };

describe("keeping CometBFT running", () => {
  let dir: string;
  let supervisor: CometSupervisor | undefined;
  const givenUp: EdgeFailure[] = [];
  const home = () => cometHomeOf({ dir });

  /** Something that is started as CometBFT is. `runs` counts its starts. */
  const program = (script: string): string => {
    const path = join(dir, "program");
    writeFileSync(path, `#!/bin/sh\necho start >> ${dir}/runs\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const runs = (): number => (existsSync(join(dir, "runs")) ? readFileSync(join(dir, "runs"), "utf8").trim().split("\n").length : 0);
  const supervise = (script: string, log: Logger = silentLogger(), policy = QUICK): CometSupervisor => {
    const rpc = { kind: "unix", path: join(dir, "rpc.sock") } as const;
    supervisor = createSupervisor({ binary: program(script), home: home(), rpc, policy }, { log, onGivenUp: (failure) => void givenUp.push(failure) });
    return supervisor;
  };

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "comet-supervisor-"));
    mkdirSync(home().data, { recursive: true });
    givenUp.length = 0;
  });
  afterEach(async () => {
    await supervisor?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it("starts it again when it is killed", async () => {
    const kept = supervise("exec sleep 60");
    kept.start();
    const first = await until("the first", () => (runs() === 1 ? kept.current() : undefined));
    first.kill();
    const second = await until("the second", () => (runs() === 2 ? kept.current() : undefined));
    expect(second.pid).not.to.equal(first.pid);
    expect(kept.restarts()).to.equal(1);
    expect(readFileSync(home().pidFile, "utf8").trim()).to.equal(`${second.pid}`);
  });

  it("gives up on one that ends again and again, and says what it said", async () => {
    supervise("echo 'panic: no such database' >&2; exit 7").start();
    const [failure] = await until("the end", () => (givenUp.length > 0 ? givenUp : undefined));
    expect(runs()).to.equal(QUICK.attempts + 1);
    expect(failure?.message).to.contain("ended with code 7, 4 times in a row");
    expect(String(failure?.facts["lastWords"])).to.contain("panic: no such database");
  });

  it("counts ends in a row only: one that ran for a while begins anew", async () => {
    const kept = supervise("exit 1", silentLogger(), { ...QUICK, attempts: 2, healthyMs: -1 });
    kept.start();
    await until("more ends than attempts", () => (runs() > 6 ? true : undefined));
    expect(givenUp).to.deep.equal([]);
  });

  it("stops it, by force if it does not listen, and does not start it again", async () => {
    const kept = supervise("exec sleep 60");
    kept.start();
    const child = await until("its start", () => (runs() === 1 ? kept.current() : undefined));
    await kept.stop();
    expect(child.isRunning()).to.equal(false);
    expect(existsSync(home().pidFile)).to.equal(false);
    expect(runs()).to.equal(1);
  });

  it("removes the socket that a killed one left behind", async () => {
    writeFileSync(join(dir, "rpc.sock"), "");
    supervise(`[ -e ${dir}/rpc.sock ] && touch ${dir}/blocked; exec sleep 60`).start();
    await until("its start", () => (runs() === 1 ? true : undefined));
    expect(existsSync(join(dir, "blocked"))).to.equal(false);
  });

  it("ends what an earlier run left behind, and nobody else", async () => {
    const leftover = spawn("sh", ["-c", "sleep 60 & wait", "start", home().dir]);
    const stranger = spawn("sleep", ["60"]);
    const gone = new Promise((resolve) => leftover.once("exit", (_, signal) => resolve(signal)));
    await until("both", () => (leftover.pid !== undefined && stranger.pid !== undefined ? true : undefined));
    writeFileSync(home().pidFile, `${stranger.pid}\n`);
    endLeftover(home(), silentLogger());
    writeFileSync(home().pidFile, "-1\n");
    endLeftover(home(), silentLogger());
    expect(stranger.exitCode).to.equal(null);
    writeFileSync(home().pidFile, `${leftover.pid}\n`);
    endLeftover(home(), silentLogger());
    expect(await gone).to.equal("SIGKILL");
    stranger.kill("SIGKILL");
  });

  it("passes its log on, line by line, by level", async () => {
    const lines: [string, LogFields | undefined][] = [];
    const at = (level: string) => (_: string, fields?: LogFields) => void lines.push([level, fields]);
    const log: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), child: () => log };
    const says = ['{"level":"info","_msg":"committed state","module":"state","height":3}', '{"level":"error","_msg":"dialing failed","module":"p2p"}', '{"level":"error","_msg":"CONSENSUS FAILURE!!!","module":"consensus"}', "panic: plain", '{"level":"info","_msg":"executed block","module":"state"}'];
    supervise(`${says.map((line) => `echo '${line}'`).join("\n")}\nexec sleep 60`, log).start();
    const seen = await until("its lines", () => {
      const found = lines.filter(([, fields]) => fields?.["said"] !== undefined);
      return found.length === says.length ? found : undefined;
    });
    expect(seen.map(([level, fields]) => `${level} ${String(fields?.["said"])}`)).to.deep.equal([
      "info committed state",
      "debug dialing failed",
      "warn CONSENSUS FAILURE!!!",
      "warn panic: plain",
      "debug executed block",
    ]);
    expect(seen[0]?.[1]).to.include({ height: 3, module: "state" });
  });
});
