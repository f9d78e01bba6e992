import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { EdgeFailure } from "../errors.js";
import { createFileKeyring } from "./file-keyring.js";
import { checkOsKeyring } from "./os-passphrase.js";
import { multisigRecord, publicRecord, recordOf } from "./record.js";
import type { Keyring } from "./types.js";
import { CHEAP } from "./vault.js";

const secret = (seed: number): Uint8Array => new Uint8Array(32).fill(seed);

async function complaint(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof EdgeFailure) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "";
}

describe("a keyring in a folder", () => {
  let dir: string;
  let asked: boolean[];

  const open = (...passphrases: string[]): Keyring => {
    const left = [...passphrases];
    const ask = (isNew: boolean): Promise<string> => {
      asked.push(isNew);
      return Promise.resolve(left.shift() ?? "");
    };
    return createFileKeyring({ dir: join(dir, "ring"), cost: CHEAP, ask, attempts: Math.max(1, passphrases.length) });
  };
  const file = (name: string): string => join(dir, "ring", name);

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "keyring-"));
    asked = [];
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("gives back what was put in, after asking once", async () => {
    await open("correct horse").add(recordOf("ada", secret(1)));
    const again = open("correct horse");
    expect(await again.get("ada")).to.deep.equal(recordOf("ada", secret(1)));
    expect((await again.list()).map((r) => r.name)).to.deep.equal(["ada"]);
    expect(asked).to.deep.equal([true, false]);
  });

  it("asks nobody while it is empty, and makes no folder", async () => {
    const ring = open("x");
    expect(await ring.list()).to.deep.equal([]);
    expect(ring.has("ada")).to.equal(false);
    expect(asked).to.deep.equal([]);
    expect(readdirSync(dir)).to.deep.equal([]);
  });

  it("keeps files for its owner alone, without a trace of the key in them", async () => {
    await open("p").add(recordOf("ada", secret(1)));
    expect(statSync(file("ada.key")).mode & 0o777).to.equal(0o600);
    expect(statSync(file("keyring.json")).mode & 0o777).to.equal(0o600);
    expect(statSync(join(dir, "ring")).mode & 0o777).to.equal(0o700);
    expect(readFileSync(file("ada.key"), "utf8")).to.not.contain("0101010101");
  });

  it("refuses a wrong passphrase, and takes the right one on a later attempt", async () => {
    await open("right").add(recordOf("ada", secret(1)));
    expect(await complaint(() => open("wrong").get("ada"))).to.contain("config: wrong passphrase for the keyring in");
    expect(await complaint(() => open("wrong").add(recordOf("bob", secret(2))))).to.contain("wrong passphrase");
    expect((await open("wrong", "right").get("ada")).name).to.equal("ada");
    expect(readdirSync(join(dir, "ring"))).to.have.members(["keyring.json", "ada.key"]);
  });

  it("refuses every file in which one byte was changed", async () => {
    await open("p").add(recordOf("ada", secret(1)));
    const path = file("ada.key");
    const whole = readFileSync(path, "utf8");
    for (let at = 0; at < whole.length - 1; at += 7) {
      const other = whole[at] === "A" ? "B" : "A";
      writeFileSync(path, whole.slice(0, at) + other + whole.slice(at + 1));
      expect(await complaint(() => open("p").get("ada")), `byte ${at}`).to.contain("ada.key is damaged");
    }
    writeFileSync(path, whole.slice(0, 40));
    expect(await complaint(() => open("p").list())).to.contain("ada.key is damaged: no JSON");
  });

  it("refuses the file of another key under this name", async () => {
    await open("p").add(recordOf("ada", secret(1)));
    renameSync(file("ada.key"), file("bob.key"));
    expect(await complaint(() => open("p").get("bob"))).to.contain('holds key "ada"');
  });

  it("refuses a header that is missing, damaged, or asks for memory without bound", async () => {
    await open("p").add(recordOf("ada", secret(1)));
    const header = JSON.parse(readFileSync(file("keyring.json"), "utf8")) as object;
    for (const [change, says] of [
      [{ n: 2 ** 30 }, "is damaged"],
      [{ n: 1_000 }, "is damaged"],
      [{ r: 0 }, "is damaged"],
      [{ salt: 3 }, "is damaged"],
      [{ version: 2 }, "later version"],
      [{ kdf: "none" }, "later version"],
    ] as const) {
      writeFileSync(file("keyring.json"), JSON.stringify({ ...header, ...change }));
      expect(await complaint(() => open("p").get("ada")), says).to.contain(says);
    }
    rmSync(file("keyring.json"));
    expect(await complaint(() => open("p").get("ada"))).to.contain("keyring.json is missing");
  });

  it("lets one of many win a name, and keeps all others whole", async () => {
    const rings = Array.from({ length: 12 }, () => open("p"));
    const same = rings.slice(0, 6).map((ring, i) => ring.add(recordOf("ada", secret(i + 1))));
    const others = rings.slice(6).map((ring, i) => ring.add(recordOf(`k${i}`, secret(i + 20))));
    const won = (await Promise.allSettled(same)).filter((r) => r.status === "fulfilled");
    await Promise.all(others);
    expect(won).to.have.lengthOf(1);
    expect((await open("p").list()).map((r) => r.name)).to.deep.equal(["ada", "k0", "k1", "k2", "k3", "k4", "k5"]);
    expect(readdirSync(join(dir, "ring")).filter((name) => name.endsWith(".new"))).to.deep.equal([]);
  });

  it("renames and removes", async () => {
    const ring = open("p");
    await ring.add(recordOf("ada", secret(1)));
    await ring.add(recordOf("bob", secret(2)));
    expect(await complaint(() => ring.rename("ada", "bob"))).to.contain('"bob" exists already');
    await ring.rename("ada", "eve");
    await ring.remove("bob");
    expect((await open("p").list()).map((r) => r.name)).to.deep.equal(["eve"]);
    expect((await open("p").get("eve")).secret).to.deep.equal(secret(1));
    expect(await complaint(() => ring.remove("bob"))).to.contain('not-found: there is no key named "bob"');
  });

  it("keeps a public key without its secret half", async () => {
    const { publicKey } = recordOf("x", secret(3));
    await open("p").add(publicRecord("cold", publicKey));
    expect(await open("p").get("cold")).to.deep.equal({ name: "cold", publicKey, secret: undefined });
  });

  it("keeps a multisig as its keys and its threshold", async () => {
    const keys = [1, 2, 3].map((n) => recordOf(`k${n}`, secret(n)));
    const team = multisigRecord("team", 2, keys);
    await open("p").add(team);
    expect(await open("p").get("team")).to.deep.equal(team);
    for (const threshold of [0, 4, 1.5]) expect(() => multisigRecord("team", threshold, keys)).to.throw("threshold must be from 1 to 3");
    expect(() => multisigRecord("team", 1, [team])).to.throw("is a multisig itself");
    expect(() => multisigRecord("team", 1, Array.from({ length: 8 }, (_, i) => recordOf(`k${i}`, secret(i + 1))))).to.throw("at most 7 keys");
  });

  for (const name of ["", "a/b", "..", ".hidden", "a b", "x".repeat(65), "open1q53aceu2rk00yqf2yyesu3vuywqqd3d5nnn4rm", "openvaloper1q53aceu2rk00yqf2yyesu3vuywqqd3d5nnn4rm"]) {
    it(`takes no key named "${name.slice(0, 20)}"`, async () => {
      expect(await complaint(() => Promise.resolve().then(() => recordOf(name, secret(1))))).to.match(/no name for a key|named like an address/);
    });
  }
});

describe("the operating system's keyring", () => {
  it("says why it cannot be used, and what can", () => {
    for (const [platform, says] of [["darwin", "not supported yet"], ["linux", "no desktop session"]] as const) {
      expect(() => checkOsKeyring(platform, {})).to.throw(EdgeFailure, new RegExp(`${says}.*--keyring-backend file`));
    }
  });
});
