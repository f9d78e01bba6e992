import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { proposalSignBytes, voteExtensionSignBytes, voteSignBytes } from "../../chain/block/index.js";
import type { Proposal, Vote } from "../../chain/block/index.js";
import { portableVerifier } from "../../chain/crypto/index.js";
import { EMPTY_BYTES, toHeight, toTimeNs, utf8 } from "../../chain/primitives/index.js";
import { testBlockId } from "../../chain/testkit/validators.js";
import { isFailure } from "../errors.js";
import { formatKeyFile, keyFromSeed, loadOrCreateKey, parseKeyFile } from "./key-file.js";
import { openSigner } from "./signer.js";
import type { LocalSigner as Signer } from "./signer.js";

const chainId = "signer-test-1";
const key = keyFromSeed(new Uint8Array(32).fill(9));

function voteAt(
  place: { readonly height?: bigint; readonly round?: number; readonly type?: Vote["type"] },
  seed: number | null = 1,
  seconds = 1n,
): Vote {
  return {
    type: place.type ?? "precommit",
    height: toHeight(place.height ?? 5n),
    round: place.round ?? 0,
    blockId: seed === null ? null : testBlockId(seed),
    time: toTimeNs(seconds, 0),
    validator: key.address,
    index: 0,
    signature: EMPTY_BYTES,
    extension: utf8("extension"),
    extensionSignature: EMPTY_BYTES,
  };
}

const proposal: Proposal = {
  height: toHeight(5n),
  round: 0,
  polRound: -1,
  blockId: testBlockId(1),
  time: toTimeNs(1n, 0),
  signature: EMPTY_BYTES,
};

describe("the signer", () => {
  let dir: string;
  let signer: Signer;
  const statePath = (): string => join(dir, "priv_validator_state.json");
  const reopen = (): Signer => openSigner({ key, statePath: statePath(), chainId });

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "signer-"));
    signer = reopen();
  });

  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("signs votes, extensions and proposals as every verifier expects", () => {
    const signedProposal = signer.signProposal(proposal);
    expect(
      portableVerifier.ed25519(
        key.publicKey,
        proposalSignBytes(chainId, proposal),
        signedProposal?.signature ?? EMPTY_BYTES,
      ),
    ).to.equal(true);
    const vote = signer.signVote(voteAt({}), true);
    if (vote === null) return expect.fail("refused");
    expect(portableVerifier.ed25519(key.publicKey, voteSignBytes(chainId, vote), vote.signature)).to.equal(
      true,
    );
    expect(
      portableVerifier.ed25519(key.publicKey, voteExtensionSignBytes(chainId, vote), vote.extensionSignature),
    ).to.equal(true);
  });

  it("extends nothing but a precommit for a block, and only where extensions are on", () => {
    expect(signer.signVote(voteAt({ type: "prevote" }), true)?.extension).to.deep.equal(EMPTY_BYTES);
    expect(signer.signVote(voteAt({ round: 1 }, null), true)?.extensionSignature).to.deep.equal(EMPTY_BYTES);
    expect(signer.signVote(voteAt({ round: 2 }), false)?.extensionSignature).to.deep.equal(EMPTY_BYTES);
  });

  it("refuses another value at the same place, also after a restart", () => {
    signer.signVote(voteAt({}), true);
    expect(signer.signVote(voteAt({}, 2), true)).to.equal(null);
    expect(signer.signVote(voteAt({}, null), true)).to.equal(null);
    expect(reopen().signVote(voteAt({}, 2), true)).to.equal(null);
  });

  it("refuses what another process with the same state file has signed meanwhile, and gives its signature for the same value", () => {
    const other = reopen();
    const signed = signer.signVote(voteAt({}), true);
    expect(other.signVote(voteAt({}, 2), true)).to.equal(null);
    expect(other.signVote(voteAt({}), true)?.signature).to.deep.equal(signed?.signature);
    other.signVote(voteAt({ height: toHeight(6n) }), true);
    expect(signer.signVote(voteAt({ height: toHeight(6n) }, 2), true)).to.equal(null);
    rmSync(statePath());
    expect(signer.signVote(voteAt({ height: toHeight(6n) }, 2), true), "the file was taken away").to.equal(null);
  });

  it("refuses an earlier height, round or step", () => {
    signer.signVote(voteAt({ height: 5n, round: 3, type: "precommit" }), true);
    for (const back of [{ height: 4n, round: 9 }, { round: 2 }, { round: 3, type: "prevote" as const }])
      expect(signer.signVote(voteAt(back), true), JSON.stringify(String(back.round))).to.equal(null);
    expect(signer.signProposal({ ...proposal, round: 3 })).to.equal(null);
    expect(signer.signVote(voteAt({ height: 6n, round: 0, type: "prevote" }), true)).to.not.equal(null);
  });

  it("gives the stored signature and time again when only the time differs", () => {
    const first = signer.signVote(voteAt({}, 1, 100n), true);
    const again = reopen().signVote(voteAt({}, 1, 200n), true);
    expect(again?.time).to.equal(first?.time);
    expect(again?.signature).to.deep.equal(first?.signature);
    const p = signer.signProposal({ ...proposal, height: toHeight(6n) });
    expect(reopen().signProposal({ ...proposal, height: toHeight(6n), time: toTimeNs(9n, 9) })).to.deep.equal(
      p,
    );
  });

  it("signs a changed extension of the same vote again", () => {
    const first = signer.signVote(voteAt({}), true);
    const other = signer.signVote({ ...voteAt({}), extension: utf8("another") }, true);
    expect(other?.signature).to.deep.equal(first?.signature);
    expect(other?.extensionSignature).to.not.deep.equal(first?.extensionSignature);
  });

  it("has its state on disk before a signature leaves, in CometBFT's form", () => {
    const vote = signer.signVote(voteAt({ height: 12n, round: 2 }), true);
    const file: unknown = JSON.parse(readFileSync(statePath(), "utf8"));
    expect(file).to.deep.include({
      height: "12",
      round: 2,
      step: 3,
      signature: Buffer.from(vote?.signature ?? []).toString("base64"),
    });
  });

  it("refuses to open a damaged state", () => {
    signer.signVote(voteAt({}), true);
    for (const text of [
      "",
      "{",
      "{}",
      `{"height":"-1","round":0,"step":0}`,
      `{"height":"1","round":0,"step":7}`,
    ]) {
      writeFileSync(statePath(), text);
      expect(() => reopen(), text)
        .to.throw()
        .with.property("code", "config");
    }
  });
});

describe("the key file", () => {
  it("is CometBFT's, and comes back", () => {
    const text = formatKeyFile(new Uint8Array(32).fill(9));
    expect(JSON.parse(text)).to.deep.include({
      address: Buffer.from(key.address).toString("hex").toUpperCase(),
    });
    expect(parseKeyFile(text).publicKey).to.deep.equal(key.publicKey);
  });

  it("refuses a key that is not that of its address or public key", () => {
    const good = formatKeyFile(new Uint8Array(32).fill(9));
    const other = formatKeyFile(new Uint8Array(32).fill(8));
    const mixed = {
      ...(JSON.parse(good) as object),
      ...{ address: (JSON.parse(other) as { address: string }).address },
    };
    for (const text of [JSON.stringify(mixed), good.replace("PubKeyEd25519", "PubKeySr25519")]) {
      let caught: unknown;
      try {
        parseKeyFile(text);
      } catch (error) {
        caught = error;
      }
      expect(isFailure(caught, "config")).to.equal(true);
    }
  });

  it("is made once and then loaded", () => {
    const dir = mkdtempSync(join(tmpdir(), "key-"));
    const path = join(dir, "priv_validator_key.json");
    const made = loadOrCreateKey(path);
    expect(loadOrCreateKey(path).address).to.deep.equal(made.address);
    rmSync(dir, { recursive: true, force: true });
  });
});
