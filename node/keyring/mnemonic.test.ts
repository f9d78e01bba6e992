import { DirectSecp256k1HdWallet } from "@cosmjs/proto-signing";
import { EnglishMnemonic, stringToPath } from "@cosmjs/crypto";
import { bech32 } from "@scure/base";
import { expect } from "chai";
import { EdgeFailure } from "../errors.js";
import { COIN_TYPE, deriveSecret, generateMnemonic, hdPathOf, parseMnemonic } from "./mnemonic.js";
import { addressOf, formatAddressAs, recordOf } from "./record.js";

const TREZOR = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
const PATH = "m/44'/118'/0'/0/0";

async function addressAt(mnemonic: string, path: string): Promise<string> {
  return formatAddressAs("acc", addressOf(recordOf("k", await deriveSecret(mnemonic, path))));
}

function complaint(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof EdgeFailure) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "";
}

describe("mnemonics", () => {
  it("lead to the address that every Cosmos wallet shows for the all-abandon mnemonic", async () => {
    const { words } = bech32.decode((await addressAt(TREZOR, PATH)) as `${string}1${string}`);
    expect(bech32.encode("cosmos", words)).to.equal("cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4");
  });

  for (const [account, index, coinType] of [[0, 0, 118], [0, 7, 118], [3, 1, 118], [0, 0, 60]] as const) {
    it(`lead to CosmJS's own address for account ${account}, index ${index}, coin ${coinType}`, async () => {
      const mnemonic = generateMnemonic();
      const path = hdPathOf({ account, index, coinType });
      const wallet = await DirectSecp256k1HdWallet.fromMnemonic(mnemonic, { prefix: "open", hdPaths: [stringToPath(path)] });
      expect(await addressAt(mnemonic, path)).to.equal((await wallet.getAccounts())[0]!.address);
    });
  }

  it("give other keys under a BIP 39 passphrase", async () => {
    expect(await deriveSecret(TREZOR, PATH, "x")).to.not.deep.equal(await deriveSecret(TREZOR, PATH));
  });

  it("are made of 24 words, new each time", () => {
    const [one, two] = [generateMnemonic(), generateMnemonic()];
    expect(one.split(" ")).to.have.lengthOf(24);
    expect(one).to.not.equal(two);
    expect(new EnglishMnemonic(one).toString()).to.equal(one);
  });

  it("are read whatever the spaces and capitals", () => {
    expect(parseMnemonic(`  ${TREZOR.toUpperCase().replaceAll(" ", "\n ")} \n`)).to.equal(TREZOR);
  });

  for (const [what, words, says] of [
    ["nothing", "", "not 0"],
    ["thirteen words", `${TREZOR} abandon`, "not 13"],
    ["a word of no list", TREZOR.replace("about", "aboot"), "word 12 of the mnemonic"],
    ["a wrong checksum", TREZOR.replace("about", "abandon"), "checksum is wrong"],
  ] as const) {
    it(`are refused with ${what}, and never repeated in the message`, () => {
      const said = complaint(() => parseMnemonic(words));
      expect(said).to.contain(says);
      expect(said).to.not.contain("aboot");
    });
  }
});

describe("HD paths", () => {
  it("follow BIP 44 from the three numbers", () => {
    expect(hdPathOf({ coinType: COIN_TYPE, account: 2, index: 5 })).to.equal("m/44'/118'/2'/0/5");
  });

  it("are taken whole, with or without m/", () => {
    expect(hdPathOf({ hdPath: "44'/60'/0'/0/0", coinType: 118, account: 0, index: 0 })).to.equal("m/44'/60'/0'/0/0");
  });

  for (const hdPath of ["", "m", "m/", "m/44h/0", "m/44'/x", "m/2147483648", `m${"/1".repeat(11)}`]) {
    it(`are refused as "${hdPath}"`, () => {
      expect(complaint(() => hdPathOf({ hdPath, coinType: 118, account: 0, index: 0 }))).to.contain("is no HD path");
    });
  }
});
