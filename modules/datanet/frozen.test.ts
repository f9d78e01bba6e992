import { expect } from "chai";
import { toHex } from "../../chain/primitives/index.js";
import { ALICE, BOB, STRANGER, commit, contribute, createDatanet, createEconomy, createVersion, lastTask, publishDatanet, reveal, rowsOf, MATCHES } from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { datanetService } from "./service.js";

const frozenAfter = ({ ctx }: Economy, after: bigint) => datanetService.frozenAfter(ctx, 1n, after);
const hashes = (rows: readonly { readonly hash: Uint8Array }[]): string[] => rows.map((r) => toHex(r.hash));

function started(): Economy {
  const e = createEconomy();
  publishDatanet(e, createDatanet(e));
  return e;
}

describe("contributions that are in a version", () => {
  it("are found one after the other, with the rows that count there", () => {
    const e = started();
    contribute(e, ALICE, 1n, { n: 1, texts: ["tyger", "burning", "tyger"] });
    contribute(e, BOB, 1n, { n: 2, texts: ["burning", "night"] });
    expect(frozenAfter(e, 0n), "accepted and in no version").to.equal(undefined);
    createVersion(e, 1n);
    const [first, second] = [frozenAfter(e, 0n)!, frozenAfter(e, 1n)!];
    expect([first.id, first.contributor, hashes(first.rows)]).to.deep.equal([1n, ALICE, hashes(rowsOf(["tyger", "burning"]))]);
    expect([second.id, second.contributor, hashes(second.rows)]).to.deep.equal([2n, BOB, hashes(rowsOf(["night"]))]);
    expect(frozenAfter(e, 2n)).to.equal(undefined);
    expect(datanetService.frozenAfter(e.ctx, 2n, 0n)).to.equal(undefined);
  });

  it("of a later version have higher ids than those of an earlier one, though accepted before", () => {
    const e = started();
    const early = commit(e, ALICE, 1n, 1);
    contribute(e, BOB, 1n, { n: 2, texts: ["accepted first"] });
    contribute(e, STRANGER, 1n, { n: 3, texts: ["and second"] });
    reveal(e, ALICE, early, { n: 1, texts: ["revealed last", "accepted first"] });
    e.desk.resolve(e.ctx, lastTask(e), MATCHES);
    createVersion(e, 1n);
    expect(frozenAfter(e, 0n)?.rows).to.have.length(2);
    expect(frozenAfter(e, 1n)?.rows, "the earlier commit owns the row").to.have.length(0);
    expect(frozenAfter(e, 2n)?.rows).to.have.length(1);
    contribute(e, BOB, 1n, { n: 4, texts: ["the next version"] });
    createVersion(e, 1n);
    expect(frozenAfter(e, 3n)?.id).to.equal(4n);
  });
});
