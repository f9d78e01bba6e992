import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { isFailure } from "../errors.js";
import { identityFromSeed, loadIdentity, loadOrCreateIdentity } from "./identity.js";

describe("the node's network identity", () => {
  let dir: string;
  let path: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "openledger-id-"));
    path = join(dir, "node_key.json");
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const failureOf = (work: () => unknown): unknown => {
    try {
      return work();
    } catch (error) {
      return error;
    }
  };

  it("derives the CometBFT node id and the libp2p peer id of RFC 8032's first test key", () => {
    const seed = Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex");
    const { nodeId, peerId, privateKey } = identityFromSeed(seed);
    expect(Buffer.from(privateKey.publicKey.raw).toString("hex")).to.equal(
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    );
    expect(nodeId).to.match(/^[0-9a-f]{40}$/);
    expect(peerId).to.match(/^12D3KooW/);
  });

  it("is created once, readable by its owner only, and the same ever after", () => {
    const first = loadOrCreateIdentity(path);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(loadOrCreateIdentity(path).peerId).to.equal(first.peerId);
    expect(JSON.parse(readFileSync(path, "utf8"))).to.have.nested.property(
      "priv_key.type",
      "tendermint/PrivKeyEd25519",
    );
  });

  it("is not used when others can read the file", () => {
    loadOrCreateIdentity(path);
    chmodSync(path, 0o644);
    expect(
      isFailure(
        failureOf(() => loadOrCreateIdentity(path)),
        "config",
      ),
    ).to.equal(true);
  });

  it("is never replaced when the file is damaged", () => {
    const { peerId } = loadOrCreateIdentity(path);
    const text = readFileSync(path, "utf8");
    const value = (JSON.parse(text) as { priv_key: { value: string } }).priv_key.value;
    for (const bad of [
      "",
      "{}",
      text.replace(value, "AAAA"),
      text.replace(value, `A${value.slice(1, -4)}AAA=`),
    ]) {
      writeFileSync(path, bad);
      expect(
        isFailure(
          failureOf(() => loadOrCreateIdentity(path)),
          "config",
        ),
        bad,
      ).to.equal(true);
    }
    writeFileSync(path, text);
    expect(loadIdentity(path).peerId).to.equal(peerId);
  });

  it("is reported missing, not made, by a plain load", () => {
    expect(
      isFailure(
        failureOf(() => loadIdentity(path)),
        "not-found",
      ),
    ).to.equal(true);
    expect(existsSync(path)).to.equal(false);
  });
});
