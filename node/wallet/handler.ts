/**
 * Pages that bring a wallet or an explorer to this chain, on the REST server: `/wallet` offers the chain to Keplr and Leap and shows the account's
 * balance, `/wallet/keplr.json` is the chain as Keplr takes it, `/wallet/ping-pub.json` as ping.pub does. Nothing is loaded from elsewhere.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { sendJson, sendText } from "../rpc/index.js";
import { keplrChainInfo, pingPubChain } from "./chain-info.js";
import type { WalletChain } from "./chain-info.js";
import { LOGO, PAGE, SCRIPT, STYLE } from "./page.js";

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

/** Fits what the REST server mounts. */
export interface WalletPages {
  readonly path: string;
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

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
    case "/wallet/logo.svg":
      return { type: "image/svg+xml", body: LOGO };
    case "/wallet/keplr.json":
      return json(keplrChainInfo(chain()));
    case "/wallet/ping-pub.json":
      return json(pingPubChain(chain()));
    default:
      return undefined;
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  sendJson(response, status, JSON.stringify({ code: status === 404 ? 5 : 12, message: text, details: [] }));
}

export function createWalletPages(options: WalletPageOptions): WalletPages {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = (request.url ?? "").replace(/\?.*$/, "");
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 501, "Not Implemented");
    const content = contentOf(path, () => chainOf(options, request));
    if (content === undefined) return refuse(response, 404, `there is no ${path.slice(0, 100)}; the page is /wallet`);
    // Only this origin's script and style; requests go to this origin. Wallets inject their own object.
    response.setHeader(
      "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    response.setHeader("Cache-Control", "no-cache");
    sendText(response, 200, content.type, content.body);
  };
  return {
    path: "/wallet",
    serve(request, response) {
      answer(request, response);
      return Promise.resolve();
    },
  };
}
