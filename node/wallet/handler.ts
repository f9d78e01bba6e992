/**
 * Pages that bring a wallet or an explorer to this chain, on the REST server: `/wallet` offers the chain to Keplr and Leap and shows the account's
 * balance, `/wallet/keplr.json` is the chain as Keplr takes it, `/wallet/ping-pub.json` as ping.pub does. Nothing is loaded from elsewhere.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { keplrChainInfo, pingPubChain } from "./chain-info.js";
import type { WalletChain } from "./chain-info.js";
import { PAGE, SCRIPT, STYLE } from "./page.js";

export interface WalletPageOptions {
  readonly chainId: string;
  /** As people call the network. */
  readonly name: string;
  readonly gasPriceMicro: bigint;
  readonly rpcPort: number;
  /** Public URLs, for nodes behind a proxy; empty: the host that was asked, and rpcPort. */
  readonly publicRpc: string;
  readonly publicRest: string;
}

/** Answers when the path is one of its own; false leaves the request to others. */
export type WalletPages = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A name or an address with or without a port, and nothing that could end up elsewhere in a URL. */
const HOST = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

function chainOf(options: WalletPageOptions, request: IncomingMessage): WalletChain {
  const { chainId, name, gasPriceMicro, rpcPort, publicRpc, publicRest } = options;
  const given = request.headers.host ?? "";
  const host = HOST.test(given) ? given : "localhost";
  const hostname = host.replace(/:\d+$/, "");
  return {
    chainId,
    name,
    gasPriceMicro,
    rpc: publicRpc === "" ? `http://${hostname}:${rpcPort}` : publicRpc,
    rest: publicRest === "" ? `http://${host}` : publicRest,
  };
}

interface Content {
  readonly type: string;
  readonly body: string;
}

const json = (value: unknown): Content => ({ type: "application/json", body: `${JSON.stringify(value, undefined, 2)}\n` });

function contentOf(path: string, chain: () => WalletChain): Content | undefined {
  switch (path) {
    case "/wallet":
    case "/wallet/":
      return { type: "text/html; charset=utf-8", body: PAGE };
    case "/wallet/page.js":
      return { type: "text/javascript; charset=utf-8", body: SCRIPT };
    case "/wallet/page.css":
      return { type: "text/css; charset=utf-8", body: STYLE };
    case "/wallet/keplr.json":
      return json(keplrChainInfo(chain()));
    case "/wallet/ping-pub.json":
      return json(pingPubChain(chain()));
    default:
      return undefined;
  }
}

export function createWalletPages(options: WalletPageOptions): WalletPages {
  return (request, response) => {
    const path = (request.url ?? "").replace(/\?.*$/, "");
    const content = contentOf(path, () => chainOf(options, request));
    if (content === undefined || (request.method !== "GET" && request.method !== "HEAD")) return false;
    response.writeHead(200, {
      "Content-Type": content.type,
      "Content-Length": Buffer.byteLength(content.body),
      "Cache-Control": "no-cache",
      "X-Content-Type-Options": "nosniff",
      // Only this origin's script and style; requests go to this origin. Wallets inject their own object.
      "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    });
    response.end(request.method === "HEAD" ? undefined : content.body);
    return true;
  };
}
