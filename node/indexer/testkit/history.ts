/** A made-up chain that is the same wherever it is made: blocks with transactions, failures, repeats and events. Tests only. */
import type { Event } from "../../../chain/abci/index.js";
import { utf8 } from "../../../chain/primitives/index.js";
import { FakeChain } from "../../../test/rpc/fake-chain.js";
import type { FakeTx } from "../../../test/rpc/fake-chain.js";

const event = (type: string, ...pairs: readonly (readonly [string, string])[]): Event => ({
  type,
  attributes: pairs.map(([key, value], i) => ({ key, value, index: i % 3 !== 2 })),
});

/** The transactions of a height; every tenth is one that stood in an earlier block already. */
export function txsOf(height: number): FakeTx[] {
  return Array.from({ length: height % 5 }, (_, i) => {
    const isRepeat = (height + i) % 10 === 0;
    const text = isRepeat ? "again" : `tx ${height}/${i}`;
    const events = [
      event("transfer", ["recipient", `r${(height * 7 + i) % 13}`], ["amount", `${height * 100 + i}uopen`], ["hidden", "x"]),
      event("message", ["sender", `s${i}`]),
    ];
    return { tx: utf8(text), result: { code: (height + i) % 4 === 0 ? 5 : 0, events } };
  });
}

export function commitNext(chain: FakeChain): void {
  const height = chain.blocks.length + 1;
  chain.commitBlock(txsOf(height), { events: [event("minted", ["at", `${height}`])] });
}

/** A chain of so many blocks. */
export function chainOf(blocks: number): FakeChain {
  const chain = new FakeChain();
  for (let i = 0; i < blocks; i++) commitNext(chain);
  return chain;
}
