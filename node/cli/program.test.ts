import { readFileSync } from "node:fs";
import { expect } from "chai";
import { EdgeFailure } from "../errors.js";
import { runCommandLine } from "./program.js";
import type { Commands } from "./program.js";
import type { ReplayOptions } from "./replay-command.js";

interface Ran {
  readonly code: number | undefined;
  readonly said: string;
  readonly calls: readonly unknown[];
}

/** Runs a command line whose commands only note that they were called. */
async function run(...argv: string[]): Promise<Ran> {
  return runWith((calls) => (options) => Promise.resolve(void calls.push(["start", options])), argv);
}

/** The same, with a node of one's own. */
async function runWith(start: (calls: unknown[]) => Commands["start"], argv: readonly string[]): Promise<Ran> {
  const calls: unknown[] = [];
  const commands: Commands = {
    start: start(calls),
    replay: (jobId: bigint, options: ReplayOptions) => Promise.resolve(calls.push(["replay", jobId, options]) * 0 + 1),
    sidecar: (args) => Promise.resolve(calls.push(["sidecar", args]) * 0),
    signer: (options) => Promise.resolve(calls.push(["signer", options]) * 0),
  };
  const write = process.stderr.write.bind(process.stderr);
  let said = "";
  process.stderr.write = (text: string | Uint8Array): boolean => {
    said += text.toString();
    return true;
  };
  try {
    return { code: await runCommandLine(argv, commands), said, calls };
  } finally {
    process.stderr.write = write;
  }
}

function refusedByTheSystem(path: string): Error {
  try {
    return new Error(readFileSync(path, "utf8"));
  } catch (error) {
    return error as Error;
  }
}

describe("the command line of openledgerd", () => {
  it("starts the node as the launcher asks for it, and goes on running", async () => {
    const { code, calls } = await run("start", "--home", "/somewhere", "--watch-parent");
    expect([code, calls]).to.deep.equal([undefined, [["start", { home: "/somewhere", watchParent: true }]]]);
  });

  it("starts it without the upgrades planned for some heights", async () => {
    const { calls } = await run("start", "--home", "/somewhere", "--unsafe-skip-upgrades", "100,200");
    const options = { home: "/somewhere", watchParent: false, skipUpgrades: new Set([100n, 200n]) };
    expect(calls).to.deep.equal([["start", options]]);
  });

  it("starts it with another engine than its settings say", async () => {
    const { calls } = await run("start", "--home", "/somewhere", "--engine", "external", "--abci-laddr", "tcp://127.0.0.1:1", "--external-rpc", "http://127.0.0.1:2/");
    const overrides = { engine: "external", abciAddress: "tcp://127.0.0.1:1", externalRpc: "http://127.0.0.1:2" };
    expect(calls).to.deep.equal([["start", { home: "/somewhere", watchParent: false, overrides }]]);
  });

  for (const [what, failure, line] of [
    ["where nothing could listen", new EdgeFailure("config", "cannot listen; is the port taken?", { host: "127.0.0.1", port: 26_657 }), "cannot listen; is the port taken? (127.0.0.1:26657)"],
    ["the last words of CometBFT, on one line", new EdgeFailure("remote", "CometBFT ended", { lastWords: "E: a\n  b" }), "CometBFT ended (E: a b)"],
    ["which file the system refused", refusedByTheSystem("/nowhere/at/all"), "ENOENT: no such file or directory, open '/nowhere/at/all'"],
    ["both at once, each once", new EdgeFailure("config", "no key", { path: "/nowhere" }, refusedByTheSystem("/nowhere")), "no key (ENOENT: no such file or directory, open '/nowhere')"],
    ["what the disk said to a store", new EdgeFailure("storage", "cannot open it", {}, new Error("not open", { cause: new Error("IO error: No space left on device") })), "cannot open it (IO error: No space left on device)"],
    ["nothing that the message says already", new EdgeFailure("storage", "/d is in use", { dir: "/d", height: 7n }), "/d is in use"],
  ] as const) {
    it(`says ${what}, when a command fails`, async () => {
      const { code, said } = await runWith(() => () => Promise.reject(failure), ["start"]);
      expect([code, said]).to.deep.equal([1, `openledgerd: ${line}\n`]);
    });
  }

  it("replays a job, and gives back what the replay says", async () => {
    const { code, calls } = await run("replay", "7", "--segment", "2", "--node", "http://127.0.0.1:1/", "--json");
    expect(code).to.equal(1);
    const [[name, jobId, options]] = calls as [[string, bigint, ReplayOptions]];
    expect([name, jobId]).to.deep.equal(["replay", 7n]);
    expect(options).to.deep.include({ segment: 2, node: "http://127.0.0.1:1", json: true, dispute: false, wait: 20 });
  });

  it("starts a signer with the key of the home, or another, for one chain", async () => {
    const { code, calls } = await run("signer", "start", "--home", "/h", "--chain-id", "open-1", "--address", "unix:///s", "--state-file", "/state");
    const options = { address: "unix:///s", chainId: "open-1", keyFile: "/h/config/priv_validator_key.json", stateFile: "/state" };
    expect([code, calls]).to.deep.equal([0, [["signer", options]]]);
    expect((await run("signer", "start", "--address", "unix:///s")).code).to.equal(64);
  });

  it("hands the sidecar's arguments on as they are", async () => {
    const { code, calls } = await run("sidecar", "bench", "--json", "--base", "x", "--help");
    expect([code, calls]).to.deep.equal([0, [["sidecar", ["bench", "--json", "--base", "x", "--help"]]]]);
  });

  for (const [argv, hint] of [
    [[], "no command given"],
    [["dance"], "unknown command 'dance'"],
    [["start", "--engine", "steam"], "Allowed choices are embedded, cometbft, external"],
    [["start", "--hom", "x"], "Did you mean --home?"],
    [["keys", "ad"], "unknown command 'ad' (Did you mean add?)"],
    [["genesis"], "no command given; there are add-account"],
    [["replay"], "missing required argument 'job'"],
    [["replay", "first"], "a job is named by its number"],
    [["start", "--unsafe-skip-upgrades", "soon"], "it looks like 100 or 100,200"],
    [["replay", "0"], "a job is named by its number"],
    [["replay", "1", "--segment", "0"], "a whole number from 1"],
    [["replay", "1", "--node", "ftp://x"], "it looks like http://"],
    [["replay", "1", "--gas-price", "1"], "it looks like 0.025uopen"],
    [["replay", "1", "--dispute"], "--dispute needs --from"],
    [["replay", "1", "--nod", "x"], "Did you mean --node?"],
  ] as const) {
    it(`answers "${argv.join(" ")}" with one line and a hint`, async () => {
      const { code, said, calls } = await run(...argv);
      expect([code, calls]).to.deep.equal([64, []]);
      expect(said).to.contain(hint);
      expect(said).to.match(/^openledgerd: [^\n]*--help\n$/);
    });
  }
});
