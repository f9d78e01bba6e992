import { existsSync } from "node:fs";
import { build } from "esbuild";
import { chromium } from "playwright-core";

/** A real browser for tests: Debian's Chromium, or what $CHROMIUM names. */
export const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Whether there is one; says why not, so that a skipped test is never taken for a passed one. */
export function hasBrowser(): boolean {
  if (existsSync(CHROMIUM)) return true;
  process.stdout.write(`      skipped: no browser at ${CHROMIUM} (apt-get install chromium, or set CHROMIUM)\n`);
  return false;
}

/** The verifier as `npm run build` bundles it for pages. */
export async function bundle(): Promise<Uint8Array> {
  const options = { bundle: true, format: "esm", platform: "browser", target: "es2022", minify: true, write: false } as const;
  const { outputFiles } = await build({ entryPoints: ["client/verify/index.ts"], ...options });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild made no bundle");
  return file.contents;
}

export interface PageRequest {
  /** Where the page and /verify.js come from. */
  readonly origin: string;
  readonly rpc: string;
  readonly blobs: string;
  readonly trust: { readonly height: bigint; readonly hash: string };
  readonly inferenceId: bigint;
  /** Milliseconds since 1970; the browser's own clock when absent. */
  readonly now?: number;
}

/** bigint as text, so that results can be compared and carried out of a page. */
export function plain(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) => (typeof v === "bigint" ? v.toString() : v));
}

/** Loads the bundle in a page and verifies there: the result as `plain` text, or the failure's name and code. */
export async function verifyInPage({ origin, rpc, blobs, trust, inferenceId, now }: PageRequest): Promise<string> {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  const browser = await chromium.launch({ executablePath: CHROMIUM, args });
  try {
    const page = await browser.newPage();
    await page.goto(origin);
    return await page.evaluate(
      `(async () => {
        const { createHttpDoor, createVerifier } = await import("/verify.js");
        const hash = Uint8Array.from("${trust.hash}".match(/../g), (x) => parseInt(x, 16));
        const door = createHttpDoor({ rpc: "${rpc}", blobs: "${blobs}" });
        const verifier = createVerifier({ door, trust: { height: ${trust.height}n, hash }${now === undefined ? "" : `, now: () => ${now}`} });
        const found = await verifier.verifyPayout(${inferenceId}n);
        return JSON.stringify(found, (_, v) => (typeof v === "bigint" ? v.toString() : v));
      })().catch((error) => error.name + " " + error.code + " " + error.message)`,
    );
  } finally {
    await browser.close();
  }
}
