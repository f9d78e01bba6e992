/** What a person reads of a failure. */
import { Reject } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";

/** The file system's or the network's own error: its message says what was tried on what. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}

/** The last of a chain of causes. */
function deepest(error: Error): Error {
  return error.cause instanceof Error ? deepest(error.cause) : error;
}

/** What lies under a failure, where it is a sentence of ours, of the system or of a store, which names the disk's trouble last. */
function causeOf(error: Error): string | undefined {
  const { cause } = error;
  if (cause instanceof EdgeFailure || cause instanceof Reject || isSystemError(cause)) return cause.message;
  return error instanceof EdgeFailure && error.code === "storage" && cause instanceof Error ? deepest(cause).message : undefined;
}

/** Facts that say where it went wrong, or what another program said of it. */
const TELLING = ["path", "dir", "listen", "address", "lastWords"] as const;

/** One line for what went wrong outside of the command line. */
export function failureLine(error: Error): string {
  const facts = error instanceof EdgeFailure || error instanceof Reject ? error.facts : {};
  const { host, port } = facts;
  const at = host === undefined || port === undefined ? undefined : `${String(host)}:${String(port)}`;
  const details = [causeOf(error), ...TELLING.map((name) => facts[name]), at].filter((text) => typeof text === "string");
  const said = details.reduce((line, text) => (line.includes(text) ? line : `${line} (${text.trim().replace(/\s+/g, " ")})`), error.message);
  return `openledgerd: ${said}`;
}

/** Whether it is the world that went wrong, and not this program: the line says all there is to say. */
export function isExpected(error: unknown): error is Error {
  return error instanceof EdgeFailure || error instanceof Reject || isSystemError(error);
}
