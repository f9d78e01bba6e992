import { readFileSync, statSync } from "node:fs";
import { EdgeFailure } from "../errors.js";

/** Longest file that a command reads: a transaction has at most 1 MiB, and its JSON is some times as long. */
const MAX_BYTES = 16 * 1_048_576;

/** A genesis document: the state of a whole chain. */
export const MAX_GENESIS_BYTES = 512 * 1_048_576;

/** Text of a file that a person named; "-" is standard input. @throws EdgeFailure "not-found", "too-large". */
export function readTextFile(path: string, maxBytes = MAX_BYTES): string {
  const source = path === "-" ? 0 : path;
  try {
    if (source !== 0 && statSync(source).size > maxBytes) throw new EdgeFailure("too-large", `${path} has more than ${maxBytes} bytes`);
    return readFileSync(source, "utf8");
  } catch (cause) {
    if (cause instanceof EdgeFailure) throw cause;
    throw new EdgeFailure("not-found", `the file ${path} cannot be read`, {}, cause);
  }
}
