import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { existsSync } from "node:fs";
import { expect } from "chai";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { toHex } from "../../chain/primitives/index.js";
import { createHttpDoor, createVerifier } from "../../client/verify/index.js";
import { INFERENCE, VECTORS_CID, paidAnswer, writeAnswer } from "./paid-answer.js";
import { START_SECONDS, createProvenChain } from "./proven-chain.js";
import type { ProvenChain } from "./proven-chain.js";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const NOW = Number(START_SECONDS + 60n) * 1_000;

/** The verifier as `npm run build` bundles it for pages. */
async function bundle(): Promise<Uint8Array> {
  const options = { bundle: true, format: "esm", platform: "browser", target: "es2022", minify: true, write: false } as const;
  const { outputFiles } = await build({ entryPoints: ["client/verify/index.ts"], ...options });
  return outputFiles[0]?.contents ?? expect.fail("no bundle");
}

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

/** Loads the bundle in a page and verifies there; what comes back is plain text. */
async function verifyInPage(origin: string, trust: string, blob = ""): Promise<string> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(origin);
    return await page.evaluate(
      `(async () => {
        const { createHttpDoor, createVerifier } = await import("/verify.js");
        const hash = Uint8Array.from("${trust}".match(/../g), (x) => parseInt(x, 16));
        const door = createHttpDoor({ rpc: "${origin}", blobs: "${origin}${blob}" });
        const verifier = createVerifier({ door, trust: { height: 1n, hash }, now: () => ${NOW} });
        const found = await verifier.verifyPayout(${INFERENCE}n);
        return JSON.stringify(found, (_, v) => (typeof v === "bigint" ? v.toString() : v));
      })().catch((error) => error.name + " " + error.code)`,
    );
  } finally {
    await browser.close();
  }
}

describe("verifyPayout in a browser", function () {
  this.timeout(60_000);
  let server: Server | undefined;
  let chain: ProvenChain;
  let origin: string;

  before(async function () {
    if (!existsSync(CHROMIUM)) {
      process.stdout.write(`      skipped: no browser at ${CHROMIUM} (apt-get install chromium, or set CHROMIUM)\n`);
      return this.skip();
    }
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
    const there = await verifyInPage(origin, toHex(chain.trustHash));
    expect(there).to.equal(JSON.stringify(here, (_, v: unknown) => (typeof v === "bigint" ? v.toString() : v)));
    expect(here.equal).to.equal(true);
  });

  it("refuses vectors that were changed", async () => {
    const vectors = chain.blobs.get(VECTORS_CID) ?? expect.fail("no vectors");
    chain.blobs.set(VECTORS_CID, vectors.map((b, i) => (i === 200 ? b ^ 1 : b)));
    expect(await verifyInPage(origin, toHex(chain.trustHash))).to.equal("VerifyFailure untrusted");
    chain.blobs.set(VECTORS_CID, vectors);
  });
});
