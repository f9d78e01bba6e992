import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { TutorialPage } from "../../node/cli/testkit/tutorial-page.js";
import { REPOSITORY } from "../../testnet/root.js";

interface Ended {
  readonly code: number;
  readonly out: string;
}

/** A line of a shell, to its end. */
function shell(line: string, cwd = REPOSITORY): Promise<Ended> {
  return new Promise((resolve) => {
    execFile("bash", ["-c", line], { cwd, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), out: stdout + stderr });
    });
  });
}

/** What `npm start` prints, and its keyboard. */
class Session {
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  #hasEnded = false;
  #out = "";

  /** In a process group of its own, as a shell starts it. */
  constructor(line: string) {
    this.#process = spawn("bash", ["-c", line], { cwd: REPOSITORY, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.#process.stdout?.on("data", (bytes: Buffer) => (this.#out += bytes.toString()));
    this.#process.stderr?.on("data", (bytes: Buffer) => (this.#out += bytes.toString()));
    this.#ended = new Promise((resolve) => {
      this.#process.once("close", () => {
        this.#hasEnded = true;
        resolve();
      });
    });
  }

  /** All that was printed, once this is part of it or the program has ended. */
  async until(text: string): Promise<string> {
    while (!this.#out.includes(text) && !this.#hasEnded) await new Promise((resolve) => setTimeout(resolve, 200));
    return this.#out;
  }

  /** To the whole group, as a terminal does. */
  ctrlC(): Promise<void> {
    const { pid } = this.#process;
    if (pid !== undefined && !this.#hasEnded) process.kill(-pid, "SIGINT");
    return this.#ended;
  }
}

/** A folder in which the repository's files lie, and what a reader saves beside them. */
function standIn(): string {
  const dir = mkdtempSync(join(tmpdir(), "openledger-readme-"));
  for (const name of readdirSync(REPOSITORY)) symlinkSync(join(REPOSITORY, name), join(dir, name));
  return dir;
}

describe("README.md, command by command", function () {
  this.timeout(900_000);
  const page = new TutorialPage("README.md");
  const folder = mkdtempSync(join(tmpdir(), "openledger-start-"));
  // The reader's own network lies in the repository, so this one has a home elsewhere.
  const elsewhere = `--home ${join(folder, "network")}`;
  let network: Session | undefined;
  let doors = { rpc: "", api: "" };

  after(async () => {
    await network?.ctrlC();
    rmSync(folder, { recursive: true, force: true });
  });

  it("npm run build, and the program's help", async () => {
    expect(await shell(page.take("npm run build"))).to.include({ code: 0 });
    const { code, out } = await shell(page.take("node bin/openledgerd.mjs --help"));
    expect(code, out).to.equal(0);
    for (const command of ["init", "keys", "genesis", "tx", "query", "config", "start"]) expect(out).to.match(new RegExp(`^  ${command}\\b`, "m"));
  });

  it("npm install --global . puts openledgerd on the PATH", async () => {
    const global = join(folder, "global");
    const { code, out } = await shell(`npm_config_prefix=${global} ${page.take("npm install --global .")} && ${join(global, "bin", "openledgerd")} version`);
    expect(code, out).to.equal(0);
    expect(out).to.match(/^\d+\.\d+\.\d+$/m);
  });

  it("npm start -- --help lists the options that the text names", async () => {
    const { code, out } = await shell(page.take("npm start -- --help"));
    expect(code, out).to.equal(0);
    for (const command of ["npm start -- --reset", "npm start -- --once"]) expect(out).to.contain(page.take(command).split(" ").at(-1));
  });

  it("npm start tells the story and stays up", async () => {
    page.leave("openledgerd replay JOB", "a job is replayed below, by its number");
    page.leave("npm ci && npm test", "it is what runs this test; .ci/run begins with it");
    const [, start = ""] = page.take("npm ci && npm start").split(" && ");
    expect(start).to.equal(page.take("npm start"));
    network = new Session(`${start} -- ${elsewhere}`);
    const said = await network.until("The network stays up.");
    const [, rpc = "", api = ""] = /RPC (\S+) {2}gRPC \S+ {2}blobs (\S+)/.exec(await network.until("files and logs in")) ?? [];
    doors = { rpc, api };
    expect(said).to.contain("Seconds by stage");
    expect(rpc, said).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  /** The standard ports are those of the first validator where they were free. */
  const here = (text: string): string =>
    text.replaceAll("http://127.0.0.1:26657", doors.rpc).replaceAll("http://127.0.0.1:1317", doors.api).replaceAll("localhost:26657", doors.rpc.slice("http://".length));

  it("curl reads the status", async () => {
    const { code, out } = await shell(here(page.take("curl localhost:26657/status")).replace("curl", "curl -s"));
    expect(code, out).to.equal(0);
    expect((JSON.parse(out) as { result: { node_info: { version: string } } }).result.node_info.version).to.match(/^0\.38\./);
  });

  it("check.ts recomputes a payout", async () => {
    const dir = standIn();
    writeFileSync(join(dir, "check.ts"), here(page.take('import { createHttpDoor, createVerifier } from "./client/verify/index.js"')));
    const { code, out } = await shell(page.take("npx tsx check.ts"), dir);
    rmSync(dir, { recursive: true, force: true });
    expect(code, out).to.equal(0);
    expect(out).to.match(/^true \[\] /m);
  });

  it("the program of docs/attribution.md recomputes it too, from a hash that one believes", async () => {
    const dir = standIn();
    const { result } = (await (await fetch(`${doors.rpc}/commit?height=1`)).json()) as { result: { signed_header: { commit: { block_id: { hash: string } } } } };
    const believed = `const hash = Uint8Array.from(Buffer.from("${result.signed_header.commit.block_id.hash}", "hex"));\n`;
    const program = new TutorialPage("docs/attribution.md").take("import { createHttpDoor, createVerifier }");
    writeFileSync(join(dir, "check.ts"), believed + here(program));
    const { code, out } = await shell("npx tsx check.ts", dir);
    rmSync(dir, { recursive: true, force: true });
    expect(code, out).to.equal(0);
    expect(out).to.match(/^true \[\] /m);
  });

  it("replays the job, whole and a segment of it", async () => {
    const isStandard = doors.rpc.endsWith(":26657") && doors.api.endsWith(":1317");
    const where = isStandard ? "" : ` --node ${doors.rpc} --gateway ${doors.api}`;
    const [whole, segment] = await Promise.all(page.takeBelow("Check a trainer").map((command) => shell(command + where)));
    expect(segment?.out).to.match(/segment 2\/\d+, steps \d+ to \d+: match/);
    expect([whole?.code, segment?.code], whole?.out).to.deep.equal([0, 0]);
    expect(whole?.out).to.match(/job 1: match\n$/);
  });

  it("Ctrl-C stops everything, and the next start goes on from there", async () => {
    await network?.ctrlC();
    expect(await network?.until("Stopped;")).to.contain("Stopped; nothing runs any more.");
    expect((await shell(here("curl -s localhost:26657/status"))).code).to.equal(7);
    const { code, out } = await shell(`${page.take("npm start -- --once")} ${elsewhere}`);
    expect(code, out).to.equal(0);
    expect(out).to.contain("Going on with the network");
  });

  it("sidecar info says what this machine can run", async () => {
    const { code, out } = await shell(page.take("node bin/openledgerd.mjs sidecar info"));
    expect(code, out).to.equal(0);
  });

  it("has no other command that was not run", () => {
    page.leave("npm run bench:attribution", "hours; .ci/run runs its short form");
    expect(page.unanswered()).to.deep.equal([]);
  });
});
