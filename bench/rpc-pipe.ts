/** A keep-alive connection that sends prepared HTTP requests without waiting for answers: a client that costs little. */
import { connect } from "node:net";
import type { Socket } from "node:net";

/** A POST of JSON as it goes over the wire. */
export function renderPost({ host }: URL, body: string): Buffer {
  const bytes = Buffer.from(body, "utf8");
  const head = `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), bytes]);
}

/** One call of a method. @throws Error when it is refused. */
export async function callThrough(pipe: RpcPipe, url: URL, method: string, params: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const text = await pipe.post(renderPost(url, JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })));
  const { result, error } = JSON.parse(text) as { readonly result?: unknown; readonly error?: unknown };
  if (result === undefined) throw new Error(`${url.href} ${method}: ${JSON.stringify(error)}`);
  return result;
}

interface Waiting {
  readonly request: Buffer;
  readonly resolve: (body: string) => void;
  readonly reject: (error: Error) => void;
}

interface Answer {
  readonly body: string;
  /** Where the next answer begins. */
  readonly end: number;
}

/** How often a connection that breaks with requests on their way is made again. */
const MAX_RETRIES = 20;

export class RpcPipe {
  readonly #url: URL;
  #socket: Socket | undefined;
  #waiting: Waiting[] = [];
  #buffer: Buffer = Buffer.alloc(0);
  #retries = 0;

  constructor(url: URL) {
    this.#url = url;
  }

  /** Answers come in the order of the requests. What was on its way when the connection broke is sent again. */
  post(request: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (this.#socket === undefined) this.#connect();
      else this.#socket.write(request);
    });
  }

  close(): void {
    this.#waiting = [];
    this.#socket?.destroy();
  }

  #connect(): void {
    const socket = connect(Number(this.#url.port), this.#url.hostname);
    this.#socket = socket;
    this.#buffer = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on("data", (data) => this.#receive(data));
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", () => this.#closed());
    for (const { request } of this.#waiting) socket.write(request);
  }

  /** A node closes what was silent for seconds. */
  #closed(): void {
    this.#socket = undefined;
    if (this.#waiting.length === 0) return;
    if (this.#retries++ < MAX_RETRIES) return this.#connect();
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(`${this.#url.href} closes every connection`));
  }

  #receive(data: Buffer): void {
    const all = this.#buffer.length === 0 ? data : Buffer.concat([this.#buffer, data]);
    let at = 0;
    for (let answer = readAnswer(all, at); answer !== undefined; answer = readAnswer(all, at)) {
      at = answer.end;
      this.#waiting.shift()?.resolve(answer.body);
    }
    this.#buffer = all.subarray(at);
  }
}

/** undefined while the answer is not complete. */
function readAnswer(bytes: Buffer, from: number): Answer | undefined {
  const gap = bytes.indexOf("\r\n\r\n", from, "latin1");
  if (gap < 0) return undefined;
  const head = bytes.toString("latin1", from, gap).toLowerCase();
  const length = /\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length === undefined) return readChunks(bytes, gap + 4);
  const end = gap + 4 + Number(length);
  return end > bytes.length ? undefined : { body: bytes.toString("utf8", gap + 4, end), end };
}

function readChunks(bytes: Buffer, from: number): Answer | undefined {
  const chunks: Buffer[] = [];
  let at = from;
  for (;;) {
    const line = bytes.indexOf("\r\n", at, "latin1");
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, line), 16);
    const end = line + 2 + size + 2;
    if (Number.isNaN(size) || end > bytes.length) return undefined;
    chunks.push(bytes.subarray(line + 2, line + 2 + size));
    at = end;
    if (size === 0) return { body: Buffer.concat(chunks).toString("utf8"), end: at };
  }
}
