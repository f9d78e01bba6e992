/** Transpiles the product to dist/, file by file. Called by `npm run build`, which `npm start` and `npm test` run first. */
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const FOLDERS = ["chain", "modules", "proto", "node", "sidecar", "client", "testnet", "bench"];

/** Product sources: no tests, no declarations. Data files are read from their place in the repository. */
function sources(folder) {
  let entries;
  try {
    entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((e) => e.isFile() && e.name.endsWith(".ts") && !/\.(test|d)\.ts$/.test(e.name))
    .map((e) => join(e.parentPath, e.name));
}

rmSync(join(root, "dist"), { recursive: true, force: true });
await build({
  entryPoints: FOLDERS.flatMap(sources),
  outbase: root,
  outdir: join(root, "dist"),
  format: "esm",
  platform: "node",
  target: "node20.19",
  sourcemap: true,
  logLevel: "warning",
});

// What a page loads to recompute a payout by itself: the client's verifier, with the validators' own rules in it.
await build({
  entryPoints: [join(root, "client/verify/index.ts")],
  outfile: join(root, "dist/browser/openledger-verify.js"),
  bundle: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  minify: true,
  sourcemap: true,
  logLevel: "warning",
});
