/** CometBFT's log, line by line, into ours. */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Logger } from "../telemetry/log.js";

/** Lines that are no JSON of CometBFT's logger: a panic, mostly. The last ones are kept for messages. */
const KEPT_LINES = 20;
const MAX_LINE = 8_192;
/** Its errors that are how a network breathes: peers come and go. */
const NOISE_MODULES: ReadonlySet<unknown> = new Set(["p2p", "pex"]);
/** Said of each block beside "committed state". */
const NOISE: ReadonlySet<string> = new Set(["finalized block", "executed block", "service start"]);

export interface LogTail {
  /** The last lines that tell of trouble. */
  text(): string;
}

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** undefined for what is not a line of CometBFT's JSON logger. */
function parseLine(text: string): Line | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const { level, _msg: message, ...fields } = JSON.parse(text) as Record<string, unknown>;
    return typeof level === "string" && typeof message === "string" ? { level, message, fields } : undefined;
  } catch {
    return undefined;
  }
}

function write(log: Logger, { level, message, fields }: Line): void {
  const shown = { ...fields, said: message };
  if (level === "debug" || (level === "info" && NOISE.has(message))) log.debug("cometbft", shown);
  else if (level === "info") log.info("cometbft", shown);
  else if (NOISE_MODULES.has(fields["module"])) log.debug("cometbft", shown);
  else log.warn("cometbft", shown);
}

/** Passes on what the streams say until they end. */
export function followLog(streams: readonly Readable[], log: Logger): LogTail {
  const kept: string[] = [];
  const keep = (text: string): void => {
    kept.push(text);
    if (kept.length > KEPT_LINES) kept.shift();
  };
  for (const stream of streams) {
    stream.on("error", () => undefined);
    createInterface({ input: stream }).on("line", (whole) => {
      const text = whole.slice(0, MAX_LINE);
      const line = parseLine(whole.length > MAX_LINE ? "" : text);
      if (line === undefined) log.warn("cometbft", { said: text });
      else write(log, line);
      if (line === undefined || line.level === "error") keep(line === undefined ? text : `${line.message} ${JSON.stringify(line.fields)}`);
    });
  }
  return { text: () => kept.join("\n") };
}
