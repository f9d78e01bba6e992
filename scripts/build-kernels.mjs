/**
 * Compiles sidecar/ops/kernels/kernels.as to kernels-binary.ts. Needs AssemblyScript, which nothing else here does:
 *   npm i --prefix /tmp/asc assemblyscript@0.28.20 && node scripts/build-kernels.mjs /tmp/asc
 * The same source and compiler give the same bytes; other bytes are another runtime id.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const compiler = join(process.argv[2] ?? ".", "node_modules", "assemblyscript", "bin", "asc.js");
const kernels = join(dirname(fileURLToPath(import.meta.url)), "..", "sidecar", "ops", "kernels");
const folder = mkdtempSync(join(tmpdir(), "kernels-"));
copyFileSync(join(kernels, "kernels.as"), join(folder, "kernels.ts"));
const options = "--optimizeLevel 3 --shrinkLevel 0 --converge --noAssert --runtime stub --use abort= --enable simd --initialMemory 1";
execFileSync(process.execPath, [compiler, "kernels.ts", "-o", "kernels.wasm", ...options.split(" ")], { cwd: folder, stdio: "inherit" });
const text = readFileSync(join(folder, "kernels.wasm")).toString("base64");
rmSync(folder, { recursive: true });
const lines = text.match(/.{1,120}/g).map((line) => `  "${line}",`);
writeFileSync(
  join(kernels, "kernels-binary.ts"),
  `/** Generated from kernels.as by scripts/build-kernels.mjs (AssemblyScript 0.28.20). Base64, in lines. */\nexport const KERNELS_BINARY: readonly string[] = [\n${lines.join("\n")}\n];\n`,
);
