/** Services that the node itself answers, by the path that gRPC, abci_query and REST share (cosmos-formats.md §2.1). */
import type { Height } from "../../chain/primitives/index.js";
import type { Codec } from "../../chain/codec/index.js";
import type { StatusName } from "./status.js";

/** A query that failed, in gRPC's terms. `message` is for the caller. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly status: StatusName;

  constructor(status: StatusName, message: string) {
    super(message);
    this.status = status;
  }
}

/** Request bytes to response bytes; `height` is 0 for the latest. @throws StatusError, Reject on undecodable bytes. */
export type Handler = (data: Uint8Array, height: Height) => Promise<Uint8Array>;

export type Route = readonly [path: string, handler: Handler];

interface Exchange<Q, R> {
  readonly request: Codec<Q>;
  readonly response: Codec<R>;
}

/** A handler between the codecs of its messages. Unknown fields are skipped: callers may be newer. */
export function route<Q, R>(
  path: string,
  { request, response }: Exchange<Q, R>,
  handle: (message: Q, height: Height) => R | Promise<R>,
): Route {
  return [path, async (data, height) => response.encode(await handle(request.decode(data, { unknown: "ignore" }), height))];
}

/** The node's services. */
export interface NodeServices {
  readonly paths: readonly string[];
  find(path: string): Handler | undefined;
}

export function createNodeServices(...groups: readonly (readonly Route[])[]): NodeServices {
  const byPath = new Map(groups.flat());
  return { paths: [...byPath.keys()], find: (path) => byPath.get(path) };
}
