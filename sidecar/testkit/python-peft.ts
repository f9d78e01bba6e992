import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AdapterFiles, BaseFiles } from "../types.js";

const SCRIPT = fileURLToPath(new URL("../../scripts/vectors/decoders.py", import.meta.url));

/** A python that has torch, transformers and peft (`OPENLEDGER_PYTHON`, else `python3`); or why there is none. */
export function pythonWithPeft(): { readonly python: string } | string {
  const python = process.env["OPENLEDGER_PYTHON"] ?? "python3";
  try {
    const found = "import importlib.util as u, sys; sys.exit(0 if all(map(u.find_spec, ['torch', 'transformers', 'peft'])) else 1)";
    execFileSync(python, ["-c", found], { stdio: "ignore" });
    return { python };
  } catch {
    return `${python} has no torch, transformers and peft; name one that has in OPENLEDGER_PYTHON`;
  }
}

/** Logits after the last token of each prompt, by transformers from files of ours. */
export function logitsByTransformers(python: string, base: BaseFiles, adapter: AdapterFiles, prompts: readonly (readonly number[])[]): number[][] {
  const folder = mkdtempSync(join(tmpdir(), "openledger-peft-"));
  try {
    mkdirSync(join(folder, "adapter"));
    writeFileSync(join(folder, "config.json"), base.config);
    writeFileSync(join(folder, "model.safetensors"), base.weights);
    writeFileSync(join(folder, "adapter", "adapter_config.json"), adapter.config);
    writeFileSync(join(folder, "adapter", "adapter_model.safetensors"), adapter.weights);
    const args = [SCRIPT, "logits", folder, join(folder, "adapter")];
    const out = execFileSync(python, args, { input: JSON.stringify(prompts), encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] });
    return JSON.parse(out) as number[][];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
