import { expect } from "chai";
import { toHeight } from "../../chain/primitives/index.js";
import { QueryAccountInfoRequest, QueryAccountInfoResponse } from "../../proto/gen/cosmos/auth/v1beta1.js";
import { ALICE, sendOne } from "../abci-server/testkit/comet-chain.js";
import { Sender, bobsBalance } from "../abci-server/testkit/comet-client.js";
import { cometOrSkip } from "../abci-server/testkit/comet-home.js";
import { installNativeCrypto } from "../crypto/native.js";
import type { Engine } from "../engine/index.js";
import { moveToComet, moveToEmbedded } from "./index.js";
import { MoveLab, chainOf, chainOfComet, stands } from "./testkit/move-lab.js";

async function send(engine: Engine, sequence: bigint, account: bigint): Promise<void> {
  const submitted = await engine.pool.submit(sendOne(sequence, account));
  expect(submitted.kind === "checked" ? submitted.response.code : submitted.reason).to.equal(0);
}

async function aliceNumber(engine: Engine): Promise<bigint> {
  const data = QueryAccountInfoRequest.encode({ address: ALICE.text });
  const { value } = await engine.query({ path: "/cosmos.auth.v1beta1.Query/AccountInfo", data, height: toHeight(0n), prove: false });
  return QueryAccountInfoResponse.decode(value).info?.accountNumber ?? 0n;
}

describe("a chain moves between the embedded engine and the real CometBFT", function () {
  this.timeout(240_000);
  let lab: MoveLab | undefined;

  before(function () {
    lab = new MoveLab(cometOrSkip(this));
    installNativeCrypto();
  });
  after(() => lab?.close());

  it("and back, and over again: every block of every height is still served, and the state goes on", async () => {
    if (lab === undefined) throw new Error("no lab");
    const first = await lab.embedded(6n);
    await stands(first.engine, 2n);
    const account = await aliceNumber(first.engine);
    for (const sequence of [0n, 1n, 2n]) await send(first.engine, sequence, account);
    await stands(first.engine, 6n);
    const chain = new Map(chainOf(first.engine));
    await first.stop();
    expect(chain.size).to.equal(6);

    expect(await moveToComet(lab.options)).to.deep.equal({ base: 1n, top: 6n, written: 6n });
    const second = await lab.comet(14n);
    await second.comet.reached(9n);
    expect(second.comet.log).to.not.contain("error on catchup replay");
    const before = await bobsBalance(second.comet);
    const sender = new Sender(3n);
    await sender.send(second.comet, 4);
    await second.comet.reached(14n);
    expect(await bobsBalance(second.comet)).to.equal(before + 4n);
    const under = await chainOfComet(second.comet, 14n);
    for (const [height, block] of chain) expect(under.get(height), `height ${height}`).to.equal(block);
    await second.stop();

    expect(await moveToEmbedded(lab.options)).to.deep.equal({ base: 1n, top: 14n, written: 8n });
    const third = await lab.embedded(20n);
    await stands(third.engine, 16n);
    await send(third.engine, 7n, account);
    await stands(third.engine, 20n);
    const all = chainOf(third.engine);
    for (const [height, block] of under) expect(all.get(height), `height ${height}`).to.equal(block);
    expect(third.engine.validators(toHeight(9n))?.validators.length).to.equal(1);
    await third.stop();

    expect(await moveToComet(lab.options)).to.deep.equal({ base: 1n, top: 20n, written: 20n });
    const fourth = await lab.comet(0n);
    await fourth.comet.reached(23n);
    expect(await bobsBalance(fourth.comet)).to.equal(before + 5n);
    const again = await chainOfComet(fourth.comet, 20n);
    for (const [height, block] of all) expect(again.get(height), `height ${height}`).to.equal(block);
    await fourth.stop();
  });
});
