import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { formatKeyFile } from "../engine/index.js";
import { isFailure } from "../errors.js";
import { runSignerProgram } from "./run-signer.js";

describe("signer start", () => {
  it("signs with no state file that is not there: a misspelt name would make it forget what it signed", async () => {
    const dir = mkdtempSync(join(tmpdir(), "run-signer-"));
    try {
      const [keyFile, stateFile] = [join(dir, "key.json"), join(dir, "stat.json")];
      writeFileSync(keyFile, formatKeyFile(new Uint8Array(32).fill(1)));
      const options = { address: `unix://${join(dir, "s.sock")}`, chainId: "c-1", keyFile, stateFile };
      const failure: unknown = await runSignerProgram(options).catch((error: unknown) => error);
      expect(isFailure(failure, "config") && failure.message).to.contain(`${stateFile} is missing`);
      expect(existsSync(stateFile)).to.equal(false);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
