/** How a gRPC status is told over HTTP, as grpc-gateway does it (cosmos-formats.md §2.2). */
import { STATUS_CODES } from "../grpc/index.js";
import type { Status, StatusName } from "../grpc/index.js";

const HTTP: Readonly<Record<StatusName, number>> = {
  OK: 200,
  Canceled: 408,
  Unknown: 500,
  InvalidArgument: 400,
  DeadlineExceeded: 504,
  NotFound: 404,
  AlreadyExists: 409,
  PermissionDenied: 403,
  ResourceExhausted: 429,
  FailedPrecondition: 400,
  Aborted: 409,
  OutOfRange: 400,
  Unimplemented: 501,
  Internal: 500,
  Unavailable: 503,
  DataLoss: 500,
  Unauthenticated: 401,
};

const BY_CODE: ReadonlyMap<number, number> = new Map(
  Object.entries(STATUS_CODES).map(([name, code]) => [code, HTTP[name as StatusName]]),
);

/** 500 for a number that is no status. */
export function httpStatusOf(code: number): number {
  return BY_CODE.get(code) ?? 500;
}

/** The body of every failure. */
export function errorBody({ code, details }: Status): string {
  return JSON.stringify({ code, message: details, details: [] });
}

/** A request that was wrong or too much, before any query ran. `http` where it is not the status' own. */
export class RestError extends Error {
  override readonly name = "RestError";
  readonly status: Status;
  readonly http: number;

  constructor(name: StatusName, message: string, http: number = HTTP[name]) {
    super(message);
    this.status = { code: STATUS_CODES[name], details: message };
    this.http = http;
  }
}

/** What the SDK answers to a path or verb that it does not have. */
export function unknownRoute(): RestError {
  return new RestError("Unimplemented", "Not Implemented");
}
