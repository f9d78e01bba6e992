import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { CHROMIUM, hasBrowser } from "../../test/verify/page.js";
import { keplrChainInfo, pingPubChain } from "./chain-info.js";
import { createWalletPages } from "./handler.js";
import type { WalletPageOptions } from "./handler.js";

const OPTIONS: WalletPageOptions = { chainId: "openledger-local-1", name: "OpenLedger local", gasPriceMicro: 2_500n, rpcPort: 26657, publicRpc: "", publicRest: "" };
const ADDRESS = "open1qyqszqgpqyqszqgpqyqszqgpqyqszqgpvw8jas";
const CHAIN = { chainId: "c-1", name: "A name of far more than thirty characters", rpc: "http://h:1", rest: "http://h:2", gasPriceMicro: 2_500n };

/** The wallet's pages, and the two answers of REST that they read. */
async function serve(options = OPTIONS): Promise<{ readonly server: Server; readonly origin: string }> {
  const pages = createWalletPages(options);
  const rest: Readonly<Record<string, unknown>> = {
    "/cosmos/base/tendermint/v1beta1/blocks/latest": { block: { header: { height: "1234", time: "2026-01-01T00:00:00Z" } } },
    [`/cosmos/bank/v1beta1/balances/${ADDRESS}/by_denom?denom=uopen`]: { balance: { denom: "uopen", amount: "1234567500001" } },
  };
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/wallet") === true) return void pages.serve(request, response);
    const found = rest[request.url ?? ""];
    response.writeHead(found === undefined ? 501 : 200, { "Content-Type": "application/json" }).end(JSON.stringify(found ?? {}));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe("what wallets are told of the chain", () => {
  it("has prices that rise, and a name that Keplr takes", () => {
    const info = keplrChainInfo(CHAIN) as { chainName: string; feeCurrencies: readonly { gasPriceStep: unknown }[] };
    expect(info.chainName).to.have.lengthOf(30);
    expect(info.feeCurrencies[0]?.gasPriceStep).to.deep.equal({ low: 0.0025, average: 0.00375, high: 0.01 });
    const free = keplrChainInfo({ ...CHAIN, gasPriceMicro: 0n }) as typeof info;
    expect(free.feeCurrencies[0]?.gasPriceStep).to.deep.equal({ low: 0, average: 0.0015, high: 0.004 });
  });

  it("has the smallest fee that the node takes, rounded up, for ping.pub", () => {
    expect(pingPubChain(CHAIN)["min_tx_fee"]).to.equal("500");
    expect(pingPubChain({ ...CHAIN, gasPriceMicro: 1n })["min_tx_fee"]).to.equal("1");
  });

  it("names the host that was asked, or what the operator says, and never what a header smuggles in", async () => {
    const { server, origin } = await serve();
    const fixed = await serve({ ...OPTIONS, publicRpc: "https://rpc.example.org", publicRest: "https://rest.example.org" });
    try {
      const info = (await (await fetch(`${origin}/wallet/keplr.json`)).json()) as { rpc: string; rest: string };
      expect([info.rest, info.rpc]).to.deep.equal([origin, "http://127.0.0.1:26657"]);
      const said = (await (await fetch(`${fixed.origin}/wallet/ping-pub.json`)).json()) as { rpc: string[]; api: string[] };
      expect([said.rpc, said.api]).to.deep.equal([["https://rpc.example.org"], ["https://rest.example.org"]]);
      expect((await fetch(`${origin}/wallet/other`)).status).to.equal(404);
      expect((await fetch(`${origin}/wallet`, { method: "POST" })).status).to.equal(501);
    } finally {
      server.close();
      fixed.server.close();
    }
  });
});

interface Suggested {
  readonly chainId: string;
  readonly rest: string;
}

describe("the wallet page in a browser", function () {
  this.timeout(60_000);
  let browser: Browser | undefined;
  let site: Awaited<ReturnType<typeof serve>>;

  before(async function () {
    site = await serve();
    if (!hasBrowser()) this.skip();
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  });

  after(async () => {
    await browser?.close();
    site.server.close();
  });

  /** A page in which `wallet` (JavaScript) stands for what an extension injects. */
  async function open(wallet: string): Promise<{ readonly page: Page; readonly complaints: string[] }> {
    if (browser === undefined) throw new Error("no browser");
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.addInitScript(wallet);
    await page.goto(`${site.origin}/wallet`);
    await page.waitForSelector("body[data-ready]");
    return { page, complaints };
  }

  const KEPLR = `window.keplr = {
    experimentalSuggestChain: async (info) => { window.suggested = info; },
    enable: async (id) => { window.enabled = id; },
    getKey: async () => ({ bech32Address: "${ADDRESS}" }),
  };`;

  it("suggests the chain to Keplr, and shows address and balance", async () => {
    const { page, complaints } = await open(KEPLR);
    expect(await page.textContent("#height")).to.contain("1,234");
    await page.click("#add-keplr");
    await page.waitForSelector("#account:not([hidden])");
    await page.waitForFunction(`document.getElementById("status").textContent.endsWith("is in Keplr.")`);
    expect(await page.textContent("#balance")).to.equal("1,234,567.500001 OPEN");
    const suggested = await page.evaluate<Suggested>("window.suggested");
    expect([suggested.chainId, suggested.rest]).to.deep.equal([OPTIONS.chainId, site.origin]);
    expect(await page.evaluate("window.enabled")).to.equal(OPTIONS.chainId);
    expect(complaints).to.deep.equal([]);
    await page.close();
  });

  it("says what to do where there is no wallet, and when the wallet refuses", async () => {
    const { page } = await open("");
    await page.click("#add-leap");
    await page.waitForSelector("#status.error");
    expect(await page.textContent("#status")).to.contain("Leap is not in this browser");
    await page.close();
    const refusing = await open(KEPLR.replace("window.suggested = info;", 'throw new Error("Request rejected");'));
    await refusing.page.click("#add-keplr");
    await refusing.page.waitForSelector("#status.error");
    expect(await refusing.page.textContent("#status")).to.equal("Keplr: Request rejected");
    await refusing.page.close();
  });
});
