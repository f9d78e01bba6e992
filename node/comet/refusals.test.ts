import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { createTestDaemon } from "../cli/testkit/daemon.js";
import { INSTALL_COMMAND } from "./binary.js";

describe("openledgerd start --engine cometbft", function () {
  this.timeout(120_000);

  it("says in one line what is missing, and how to get it", async () => {
    const daemon = await createTestDaemon({ OPENLEDGER_COMETBFT: "/nowhere/cometbft" });
    try {
      await daemon.runHere(["init", "ada", "--chain-id", "ada-1"]);
      const { code, err } = await daemon.run(["start", "--engine", "cometbft"]);
      expect(code).to.equal(1);
      expect(err.trim().split("\n")).to.have.length(1);
      expect(err).to.contain("OPENLEDGER_COMETBFT names /nowhere/cometbft").and.contain(INSTALL_COMMAND);
    } finally {
      daemon.remove();
    }
  });

  it("does not train beside an external CometBFT that it cannot send to", async () => {
    const daemon = await createTestDaemon();
    try {
      await daemon.runHere(["init", "ada", "--chain-id", "ada-1"]);
      await daemon.runHere(["config", "set", "app", "operator.key_file", "/nowhere"]);
      await daemon.runHere(["config", "set", "app", "sidecar.address", "127.0.0.1:9"]);
      await daemon.runHere(["config", "set", "app", "operator.trainer", "true"]);
      const { code, err } = await daemon.run(["start", "--engine", "external"]);
      expect(code).to.equal(1);
      expect(err).to.contain("needs cometbft.external_rpc");
    } finally {
      daemon.remove();
    }
  });

  it("does not run a CometBFT of another line", async () => {
    const daemon = await createTestDaemon();
    try {
      await daemon.runHere(["init", "ada", "--chain-id", "ada-1"]);
      const other = join(daemon.home, "cometbft-1");
      writeFileSync(other, "#!/bin/sh\necho 1.0.1\n");
      chmodSync(other, 0o755);
      await daemon.runHere(["config", "set", "config", "cometbft.binary", other]);
      const { code, err } = await daemon.run(["start", "--engine", "cometbft"]);
      expect(code).to.equal(1);
      expect(err).to.contain("is CometBFT 1.0.1").and.contain(INSTALL_COMMAND);
    } finally {
      daemon.remove();
    }
  });
});
