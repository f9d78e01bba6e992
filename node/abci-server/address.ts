/** Where the server listens, in the words of CometBFT's `proxy_app` and `abci` settings. */
import { EdgeFailure } from "../errors.js";

export type AbciAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "grpc"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** Shorter than sun_path of any system, which is 104 to 108 bytes. */
const MAX_SOCKET_PATH_BYTES = 103;

/** @throws EdgeFailure "config" on anything but tcp://host:port, unix://path and grpc://host:port. */
export function parseAbciAddress(text: string): AbciAddress {
  const unix = /^unix:\/\/(.+)$/.exec(text)?.[1];
  if (unix !== undefined) {
    if (Buffer.byteLength(unix) > MAX_SOCKET_PATH_BYTES) throw unusable(text, "the path of a unix socket has at most 103 bytes");
    return { kind: "unix", path: unix };
  }
  const [, kind, host, port] = /^(tcp|grpc):\/\/(\[[0-9a-fA-F:]+\]|[^:/[\]]+):(\d{1,5})$/.exec(text) ?? [];
  if ((kind !== "tcp" && kind !== "grpc") || host === undefined || Number(port) > 65_535)
    throw unusable(text, "expected tcp://host:port, unix://path or grpc://host:port");
  return { kind, host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** The same text as parseAbciAddress reads, with the port that was taken. */
export function formatAbciAddress(address: AbciAddress): string {
  if (address.kind === "unix") return `unix://${address.path}`;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${address.kind}://${host}:${address.port}`;
}

function unusable(address: string, why: string): EdgeFailure {
  return new EdgeFailure("config", `the ABCI address cannot be used: ${why}`, { address });
}
