/** The client library in a real browser, against the nodes of a running testnet. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Testnet } from "../../testnet/launcher/launch.js";
import { queryBlockHash } from "../../testnet/launcher/node-status.js";
import { bundle, verifyInPage } from "../verify/page.js";

/** Trusts a block hash of the first validator and asks the last one for everything else; the result as text. */
export async function verifyOnNetwork(testnet: Testnet, inferenceId: bigint): Promise<string> {
  const [first] = testnet.endpoints;
  const last = testnet.endpoints.at(-1);
  if (first === undefined || last === undefined) throw new Error("a testnet needs a validator");
  const script = await bundle();
  const server = createServer(({ url }, response) => {
    if (url === "/verify.js") response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    else response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>verify</title>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const trust = { height: 1n, hash: await queryBlockHash(first.rpc, 1) };
    return await verifyInPage({ origin, rpc: last.rpc, blobs: last.api, trust, inferenceId });
  } finally {
    server.close();
  }
}
