import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { missingModules, optionalModule } from "../lane-b/backends.js";

/** A GPU made of software: environment under which Dawn finds it, for processes started with it. */
export interface SoftwareGpu {
  readonly env: Readonly<Record<string, string>>;
  readonly release: () => void;
}

const PACKAGE = join("@sparticuz", "chromium");

/** SwiftShader and a Vulkan loader, unpacked from npm `@sparticuz/chromium`; or why there is none. */
export function softwareGpu(): SoftwareGpu | string {
  const missing = missingModules("webgpu");
  if (missing.length > 0) return `not installed: ${missing.join(", ")}`;
  let entry: string;
  try {
    entry = optionalModule("@sparticuz/chromium");
  } catch {
    return "not installed: @sparticuz/chromium, which brings a software GPU";
  }
  const archive = join(entry.slice(0, entry.lastIndexOf(PACKAGE) + PACKAGE.length), "bin", "swiftshader.tar.br");
  if (process.platform !== "linux" || process.arch !== "x64" || !existsSync(archive)) return "no SwiftShader for this platform";
  const folder = mkdtempSync(join(tmpdir(), "openledger-swiftshader-"));
  execFileSync("tar", ["-xf", "-", "-C", folder], { input: brotliDecompressSync(readFileSync(archive)) });
  return {
    env: { LD_LIBRARY_PATH: folder, VK_ICD_FILENAMES: join(folder, "vk_swiftshader_icd.json") },
    release: () => rmSync(folder, { recursive: true, force: true }),
  };
}
