import { expect } from "chai";
import { MsgSend, MsgSendResponse } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { parseAddress } from "../codec/index.js";
import { rejection } from "../testkit/rejects.js";
import { anyOf, createSigner, signTransaction } from "../testkit/signer.js";
import { messageRoute } from "./module.js";
import type { MessageRoute } from "./module.js";
import { createTransactionCache } from "./transaction-cache.js";

const [from, to] = [createSigner("cache from"), createSigner("cache to")];

/** A router that counts how often a message is decoded. */
function counting() {
  const seen = { parses: 0 };
  const route: MessageRoute = messageRoute({
    request: MsgSend,
    response: MsgSendResponse,
    parse(wire) {
      seen.parses++;
      return parseAddress(wire.fromAddress);
    },
    signers: (address) => [address],
    handle: () => ({}),
  });
  return { seen, router: { message: (url: string) => (url === route.typeUrl ? route : undefined), query: () => undefined } };
}

function send(sequence: bigint): Uint8Array {
  const message = anyOf(MsgSend, { fromAddress: from.text, toAddress: to.text, amount: [{ denom: "uopen", amount: "1" }] });
  return signTransaction(from, [message], { chainId: "cache", accountNumber: 0n, sequence, gas: 1n, fee: 1n });
}

describe("decoded transactions", () => {
  it("are decoded once when they are kept, and give the same as a decode", () => {
    const { seen, router } = counting();
    const cache = createTransactionCache(router);
    const bytes = send(0n);
    const first = cache.parse(bytes);
    cache.keep(first);
    expect(cache.parse(bytes.slice())).to.equal(first);
    expect(seen.parses).to.equal(1);
    const fresh = createTransactionCache(router).parse(bytes);
    expect([fresh.hash, fresh.size, fresh.body, fresh.authInfo]).to.deep.equal([first.hash, first.size, first.body, first.authInfo]);
  });

  it("are decoded each time when nobody keeps them: what fails its checks takes no room", () => {
    const { seen, router } = counting();
    const cache = createTransactionCache(router);
    const bytes = send(0n);
    for (let i = 0; i < 3; i++) cache.parse(bytes);
    expect(seen.parses).to.equal(3);
  });

  it("are told apart by every byte", () => {
    const { router } = counting();
    const cache = createTransactionCache(router);
    const bytes = send(0n);
    cache.keep(cache.parse(bytes));
    const other = bytes.slice();
    other[other.length - 1] = (other[other.length - 1] as number) ^ 1;
    expect(cache.parse(other).hash).not.to.deep.equal(cache.parse(bytes).hash);
    expect(rejection(() => cache.parse(bytes.slice(1)))).to.match(/^sdk\/2/);
  });

  it("take no more room than they may: the oldest go first", () => {
    const { seen, router } = counting();
    const all = Array.from({ length: 200 }, (_, i) => send(BigInt(i)));
    const [first] = all as [Uint8Array];
    const cache = createTransactionCache(router, 8 * first.length * 50);
    for (const bytes of all) cache.keep(cache.parse(bytes));
    seen.parses = 0;
    for (const bytes of all.slice(-20)) cache.parse(bytes);
    expect(seen.parses, "the last ones are there").to.equal(0);
    for (const bytes of all.slice(0, 100)) cache.parse(bytes);
    expect(seen.parses, "the first ones are gone").to.equal(100);
  });
});
