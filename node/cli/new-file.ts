import { writeFileSync } from "node:fs";
import { EdgeFailure } from "../errors.js";

/** Writes a file that must not be there yet. @throws EdgeFailure "config", and nothing was overwritten. */
export function writeNewFile(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx", mode: 0o644 });
  } catch (cause) {
    throw new EdgeFailure("config", `${path} cannot be written, or is there already; nothing was overwritten`, {}, cause);
  }
}
