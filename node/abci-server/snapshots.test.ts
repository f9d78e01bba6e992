import { expect } from "chai";
import { toHeight, utf8 } from "../../chain/primitives/index.js";
import { RequestApplySnapshotChunk, ResponseApplySnapshotChunk_Result, ResponseOfferSnapshot_Result } from "../../proto/gen/tendermint/abci.js";
import type { Snapshot, Snapshots } from "../snapshots/types.js";
import { silentLogger } from "../telemetry/log.js";
import { createLocalConnection } from "../app/index.js";
import { createAbciServer } from "./server.js";
import { createScriptedApp } from "./testkit/scripted-app.js";
import { AbciClient } from "./testkit/socket-client.js";
import type { AbciServer } from "./types.js";

const SNAPSHOT: Snapshot = { height: toHeight(40n), format: 1, chunks: 2, hash: new Uint8Array(32).fill(1), metadata: utf8("m") };

function scripted(asked: unknown[]): Snapshots {
  return {
    list: () => Promise.resolve([SNAPSHOT]),
    offer: (snapshot, appHash) => {
      asked.push(["offer", snapshot, appHash]);
      return Promise.resolve("reject-sender");
    },
    loadChunk: (request) => {
      asked.push(["load", request]);
      return Promise.resolve(utf8("chunk"));
    },
    applyChunk: (request) => {
      asked.push(["apply", request]);
      return Promise.resolve({ result: "retry", refetchChunks: [0], rejectSenders: ["peer"] });
    },
  };
}

describe("the snapshot connection", () => {
  let server: AbciServer | undefined;
  afterEach(() => server?.stop());

  async function open(snapshots?: Snapshots): Promise<AbciClient> {
    server = createAbciServer({ app: createLocalConnection(createScriptedApp()), log: silentLogger(), ...(snapshots === undefined ? {} : { snapshots }) }, { address: "tcp://127.0.0.1:0" });
    return AbciClient.open((await server.start()).address);
  }

  it("passes what CometBFT asks to the snapshots of the node, and their answers back", async () => {
    const asked: unknown[] = [];
    const client = await open(scripted(asked));
    expect((await client.ask("listSnapshots", {})).snapshots).to.deep.equal([SNAPSHOT]);
    const appHash = utf8("hash");
    expect((await client.ask("offerSnapshot", { snapshot: SNAPSHOT, appHash })).result).to.equal(ResponseOfferSnapshot_Result.REJECT_SENDER);
    expect((await client.ask("loadSnapshotChunk", { height: 40n, format: 1, chunk: 1 })).chunk).to.deep.equal(utf8("chunk"));
    const chunk = { index: 1, chunk: utf8("c"), sender: "peer" };
    const { RETRY } = ResponseApplySnapshotChunk_Result;
    expect(await client.ask("applySnapshotChunk", chunk)).to.deep.equal({ result: RETRY, refetchChunks: [0], rejectSenders: ["peer"] });
    expect(asked).to.deep.equal([
      ["offer", SNAPSHOT, appHash],
      ["load", { height: 40n, format: 1, chunk: 1 }],
      ["apply", chunk],
    ]);
    await client.close();
  });

  it("lists none and takes none where the node has no snapshots", async () => {
    const client = await open();
    expect((await client.ask("listSnapshots", {})).snapshots).to.deep.equal([]);
    expect((await client.ask("offerSnapshot", { snapshot: SNAPSHOT, appHash: utf8("h") })).result).to.equal(ResponseOfferSnapshot_Result.ABORT);
    expect((await client.ask("loadSnapshotChunk", { height: 1n, format: 1, chunk: 0 })).chunk).to.deep.equal(new Uint8Array(0));
    expect((await client.ask("applySnapshotChunk", RequestApplySnapshotChunk.create())).result).to.equal(ResponseApplySnapshotChunk_Result.ABORT);
    await client.close();
  });
});
