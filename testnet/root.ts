import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(import.meta.url);
const isBuilt = here.includes(join("dist", "testnet"));

/** The repository, whether this runs from its sources or from dist/. */
export const REPOSITORY = fileURLToPath(new URL(isBuilt ? "../../" : "../", import.meta.url));

/** A built file: processes are always started from dist/. */
export function built(path: string): string {
  return join(REPOSITORY, "dist", path);
}

/** How the runtime of a node is started, as bin/openledgerd.mjs says it. */
export const NODE_FLAGS: readonly string[] = ["--max-semi-space-size=64"];
