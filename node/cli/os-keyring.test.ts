import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { createTestDaemon } from "./testkit/daemon.js";

const TOOLS = fileURLToPath(new URL("../keyring/testkit/", import.meta.url));

describe("openledgerd keys with the desktop's keyring", function () {
  this.timeout(120_000);

  it("keeps a passphrase there that nobody types, one for each folder", async function () {
    if (process.platform !== "linux") this.skip();
    const secrets = mkdtempSync(join(tmpdir(), "secrets-"));
    const daemon = await createTestDaemon({
      PATH: `${TOOLS}:${process.env["PATH"] ?? ""}`,
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/tests/need/none",
      SECRET_TOOL_DIR: secrets,
    });
    try {
      const added = await daemon.run(["keys", "add", "ada", "--no-backup"]);
      expect(added.code, added.err).to.equal(0);
      expect((await daemon.run(["keys", "list", "-n"])).out).to.equal("ada\n");
      const [kept, ...more] = readdirSync(secrets);
      expect(more).to.deep.equal([]);
      expect(readFileSync(join(secrets, kept!), "utf8")).to.match(/^[0-9a-f]{64}$/);
      rmSync(join(secrets, kept!));
      expect((await daemon.run(["keys", "show", "ada"])).err).to.match(/^openledgerd: the operating system's keyring holds no passphrase for \S+\n$/);
    } finally {
      daemon.remove();
      rmSync(secrets, { recursive: true, force: true });
    }
  });
});
