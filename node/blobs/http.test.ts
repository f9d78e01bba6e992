import { createServer } from "node:http";
import { expect } from "chai";
import { EdgeFailure } from "../errors.js";
import { close, listen } from "../rpc/index.js";
import { silentLogger } from "../telemetry/log.js";
import { DEFAULT_BLOB_GATEWAY_OPTIONS, createBlobGateway } from "./http.js";
import type { BlobGatewayDeps, BlobGatewayOptions } from "./http.js";

/** A store whose CIDs are numbers; "remote" lives with a peer. */
function memoryBlobs(): BlobGatewayDeps["blobs"] {
  const held = new Map<string, Uint8Array>();
  return {
    put: async (bytes) => {
      if (!(bytes instanceof Uint8Array)) throw new Error("bytes expected");
      const cid = `cid${held.size}`;
      held.set(cid, bytes);
      return { cid, size: bytes.length };
    },
    has: async (cid) => held.has(cid),
    get: async (cid) => held.get(cid) ?? Promise.reject(new EdgeFailure("not-found", "no such blob")),
    fetch: async (cid) => {
      if (cid !== "remote") throw new EdgeFailure("not-found", "no peer has it");
      held.set(cid, Uint8Array.of(9, 9));
      return { blocks: 1, bytes: 2, peers: [] };
    },
  };
}

async function withGateway(
  options: Partial<BlobGatewayOptions>,
  use: (url: string) => Promise<void>,
  blobs = memoryBlobs(),
): Promise<void> {
  const gateway = createBlobGateway({ blobs, log: silentLogger() }, { ...DEFAULT_BLOB_GATEWAY_OPTIONS, ...options });
  const server = createServer((request, response) => void gateway.serve(request, response));
  const { port } = await listen(server, { host: "127.0.0.1", port: 0 });
  try {
    await use(`http://127.0.0.1:${port}${gateway.path}`);
  } finally {
    gateway.stop();
    await close(server);
  }
}

describe("the blob gateway", () => {
  it("gives back what was put, and only its length to HEAD", () =>
    withGateway({}, async (url) => {
      const put = await fetch(url, { method: "POST", body: Uint8Array.of(1, 2, 3) });
      expect(put.status).to.equal(201);
      expect(await put.json()).to.deep.equal({ cid: "cid0", size: 3 });
      const got = await fetch(`${url}/cid0`);
      expect(got.headers.get("content-type")).to.equal("application/octet-stream");
      expect(new Uint8Array(await got.arrayBuffer())).to.deep.equal(Uint8Array.of(1, 2, 3));
      const head = await fetch(`${url}/cid0`, { method: "HEAD" });
      expect([head.status, head.headers.get("content-length")]).to.deep.equal([200, "3"]);
    }));

  it("fetches from peers what is not here", () =>
    withGateway({}, async (url) => {
      const got = await fetch(`${url}/remote`);
      expect(new Uint8Array(await got.arrayBuffer())).to.deep.equal(Uint8Array.of(9, 9));
    }));

  it("answers each mistake with a code", () =>
    withGateway({ maxBytes: 8 }, async (url) => {
      const code = async (path: string, init: RequestInit = {}): Promise<readonly [number, string]> => {
        const response = await fetch(`${url}${path}`, init);
        return [response.status, ((await response.json()) as { code: string }).code];
      };
      expect(await code("/nobody")).to.deep.equal([404, "not-found"]);
      expect(await code("/..%2f..%2fetc")).to.deep.equal([400, "malformed"]);
      expect(await code("", { method: "POST" })).to.deep.equal([400, "malformed"]);
      expect(await code("", { method: "POST", body: new Uint8Array(9) })).to.deep.equal([413, "too-large"]);
      expect(await code("/cid0", { method: "DELETE" })).to.deep.equal([400, "malformed"]);
      expect(await code("")).to.deep.equal([404, "not-found"]);
    }));

  it("refuses to serve more requests at a time than it may", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let entered = (): void => undefined;
    const isIn = new Promise<void>((resolve) => (entered = resolve));
    const blobs = { ...memoryBlobs(), has: async () => (entered(), await held, false) };
    await withGateway(
      { maxConcurrent: 1 },
      async (url) => {
        const first = fetch(`${url}/nobody`);
        await isIn;
        expect((await fetch(`${url}/nobody`)).status).to.equal(429);
        release();
        expect((await first).status).to.equal(404);
      },
      blobs,
    );
  });

  it("hides what broke inside", () =>
    withGateway(
      {},
      async (url) => {
        const response = await fetch(`${url}/cid0`);
        expect(response.status).to.equal(500);
        expect(await response.text()).to.not.contain("secret");
      },
      { ...memoryBlobs(), has: () => Promise.reject(new Error("secret path")) },
    ));
});
