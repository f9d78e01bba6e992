/** The logger that services take, and its two implementations. Constant message, facts in fields (style §6). */
import { pino } from "pino";
import type { DestinationStream, Logger as PinoLogger } from "pino";
import { levelOf } from "./log-levels.js";
import type { LogLevels } from "./log-levels.js";

/** Fields of a log line. Bigints print as decimal strings, bytes as hex. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Error: the operator must act; warn: may have to; info: a few lines per block; debug: per message. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose lines carry `service: name`; nested names join with a dot. */
  child(name: string): Logger;
}

export interface LogOptions {
  readonly levels: LogLevels;
  /** Where lines go; standard output when absent. */
  readonly destination?: DestinationStream;
}

/** JSON lines through pino. Errors under `error` keep message, stack and cause. */
export function createLogger(options: LogOptions): Logger {
  const { levels, destination } = options;
  const settings = { level: levels.fallback, base: null, serializers: { error: pino.stdSerializers.err } };
  const root = destination === undefined ? pino(settings) : pino(settings, destination);
  return wrap({ root, levels }, root, "");
}

/** Drops every line: for tests and library use. */
export function silentLogger(): Logger {
  const drop = (): void => undefined;
  const silent: Logger = { debug: drop, info: drop, warn: drop, error: drop, child: () => silent };
  return silent;
}

interface Root {
  readonly root: PinoLogger;
  readonly levels: LogLevels;
}

/** `sink` is a child of the root; children of children start from the root, so that no line has two names. */
function wrap(root: Root, sink: PinoLogger, name: string): Logger {
  return {
    debug: (message, fields) => {
      if (sink.isLevelEnabled("debug")) sink.debug(printable(fields), message);
    },
    info: (message, fields) => sink.info(printable(fields), message),
    warn: (message, fields) => sink.warn(printable(fields), message),
    error: (message, fields) => sink.error(printable(fields), message),
    child: (part) => {
      const full = name === "" ? part : `${name}.${part}`;
      return wrap(root, root.root.child({ service: full }, { level: levelOf(root.levels, full) }), full);
    },
  };
}

function printable(fields: LogFields | undefined): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields ?? {})) {
    if (typeof value === "bigint") out[key] = value.toString();
    else if (value instanceof Uint8Array) out[key] = Buffer.from(value).toString("hex");
    else out[key] = value;
  }
  return out;
}
