import { execFile, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { until } from "../p2p/testkit/hosts.js";
import { CHAIN, LoneValidator, keyText } from "./testkit/lone-validator.js";

const run = promisify(execFile);
const SOURCE = fileURLToPath(new URL("../../scripts/vectors", import.meta.url));

describe("CometBFT's own signer", function () {
  this.timeout(300_000);
  let validator: LoneValidator;
  before(() => (validator = new LoneValidator()));
  after(() => validator.stop());

  it("signs for our validator, block after block, vote extensions included, over a unix socket", async function () {
    const program = join(validator.dir, "signer");
    try {
      await run("go", ["build", "-o", program, "./signer"], { cwd: SOURCE });
    } catch (error) {
      process.stdout.write(`      skipped: CometBFT's signer cannot be built with Go (${String(error).split("\n")[0] ?? ""})\n`);
      this.skip();
    }
    const [keyFile, stateFile] = [join(validator.dir, "key.json"), join(validator.dir, "state.json")];
    writeFileSync(keyFile, keyText());
    writeFileSync(stateFile, JSON.stringify({ height: "0", round: 0, step: 0 }));
    const child = spawn(program, [validator.path, CHAIN, keyFile, stateFile], { stdio: ["ignore", "ignore", "pipe"] });
    validator.onStop(async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    });
    const signer = await validator.openSigner();
    const engine = await validator.startEngine(signer);
    await until("ten blocks are made", () => engine.latestHeight() >= 10n);
    expect(signer.status()).to.deep.include({ isConnected: true, refused: 0, failed: 0 });
    const commit = engine.extendedCommit(engine.latestHeight());
    expect(commit?.signatures[0]?.extensionSignature.length).to.equal(64);
  });
});
