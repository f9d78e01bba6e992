import { expect } from "chai";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EdgeFailure } from "../errors.js";
import { INSTALL_COMMAND, findCometBft, requireCometBft } from "./binary.js";

async function failureOf(promise: Promise<unknown>): Promise<EdgeFailure> {
  const error: unknown = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (error instanceof EdgeFailure) return error;
  throw new TypeError(`an EdgeFailure was expected, not ${String(error)}`);
}

describe("finding CometBFT", () => {
  let dir: string;
  const program = (name: string, says: string, exit = 0): string => {
    const path = join(dir, name);
    writeFileSync(path, `#!/bin/sh\necho '${says}'\nexit ${exit}\n`);
    chmodSync(path, 0o755);
    return path;
  };

  before(() => {
    dir = mkdtempSync(join(tmpdir(), "comet-binary-"));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("takes the setting first, then OPENLEDGER_COMETBFT, then the PATH", () => {
    const onPath = program("cometbft", "0.38.26");
    const other = program("other", "0.38.26");
    const third = program("third", "0.38.26");
    const env = { PATH: `/nowhere:${dir}`, OPENLEDGER_COMETBFT: other };
    expect(findCometBft(third, env)).to.equal(third);
    expect(findCometBft("", env)).to.equal(other);
    expect(findCometBft("", { PATH: env.PATH })).to.equal(onPath);
    expect(findCometBft("", { PATH: "/nowhere" })).to.equal(undefined);
  });

  it("does not fall back to another program when the one that is named is not there", () => {
    program("cometbft", "0.38.26");
    expect(findCometBft(join(dir, "absent"), { PATH: dir })).to.equal(undefined);
    expect(findCometBft("", { PATH: dir, OPENLEDGER_COMETBFT: join(dir, "absent") })).to.equal(undefined);
    writeFileSync(join(dir, "plain"), "no program");
    expect(findCometBft(join(dir, "plain"), { PATH: dir })).to.equal(undefined);
    expect(findCometBft(dir, { PATH: "" })).to.equal(undefined);
  });

  it("says of a missing program where it looked and how to install it", async () => {
    const nowhere = await failureOf(requireCometBft("", { PATH: "/nowhere" }));
    expect(nowhere.code).to.equal("not-found");
    expect(nowhere.message).to.contain(INSTALL_COMMAND).and.to.contain("on the PATH");
    const named = await failureOf(requireCometBft("", { OPENLEDGER_COMETBFT: "/nowhere/cometbft" }));
    expect(named.message).to.contain("OPENLEDGER_COMETBFT names /nowhere/cometbft");
    const configured = await failureOf(requireCometBft("/nowhere/bft", {}));
    expect(configured.message).to.contain("cometbft.binary names /nowhere/bft");
  });

  it("takes any patch release of 0.38", async () => {
    for (const version of ["0.38.0", "0.38.26", "0.38.26+abc123", "v0.38.17"]) {
      const path = program("cometbft", version);
      expect(await requireCometBft(path, {})).to.deep.equal({ path, version: version.replace(/^v/, "") });
    }
  });

  it("refuses every other line, and names the command that installs the right one", async () => {
    for (const version of ["0.37.9", "1.0.1", "0.39.0", "0.380.1", "hello", ""]) {
      const failure = await failureOf(requireCometBft(program("cometbft", version), {}));
      expect(failure.code, version).to.equal("config");
      expect(failure.message, version).to.contain(INSTALL_COMMAND).and.to.contain("0.38");
    }
  });

  it("refuses a program that does not answer", async () => {
    const failure = await failureOf(requireCometBft(program("cometbft", "0.38.26", 3), {}));
    expect(failure.code).to.equal("config");
    expect(failure.message).to.contain("does not answer");
  });
});
