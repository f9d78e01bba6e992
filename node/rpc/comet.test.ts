import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import WebSocket from "ws";
import { sha256 } from "../../chain/crypto/index.js";
import { equalBytes, parseUtf8, toUpperHex, utf8 } from "../../chain/primitives/index.js";
import { checked, queryResponse } from "../../test/rpc/fake-chain.js";
import { startRpcNode } from "../../test/rpc/rpc-node.js";
import type { AnyJson, RpcNode } from "../../test/rpc/rpc-node.js";
import { DEFAULT_RPC_OPTIONS } from "./options.js";

/** Recorded by scripts/vectors/rpc from CometBFT 0.38.26 with its kvstore: errors as they were, results as shapes. */
interface Exchange {
  readonly name: string;
  readonly verb: string;
  readonly path: string;
  readonly body?: string;
  readonly status: number;
  readonly type: string;
  readonly cacheControl?: string;
  readonly answer?: AnyJson;
  readonly text?: string;
}

interface Recording {
  readonly height: string;
  readonly tx: string;
  readonly edges: readonly Exchange[];
  readonly successes: readonly Exchange[];
  readonly socket: readonly { readonly sent: string; readonly received: AnyJson }[];
  readonly events: Readonly<Record<string, AnyJson>>;
}

const recorded = JSON.parse(readFileSync(new URL("./vectors/comet.json", import.meta.url), "utf8")) as Recording;

/** Where we do something else on purpose: part of the name -> why. */
const DEVIATIONS: Readonly<Record<string, string>> = {
  '"block","params":{"height":1}}': "whole JSON numbers are taken for heights too",
  '"block","params":{"height":"01"}}': "leading zeros are taken",
  "GET /v1/status": "CometBFT 1.x has its methods under /v1/, and clients that try it first find them",
  "PUT ": "methods that change nothing are asked with GET or POST",
  "DELETE ": "methods that change nothing are asked with GET or POST",
};

const isDeviation = (name: string): boolean => Object.keys(DEVIATIONS).some((part) => name.includes(part));

/** Texts that Go's JSON and hex packages made: clients cannot parse them, so the code and what stands before them count. */
const GO_TEXTS = /^(error unmarshaling request: |error converting (?:json|http) params to arguments: |error during searching for a hash in the query: ).*$/;

function comparable(answer: AnyJson): AnyJson {
  if (Array.isArray(answer)) return answer.map(comparable) as AnyJson;
  if (typeof answer !== "object" || answer === null) return answer;
  const { error } = answer;
  if (error === undefined) return { ...answer, result: "present" };
  const isOurs = /expected \d+ parameters/.test(String(error.data));
  const data = isOurs ? String(error.data).replace(/ \(\[\[?.*$/, "") : String(error.data ?? "").replace(GO_TEXTS, "$1");
  return { ...answer, error: { ...error, data } };
}

const kinds: readonly (readonly [RegExp, string])[] = [
  [/^-?\d+$/, "integer text"],
  [/^(?:[0-9A-F]{2}){20,}$/, "hex"],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/, "time"],
];

function shapeOf(value: unknown): AnyJson {
  if (value === null) return "null";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return "number";
  if (typeof value === "string") return kinds.find(([pattern]) => pattern.test(value))?.[1] ?? "text";
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf) as AnyJson;
  return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, shapeOf(item)]));
}

/** Texts that stand for whatever they are on the two chains: an empty hash here, a number there. */
const LOOSE = new Set(["text", "integer text", "hex"]);

/** Where `ours` differs from `theirs`, as paths. Lists are compared by their first items, when both have some. */
function differences(ours: AnyJson, theirs: AnyJson, at = ""): string[] {
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    return ours.length > 0 && theirs.length > 0 ? differences(ours[0], theirs[0], `${at}[]`) : [];
  }
  if (typeof ours === "object" && typeof theirs === "object" && !Array.isArray(ours) && !Array.isArray(theirs)) {
    const keys = new Set([...Object.keys(ours as object), ...Object.keys(theirs as object)]);
    return [...keys].flatMap((key) => {
      if (!(key in ours)) return [`${at}.${key} is missing`];
      return key in theirs ? differences(ours[key], theirs[key], `${at}.${key}`) : [`${at}.${key} is not CometBFT's`];
    });
  }
  const isSame = ours === theirs || (LOOSE.has(String(ours)) && LOOSE.has(String(theirs)));
  return isSame ? [] : [`${at}: ${JSON.stringify(ours)} for ${JSON.stringify(theirs)}`];
}

describe("the RPC beside a real CometBFT", () => {
  let node: RpcNode;
  const tx = utf8(recorded.tx);

  before(async () => {
    const webSocket = { ...DEFAULT_RPC_OPTIONS.webSocket, maxSubscriptionsPerClient: 2 };
    node = await startRpcNode({ maxBodyBytes: 5_000, maxBatch: 3, webSocket });
    const { chain } = node;
    chain.onSubmit = (given) => {
      if (given.length > 1_000) return { kind: "refused", reason: "too-large", message: `Tx too large. Max size is 1000, but got ${given.length}` };
      if (equalBytes(given, tx)) return { kind: "refused", reason: "in-cache", message: "tx already exists in cache" };
      return { kind: "checked", response: checked({ code: parseUtf8(given).includes("=") ? 0 : 2, events: [] }) };
    };
    chain.onQuery = () => queryResponse({ key: utf8("name"), value: utf8("value") });
    chain.commitBlock();
    const attributes = [{ key: "creator", value: "me", index: true }];
    chain.commitBlock([{ tx, result: { events: [{ type: "app", attributes }] } }]);
    chain.commitBlock();
  });
  after(() => node.stop());

  const ask = async ({ verb, path, body }: Exchange): Promise<Response> =>
    fetch(`${node.url}${path}`, { method: verb, ...(body === undefined || verb !== "POST" ? {} : { body }) });

  it("stands at the recorded height", () => {
    expect(node.chain.latestHeight().toString()).to.equal(recorded.height);
  });

  for (const exchange of recorded.edges.filter((e) => !isDeviation(e.name))) {
    it(`answers like it: ${exchange.name}`, async () => {
      const response = await ask(exchange);
      const text = await response.text();
      expect(response.status).to.equal(exchange.status);
      if (exchange.answer === undefined) {
        expect(text.includes("<html>") || text === (exchange.text ?? "")).to.equal(true);
        return;
      }
      expect(response.headers.get("content-type")).to.equal("application/json");
      expect(comparable(JSON.parse(text))).to.deep.equal(comparable(exchange.answer));
    });
  }

  for (const exchange of recorded.successes) {
    it(`gives results of its shape: ${exchange.name}`, async () => {
      if (exchange.name === "broadcast_tx_commit") return;
      const json = (await (await ask(exchange)).json()) as AnyJson;
      const allowed = [
        ".consensus_params.authority is missing", // of 0.38.26; nothing reads it
        ".genesis.consensus_params.authority is missing",
        ".genesis.app_state is not CometBFT's", // the kvstore has none
      ];
      expect(differences(shapeOf(json.result), exchange.answer.result).filter((d) => !allowed.includes(d))).to.deep.equal([]);
    });
  }

  it("sends frames of its shape", async () => {
    const socket = new WebSocket(`${node.url.replace("http", "ws")}/websocket`);
    const frames: AnyJson[] = [];
    socket.on("message", (data: Buffer) => frames.push(JSON.parse(data.toString())));
    await once(socket, "open");
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "subscribe", params: ["tm.event EXISTS"] }));
    await once(socket, "message");
    node.chain.commitBlock([{ tx: utf8("second=thing"), result: { events: [{ type: "app", attributes: [{ key: "k", value: "v", index: true }] }] } }]);
    while (frames.length < 5) await once(socket, "message");
    socket.close();
    expect(frames.slice(1).map((f) => f.result.data.type.replace("tendermint/event/", "") as string)).to.deep.equal([
      "NewBlock", "NewBlockHeader", "NewBlockEvents", "Tx",
    ]);
    for (const { result } of frames.slice(1)) {
      const { events, ...rest } = result;
      expect(events["tm.event"]).to.have.length(1);
      // There CometBFT leaves out the zeros of a result, which block_results writes; we write them everywhere.
      const isZero = (d: string): boolean => /TxResult\.result\.\w+ is not CometBFT's/.test(d);
      const found = differences(shapeOf(rest), recorded.events[rest.data.type]).filter((d) => !isZero(d));
      expect(found, rest.data.type as string).to.deep.equal([]);
    }
  });

  it("answers on the websocket like it, frame by frame", async () => {
    const fresh = await startRpcNode({ webSocket: { ...DEFAULT_RPC_OPTIONS.webSocket, maxSubscriptionsPerClient: 2 } });
    for (let i = 0; i < 3; i++) fresh.chain.commitBlock();
    const socket = new WebSocket(`${fresh.url.replace("http", "ws")}/websocket`);
    await once(socket, "open");
    for (const { sent, received } of recorded.socket) {
      socket.send(sent);
      if (received === null) continue;
      const [data] = (await once(socket, "message")) as [Buffer];
      expect(comparable(JSON.parse(data.toString())), sent.slice(0, 120)).to.deep.equal(comparable(received));
    }
    socket.close();
    await fresh.stop();
  });

  it("knows the transaction by the hash that CometBFT gave it", () => {
    expect(toUpperHex(sha256(tx))).to.equal("5ABF110E958FB4A8F121FCA2D0CFB9B6B4DCEC44C904920E19E51490F422A425");
  });
});
