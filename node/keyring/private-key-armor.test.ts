import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parseHex, toHex } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { parseArmor } from "./ascii-armor.js";
import { armorPrivateKey, unarmorPrivateKey } from "./private-key-armor.js";

interface Vectors {
  readonly cases: readonly { readonly secret_hex: string; readonly passphrase: string; readonly armor: string }[];
}

const { cases } = JSON.parse(readFileSync(new URL("vectors/armor.json", import.meta.url), "utf8")) as Vectors;

async function complaint(text: string, passphrase: string): Promise<string> {
  try {
    await unarmorPrivateKey(text, passphrase);
  } catch (error) {
    if (error instanceof EdgeFailure) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "";
}

describe("an armored private key", () => {
  for (const { secret_hex: secret, passphrase, armor } of cases) {
    it(`of Cosmos SDK 0.50 is read (passphrase "${passphrase}")`, async () => {
      expect(toHex(await unarmorPrivateKey(armor, passphrase))).to.equal(secret);
    });
  }

  it("comes back, and has the SDK's shape", async () => {
    const secret = parseHex(cases[0]!.secret_hex);
    const text = await armorPrivateKey(secret, "a passphrase");
    expect(await unarmorPrivateKey(text, "a passphrase")).to.deep.equal(secret);
    const [ours, theirs] = [parseArmor(text), parseArmor(cases[0]!.armor)];
    expect(ours.type).to.equal(theirs.type);
    expect(Object.keys(ours.headers)).to.have.members(Object.keys(theirs.headers));
    expect(ours.body).to.have.lengthOf(theirs.body.length);
    expect(ours.headers["salt"]).to.not.equal((parseArmor(await armorPrivateKey(secret, "a passphrase"))).headers["salt"]);
  });

  it("is refused under a wrong passphrase", async () => {
    expect(await complaint(cases[0]!.armor, "another one")).to.equal("config: wrong passphrase for this armored key");
  });

  const { armor } = cases[0]!;
  const lines = armor.trim().split("\n");
  const swap = (from: RegExp, to: string): string => armor.replace(from, to);
  for (const [what, text, says] of [
    ["nothing", "", "does not begin"],
    ["no end", lines.slice(0, -1).join("\n"), "does not end"],
    ["a changed letter", swap(/\n\n(.)/, (armor.includes("\n\nA") ? "\n\nB" : "\n\nA")), "checksum is wrong"],
    ["no base64", swap(/\n\n./, "\n\n*"), "no base64"],
    ["no salt", swap(/salt: .*\n/, ""), "has no salt"],
    ["another curve", swap(/type: .*\n/, "type: ed25519\n"), 'type "ed25519"'],
    ["bcrypt", swap(/kdf: .*\n/, "kdf: bcrypt\n"), "SDK 0.47 or older"],
    ["another kdf", swap(/kdf: .*\n/, "kdf: md5\n"), 'unknown kdf "md5"'],
    ["another block", armor.replaceAll("PRIVATE KEY", "PUBLIC KEY"), "TENDERMINT PRIVATE KEY is needed"],
    ["no end to its text", `${armor}${"x".repeat(70_000)}`, "too long"],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      expect(await complaint(text, "a long passphrase")).to.contain(says);
    });
  }
});
