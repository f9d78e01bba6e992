import { Client, credentials, status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { expect } from "chai";
import { utf8 } from "../../chain/primitives/index.js";
import {
  RequestCheckTx,
  RequestEcho,
  RequestFinalizeBlock,
  RequestQuery,
  ResponseCheckTx,
  ResponseEcho,
  ResponseFinalizeBlock,
  ResponseQuery,
} from "../../proto/gen/tendermint/abci.js";
import { silentLogger } from "../telemetry/log.js";
import { createLocalConnection } from "../app/index.js";
import { createAbciServer } from "./server.js";
import { createScriptedApp } from "./testkit/scripted-app.js";
import type { AbciServer } from "./types.js";

describe("ABCI over gRPC", () => {
  let server: AbciServer;
  let client: Client;
  const fatal: unknown[] = [];

  before(async () => {
    const app = createScriptedApp({
      commit: () => {
        throw new Error("a broken promise");
      },
    });
    server = createAbciServer({ app: createLocalConnection(app), log: silentLogger(), onFatal: (error) => fatal.push(error) }, { address: "grpc://127.0.0.1:0" });
    const { address } = await server.start();
    client = new Client(address.slice("grpc://".length), credentials.createInsecure());
  });
  after(async () => {
    client.close();
    await server.stop();
  });

  /** The answer's bytes, or the status. */
  function call(method: string, request: Uint8Array): Promise<Uint8Array | number> {
    const asIs = (bytes: Buffer): Buffer => bytes;
    return new Promise((resolve) => {
      client.makeUnaryRequest(`/tendermint.abci.ABCI/${method}`, asIs, asIs, Buffer.from(request), (error: ServiceError | null, answer) => {
        resolve(error === null ? new Uint8Array(answer ?? Buffer.alloc(0)) : error.code);
      });
    });
  }

  async function answered(method: string, request: Uint8Array): Promise<Uint8Array> {
    const answer = await call(method, request);
    return typeof answer === "number" ? expect.fail(`status ${answer}`) : answer;
  }

  it("answers calls of each kind", async () => {
    expect(ResponseEcho.decode(await answered("Echo", RequestEcho.encode({ message: "hello" }))).message).to.equal("hello");
    const checked = await answered("CheckTx", RequestCheckTx.encode(RequestCheckTx.create({ tx: utf8("t") })));
    expect(ResponseCheckTx.decode(checked).data).to.deep.equal(utf8("t"));
    const finalized = await answered("FinalizeBlock", RequestFinalizeBlock.encode(RequestFinalizeBlock.create({ height: 1n, txs: [utf8("t")] })));
    expect(ResponseFinalizeBlock.decode(finalized).txResults).to.have.length(1);
    expect(await answered("Flush", new Uint8Array(0))).to.deep.equal(new Uint8Array(0));
  });

  it("answers bad fields with a code where there is one, and with a status where there is none", async () => {
    const negative = ResponseQuery.decode(await answered("Query", RequestQuery.encode(RequestQuery.create({ height: -1n }))));
    expect(negative).to.deep.include({ code: 18, codespace: "sdk" });
    expect(ResponseQuery.decode(await answered("Query", Uint8Array.of(0x12, 0x01, 0xff))).code).to.equal(18);
    expect(await call("FinalizeBlock", Uint8Array.of(0x28, 0x80))).to.equal(status.INVALID_ARGUMENT);
    expect(await call("InsertTx", new Uint8Array(0))).to.equal(status.UNIMPLEMENTED);
    expect(fatal).to.deep.equal([]);
  });

  it("answers the application's own fault with a status, and tells the node to halt", async () => {
    expect(await call("Commit", new Uint8Array(0))).to.equal(status.INTERNAL);
    expect(fatal).to.have.length(1);
  });
});
