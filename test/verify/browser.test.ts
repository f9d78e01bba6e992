import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { toHex } from "../../chain/primitives/index.js";
import { createHttpDoor, createVerifier } from "../../client/verify/index.js";
import { INFERENCE, VECTORS_CID, paidAnswer, writeAnswer } from "./paid-answer.js";
import { START_SECONDS, createProvenChain } from "./proven-chain.js";
import type { ProvenChain } from "./proven-chain.js";
import { bundle, hasBrowser, plain, verifyInPage } from "./page.js";

const NOW = Number(START_SECONDS + 60n) * 1_000;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** RPC, blob gateway and the page, from one origin. */
function serve(chain: ProvenChain, script: Uint8Array): Server {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { url = "/" } = request;
    if (request.method === "POST") {
      const { method, params } = JSON.parse(await bodyOf(request)) as { method: string; params: Record<string, string> };
      response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result: await chain.door.rpc(method, params) }));
    } else if (url.startsWith("/openledger/blobs/v1/")) {
      response.end(await chain.door.blob(url.slice("/openledger/blobs/v1/".length)));
    } else if (url === "/verify.js") {
      response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    } else {
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>verify</title>");
    }
  };
  return createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(404).end());
  });
}

describe("verifyPayout in a browser", function () {
  this.timeout(60_000);
  let server: Server | undefined;
  let chain: ProvenChain;
  let origin: string;
  const requestOf = () => ({
    origin,
    rpc: origin,
    blobs: origin,
    trust: { height: 1n, hash: toHex(chain.trustHash) },
    inferenceId: INFERENCE,
    now: NOW,
  });

  before(async function () {
    if (!hasBrowser()) return this.skip();
    const answer = paidAnswer();
    chain = createProvenChain({ heights: 6, write: (h, stores) => h === 2 && writeAnswer(stores, answer), blobs: answer.blobs });
    server = serve(chain, await bundle());
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server?.close());

  it("comes to the same result as in Node, byte for byte", async () => {
    const trust = { height: 1n, hash: chain.trustHash };
    const door = createHttpDoor({ rpc: origin, blobs: origin });
    const here = await createVerifier({ door, trust, now: () => NOW }).verifyPayout(INFERENCE);
    expect(await verifyInPage(requestOf())).to.equal(plain(here));
    expect(here.equal).to.equal(true);
  });

  it("refuses vectors that were changed", async () => {
    const vectors = chain.blobs.get(VECTORS_CID) ?? expect.fail("no vectors");
    chain.blobs.set(VECTORS_CID, vectors.map((b, i) => (i === 200 ? b ^ 1 : b)));
    expect(await verifyInPage(requestOf())).to.match(/^VerifyFailure untrusted /);
    chain.blobs.set(VECTORS_CID, vectors);
  });
});
