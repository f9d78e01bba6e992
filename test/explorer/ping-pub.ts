/**
 * An unmodified ping.pub in a headless browser against a running node: pages in, what they show and ask for out. The explorer is built outside of this
 * repository, with the chain file that the node itself serves.
 */
import { spawnSync } from "node:child_process";
import { createReadStream, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";
import type { Page } from "playwright-core";
import { CHROMIUM } from "../verify/page.js";

export interface Visit {
  /** Below "/openledger". */
  readonly path: string;
  /** Texts that the page must come to show. */
  readonly shows: readonly string[];
  /** Name of the screenshot. */
  readonly name: string;
}

export interface VisitReport {
  readonly name: string;
  /** Texts that did not appear in time. */
  readonly missing: readonly string[];
  /** Requests to the node that failed, as "status path". */
  readonly failed: readonly string[];
  /** Uncaught errors of the page's scripts. */
  readonly errors: readonly string[];
  /** Calls to the node, without their host. */
  readonly calls: readonly string[];
}

export interface ExplorerOptions {
  /** A checkout of ping-pub/explorer with its packages installed (yarn install --frozen-lockfile --ignore-scripts). */
  readonly source: string;
  readonly rest: string;
  readonly rpc: string;
  /** Folder for screenshots. */
  readonly out: string;
}

/** Builds the explorer for one chain only. @throws when the build fails. */
export async function buildExplorer({ source, rest }: ExplorerOptions): Promise<string> {
  const chain = await (await fetch(`${rest}/wallet/ping-pub.json`)).json();
  for (const network of ["mainnet", "testnet"]) {
    const folder = join(source, "chains", network);
    for (const file of readdirSync(folder)) rmSync(join(folder, file), { recursive: true });
    writeFileSync(join(folder, "openledger.json"), JSON.stringify(chain, undefined, 2));
  }
  const built = spawnSync("npx", ["vite", "build"], { cwd: source, encoding: "utf8", timeout: 600_000, maxBuffer: 64 << 20 });
  if (built.status !== 0) throw new Error(`the explorer did not build: ${built.stderr.slice(-2_000)}`);
  return join(source, "dist");
}

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json" };

/** The built explorer as any static host serves a page with client routing. */
export async function serveExplorer(dist: string): Promise<{ readonly origin: string; stop(): void }> {
  const server = createServer((request, response) => {
    const asked = join(dist, normalize(new URL(request.url ?? "/", "http://x").pathname));
    const file = existsSync(asked) && statSync(asked).isFile() ? asked : join(dist, "index.html");
    response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => void server.close() };
}

const WAIT_MS = 20_000;

async function appears(page: Page, text: string): Promise<boolean> {
  try {
    await page.waitForFunction(`document.body.innerText.toLowerCase().includes(${JSON.stringify(text.toLowerCase())})`, undefined, { timeout: WAIT_MS });
    return true;
  } catch {
    return false;
  }
}

async function visitOne(page: Page, url: string, visit: Visit, { rest, rpc, out }: ExplorerOptions): Promise<VisitReport> {
  const [calls, failed, errors, missing]: [string[], string[], string[], string[]] = [[], [], [], []];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("response", (response) => {
    const { origin, pathname, search } = new URL(response.url());
    if (origin !== rest && origin !== rpc) return;
    calls.push(pathname + search);
    if (response.status() >= 400) failed.push(`${response.status()} ${pathname}${search}`);
  });
  await page.goto(url);
  for (const text of visit.shows) if (!(await appears(page, text))) missing.push(text);
  await page.screenshot({ path: join(out, `${visit.name}.png`), fullPage: true });
  return { name: visit.name, missing, failed, errors, calls };
}

/** Loads each page afresh. Requests beyond loopback (prices, fonts, advertisements) are refused, as on a machine without network. */
export async function visitAll(origin: string, visits: readonly Visit[], options: ExplorerOptions): Promise<VisitReport[]> {
  mkdirSync(options.out, { recursive: true });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const context = await browser.newContext({ viewport: { width: 1400, height: 1000 } });
    await context.route("**", (route) => (new URL(route.request().url()).hostname === "127.0.0.1" ? route.continue() : route.abort()));
    const reports: VisitReport[] = [];
    for (const visit of visits) {
      const page = await context.newPage();
      reports.push(await visitOne(page, `${origin}/openledger${visit.path}`, visit, options));
      await page.close();
    }
    return reports;
  } finally {
    await browser.close();
  }
}
