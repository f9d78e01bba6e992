/** A relay in front of a JSON-RPC door that may lie. Tests only. */
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- lies are told about answers of every shape
export type AnyJson = any;

/** Given a method, its height and the true result; what it answers is told instead. */
export type Lie = (method: string, height: number, result: AnyJson) => unknown;

export interface Relay {
  readonly url: string;
  /** Heights asked for with `commit`, in order: the steps that a light client took. */
  readonly commits: readonly number[];
  /** From now on. */
  tell(lie: Lie): void;
  stop(): Promise<void>;
}

/** Subscriptions pass as they are: nothing that is verified comes that way. */
function passOn(to: string, request: IncomingMessage, client: Duplex, head: Buffer): void {
  const { hostname, port } = new URL(to);
  const target = connect(Number(port), hostname, () => {
    const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`);
    target.write(`GET ${request.url ?? "/"} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    target.write(head);
    target.pipe(client).pipe(target);
  });
  const end = (): void => {
    target.destroy();
    client.destroy();
  };
  target.on("error", end).on("close", end);
  client.on("error", end).on("close", end);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

export async function startRelay(to: string): Promise<Relay> {
  let lie: Lie = (_method, _height, result) => result as unknown;
  const commits: number[] = [];
  const answer = async (body: string): Promise<string> => {
    const { method, params } = JSON.parse(body) as { method: string; params?: { height?: string } };
    const response = await fetch(to, { method: "POST", body });
    const json = (await response.json()) as AnyJson;
    const height = Number(params?.height ?? 0);
    if (method === "commit") commits.push(height);
    return JSON.stringify(json.result === undefined ? json : { ...json, result: lie(method, height, json.result) });
  };
  const server = createServer((request, response) => {
    bodyOf(request)
      .then(answer)
      .then(
        (text) => response.setHeader("content-type", "application/json").end(text),
        (error: unknown) => response.writeHead(502).end(String(error)),
      );
  });
  server.on("upgrade", (request, client, head) => passOn(to, request, client, head));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    commits,
    tell: (next) => {
      lie = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
