import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { toHex } from "../../chain/primitives/index.js";
import { installNativeCrypto } from "../crypto/native.js";
import { openKv } from "../storage/index.js";
import { silentLogger } from "../telemetry/log.js";
import { createSnapshots } from "./service.js";
import { TEST_CHUNK_BYTES, appOver, height, openState, writeBlock } from "./testkit/state.js";

const PROGRAM = fileURLToPath(new URL("./testkit/restore-process.ts", import.meta.url));

interface Run {
  readonly lines: readonly string[];
  readonly code: number | null;
}

/** Runs a restore to its end, or to where it is to kill itself. */
function run(args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--import", "tsx", PROGRAM, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (data: Buffer) => (said += data.toString()));
    child.on("close", (code) => resolve({ lines: said.split("\n").slice(0, -1), code }));
  });
}

describe("a restore that is killed", function () {
  this.timeout(120_000);
  const dir = mkdtempSync(join(tmpdir(), "restore-kill-"));
  const snapshots = join(dir, "snapshots");
  let appHash: Uint8Array;
  let chunks = 0;

  before(async () => {
    installNativeCrypto();
    const kv = await openKv({ dir: join(dir, "origin"), onFatal: (error) => expect.fail(String(error)) });
    const state = openState(kv);
    const service = createSnapshots({ dir: snapshots, interval: 3, keepRecent: 1, chunkBytes: TEST_CHUNK_BYTES }, { kv, app: appOver(state), log: silentLogger() });
    await service.start();
    for (let n = 1; n <= 3; n++) {
      writeBlock(state, n, 120);
      service.committed(height(n));
    }
    await service.idle();
    appHash = state.last.appHash;
    chunks = (await service.list())[0]?.chunks ?? 0;
    await service.stop();
    await kv.close();
  });

  after(() => rmSync(dir, { recursive: true, force: true }));

  it("goes on from the last chunk that it wrote, at whatever point it died, to the same state", async () => {
    expect(chunks).to.be.at.least(12);
    const args = [snapshots, join(dir, "copy"), join(dir, "work"), toHex(appHash)];
    let reached = 0;
    for (const [chunk, turns] of [[0, 0], [3, 1], [9, 20], [chunks - 1, 3], [chunks - 1, 200]] as const) {
      const { lines, code } = await run([...args, String(chunk), String(turns)]);
      const next = /^next (\d+|done)$/.exec(lines[0] ?? "")?.[1];
      if (next === "done") break;
      expect(code, lines.join()).to.equal(null);
      expect(Number(next), "never behind what was flushed before").to.be.at.least(reached);
      reached = Math.max(reached, chunk - 1, Number(next));
    }
    const { lines, code } = await run(args);
    expect(code, lines.join()).to.equal(0);
    expect(lines.at(-1)).to.equal("height 3");
    const kv = await openKv({ dir: join(dir, "copy"), onFatal: (error) => expect.fail(String(error)) });
    expect(toHex(openState(kv).last.appHash)).to.equal(toHex(appHash));
    await kv.close();
  });
});
