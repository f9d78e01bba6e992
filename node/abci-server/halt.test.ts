import { expect } from "chai";
import { toHeight } from "../../chain/primitives/index.js";
import { RequestFinalizeBlock, RequestInfo } from "../../proto/gen/tendermint/abci.js";
import { createLocalConnection } from "../app/index.js";
import { isFailure } from "../errors.js";
import { silentLogger } from "../telemetry/log.js";
import { createAbciServer } from "./server.js";
import { createScriptedApp } from "./testkit/scripted-app.js";
import { AbciClient } from "./testkit/socket-client.js";

describe("a halt height under CometBFT", () => {
  it("commits that height and holds the answer back, answers other connections, and hangs up when it stops", async () => {
    const app = createScriptedApp();
    const server = createAbciServer({ app: createLocalConnection(app), log: silentLogger() }, { address: "tcp://127.0.0.1:0", haltHeight: toHeight(2n) });
    const { address } = await server.start();
    const [consensus, query] = [await AbciClient.open(address), await AbciClient.open(address)];
    for (const height of [1n, 2n]) await consensus.ask("finalizeBlock", RequestFinalizeBlock.create({ height }));
    const held = consensus.ask("commit", {}).catch((error: unknown) => error);
    expect((await query.ask("info", RequestInfo.create())).data).to.equal("scripted");
    expect(app.calls.filter((name) => name === "commit")).to.have.length(1);
    await server.stop();
    expect(isFailure(await held, "unreachable")).to.equal(true);
  });

  it("does not let a CometBFT begin that is restarted there", async () => {
    const info = createScriptedApp().info();
    const app = createScriptedApp({ info: () => ({ ...info, lastBlockHeight: toHeight(2n) }) });
    const server = createAbciServer({ app: createLocalConnection(app), log: silentLogger() }, { address: "tcp://127.0.0.1:0", haltHeight: toHeight(2n) });
    const client = await AbciClient.open((await server.start()).address);
    const held = client.ask("info", RequestInfo.create()).catch((error: unknown) => error);
    await server.stop();
    expect(isFailure(await held, "unreachable")).to.equal(true);
  });
});
