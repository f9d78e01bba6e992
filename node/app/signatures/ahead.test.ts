import { expect } from "chai";
import { concatBytes, utf8 } from "../../../chain/primitives/index.js";
import { createSigner, signTransaction } from "../../../chain/testkit/signer.js";
import { readDirectSignature } from "../../../chain/kernel/index.js";
import { createLogger } from "../../telemetry/log.js";
import { createSignaturesAhead } from "./ahead.js";
import type { KnownSigner, SignaturesAhead } from "./types.js";

const CHAIN = { chainId: "open-test-1" };
const signers = ["ann", "bob", "cid"].map(createSigner);

function txOf(index: number, accountNumber: bigint, sequence = 0n): Uint8Array {
  const [signer = createSigner("")] = signers.slice(index);
  return signTransaction(signer, [], { ...CHAIN, accountNumber, sequence, gas: 1n, fee: 0n });
}

const known = (index: number, accountNumber: bigint): KnownSigner => ({ publicKey: readDirectSignature(txOf(index, 0n))?.publicKey ?? new Uint8Array(0), accountNumber });

describe("signatures checked ahead", function () {
  this.timeout(60_000);
  const lines: string[] = [];
  const log = createLogger({ levels: { fallback: "info", services: [] }, destination: { write: (line: string) => void lines.push(line) } });
  let ahead: SignaturesAhead;
  beforeEach(() => {
    lines.length = 0;
    ahead = createSignaturesAhead({ ...CHAIN, log });
  });
  afterEach(() => ahead.close());
  const ask = (txs: readonly Uint8Array[]): Promise<(bigint | undefined)[]> => Promise.all(txs.map((tx) => ahead.signedFor(tx)));

  it("are unknown until CheckTx has told whose they are, and then good for that number and no other", async () => {
    const txs = [txOf(0, 5n), txOf(1, 6n), txOf(0, 7n), utf8("no transaction"), new Uint8Array(0)];
    expect(await ask(txs)).to.deep.equal(txs.map(() => undefined));
    ahead.learn([known(0, 5n), known(1, 6n)]);
    expect(await ask(txs)).to.deep.equal([5n, 6n, undefined, undefined, undefined]);
    const [good = new Uint8Array(0)] = txs;
    expect(await ask([concatBytes(good.subarray(0, -1), Uint8Array.of((good.at(-1) ?? 0) ^ 1))])).to.deep.equal([undefined]);
  });

  it("are answered in the order of asking, whatever is known", async () => {
    ahead.learn([known(0, 5n)]);
    const answered: string[] = [];
    const asked = Array.from({ length: 40 }, (_, i) => {
      const tx = i % 3 === 0 ? txOf(0, 5n, BigInt(i)) : txOf(1, 6n, BigInt(i));
      const answer = ahead.signedFor(tx).then((number) => void answered.push(`${i} ${number}`));
      return i % 7 === 0 ? Promise.race([answer, Promise.resolve()]) : answer;
    });
    await Promise.all(asked);
    expect(answered).to.deep.equal(Array.from({ length: 40 }, (_, i) => `${i} ${i % 3 === 0 ? "5" : "undefined"}`));
  });

  it("are left to the application when the thread has died, which is said once", async () => {
    const program = new URL(`data:text/javascript,${encodeURIComponent('import { parentPort } from "node:worker_threads"; parentPort.once("message", () => { throw new Error("out of order"); });')}`);
    const dying = createSignaturesAhead({ ...CHAIN, log, program });
    expect(await Promise.all([dying.signedFor(txOf(0, 5n)), dying.signedFor(txOf(1, 5n))])).to.deep.equal([undefined, undefined]);
    expect(await dying.signedFor(txOf(2, 5n))).to.equal(undefined);
    dying.learn([known(0, 5n)]);
    await dying.close();
    expect(lines.filter((line) => line.includes("the signature thread has ended"))).to.have.lengthOf(1);
  });
});
