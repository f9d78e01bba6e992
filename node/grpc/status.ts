/** gRPC's canonical status codes, and the way back to them from the ABCI form of a failure (cosmos-formats.md §2.1). */
import type { QueryResponse } from "../../chain/abci/index.js";

/** Every name with its number. */
export const STATUS_CODES = {
  OK: 0,
  Canceled: 1,
  Unknown: 2,
  InvalidArgument: 3,
  DeadlineExceeded: 4,
  NotFound: 5,
  AlreadyExists: 6,
  PermissionDenied: 7,
  ResourceExhausted: 8,
  FailedPrecondition: 9,
  Aborted: 10,
  OutOfRange: 11,
  Unimplemented: 12,
  Internal: 13,
  Unavailable: 14,
  DataLoss: 15,
  Unauthenticated: 16,
} as const;

export type StatusName = keyof typeof STATUS_CODES;

/** A failure as gRPC and REST report it. */
export interface Status {
  readonly code: number;
  readonly details: string;
}

/** What the SDK appends to the text when it wraps a status into an ABCI error (baseapp/abci.go). */
const SUFFIX = /: (?:key not found|invalid request|unauthorized|unknown request)$/;

/** Codes of the codespace "sdk" that failed before any handler answered. */
const SDK_CODES: ReadonlyMap<number, StatusName> = new Map([
  [4, "Unauthenticated"],
  [6, "Unimplemented"],
  [18, "InvalidArgument"],
  [22, "NotFound"],
  [26, "InvalidArgument"],
  [38, "NotFound"],
]);

function isStatusName(name: string): name is StatusName {
  return Object.hasOwn(STATUS_CODES, name);
}

/** Back from the ABCI form of a failure to gRPC's. A failure of our own keeps its text to itself. */
export function statusOfResponse({ code, codespace, log }: QueryResponse): Status {
  const [, name = "", details = ""] = /^rpc error: code = (\w+) desc = ([\s\S]*)$/.exec(log) ?? [];
  if (name === "Internal" || codespace === "undefined") return { code: STATUS_CODES.Internal, details: "internal error" };
  if (isStatusName(name)) return { code: STATUS_CODES[name], details: details.replace(SUFFIX, "") };
  const known = codespace === "sdk" ? SDK_CODES.get(code) : undefined;
  return { code: STATUS_CODES[known ?? "Unknown"], details: log };
}
