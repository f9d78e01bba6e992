import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, credentials } from "@grpc/grpc-js";
import { expect } from "chai";
import { toHeight } from "../../chain/primitives/index.js";
import { QueryAccountInfoRequest, QueryAccountInfoResponse } from "../../proto/gen/cosmos/auth/v1beta1.js";
import { RequestCheckTx, RequestEcho, RequestInfo, ResponseCheckTx } from "../../proto/gen/tendermint/abci.js";
import { createLocalConnection } from "../app/index.js";
import { parseGenesis } from "../config/genesis.js";
import { installNativeCrypto } from "../crypto/native.js";
import { initChainRequest } from "../engine/requests.js";
import { silentLogger } from "../telemetry/log.js";
import { createAbciServer } from "./server.js";
import { ALICE, cometGenesis, openApp, sendOne } from "./testkit/comet-chain.js";
import type { OpenedApp } from "./testkit/comet-chain.js";
import { AbciClient } from "./testkit/socket-client.js";
import type { AbciServer } from "./types.js";

const WRONG_SEQUENCE = 32;

/** CometBFT's mempool is in memory: what a CometBFT that died has checked is nowhere any more, and its senders send it again. */
describe("the application's check state", () => {
  let dir = "";
  let opened: OpenedApp;
  let server: AbciServer | undefined;
  let tx: Uint8Array;

  before(() => installNativeCrypto());
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "begin-again-"));
    opened = await openApp(dir);
    opened.app.initChain(initChainRequest(parseGenesis(cometGenesis())));
    const data = QueryAccountInfoRequest.encode({ address: ALICE.text });
    const { value } = opened.app.query({ path: "/cosmos.auth.v1beta1.Query/AccountInfo", data, height: toHeight(0n), prove: false });
    tx = sendOne(0n, QueryAccountInfoResponse.decode(value).info?.accountNumber ?? 0n);
  });
  afterEach(async () => {
    await server?.stop();
    await opened.kv.close();
    rmSync(dir, { recursive: true, force: true });
  });

  async function start(address: string): Promise<string> {
    server = createAbciServer({ app: createLocalConnection(opened.app), log: silentLogger() }, { address });
    return (await server.start()).address;
  }

  it("begins at the last commit with the mempool of each CometBFT, and goes on while that one lives", async () => {
    const address = await start("tcp://127.0.0.1:0");
    const check = async (client: AbciClient): Promise<number> => (await client.ask("checkTx", RequestCheckTx.create({ tx }))).code;
    const first = await AbciClient.open(address);
    expect([await check(first), await check(first)]).to.deep.equal([0, WRONG_SEQUENCE]);
    const query = await AbciClient.open(address);
    await query.ask("info", RequestInfo.create()); // as /abci_info of CometBFT's RPC asks, at any time
    expect(await check(first)).to.equal(WRONG_SEQUENCE);
    await Promise.all([first.close(), query.close()]);
    const second = await AbciClient.open(address);
    expect([await check(second), await check(second)]).to.deep.equal([0, WRONG_SEQUENCE]);
    await second.close();
  });

  it("does so over gRPC, where each CometBFT says hello", async () => {
    const address = await start("grpc://127.0.0.1:0");
    const client = new Client(address.slice("grpc://".length), credentials.createInsecure());
    const call = (method: string, request: Uint8Array): Promise<Uint8Array> =>
      new Promise((resolve, reject) => {
        const asIs = (bytes: Buffer): Buffer => bytes;
        client.makeUnaryRequest(`/tendermint.abci.ABCI/${method}`, asIs, asIs, Buffer.from(request), (error, answer) => {
          if (error === null && answer !== undefined) resolve(new Uint8Array(answer));
          else reject(error ?? new TypeError("no answer"));
        });
      });
    const check = async (): Promise<number> => ResponseCheckTx.decode(await call("CheckTx", RequestCheckTx.encode(RequestCheckTx.create({ tx })))).code;
    expect([await check(), await check()]).to.deep.equal([0, WRONG_SEQUENCE]);
    await call("Echo", RequestEcho.encode({ message: "hello" }));
    expect([await check(), await check()]).to.deep.equal([0, WRONG_SEQUENCE]);
    client.close();
  });
});
