/** Which messages are logged, by service: "info", or "engine:debug,p2p:error,*:info" as CometBFT's `log_level` has it. */
import { EdgeFailure } from "../errors.js";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

export interface LogLevels {
  /** Of services that no entry names. */
  readonly fallback: LogLevel;
  /** The first entry that names a service, or a service around it ("p2p" for "p2p.gossip"), decides. */
  readonly services: readonly { readonly name: string; readonly level: LogLevel }[];
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error", "silent"];
const MAX_ENTRIES = 64;

function bad(why: string): EdgeFailure {
  return new EdgeFailure("config", `log_level ${why}; levels are ${LEVELS.join(", ")}, alone or as service:level,*:level`);
}

function parseLevel(text: string): LogLevel {
  const level = LEVELS.find((l) => l === text);
  if (level === undefined) throw bad(`names no level with "${text}"`);
  return level;
}

/** @throws EdgeFailure "config" that says what may be written. */
export function parseLogLevels(text: string): LogLevels {
  if (!text.includes(":")) return { fallback: parseLevel(text.trim()), services: [] };
  const entries = text.split(",").map((entry) => {
    const match = /^([\w.-]+|\*):(\w+)$/.exec(entry.trim());
    if (match?.[1] === undefined || match[2] === undefined) throw bad(`has "${entry.trim()}"`);
    return { name: match[1], level: parseLevel(match[2]) };
  });
  if (entries.length > MAX_ENTRIES || new Set(entries.map((e) => e.name)).size < entries.length) {
    throw bad("names a service twice, or too many");
  }
  return {
    fallback: entries.find((e) => e.name === "*")?.level ?? "info",
    services: entries.filter((e) => e.name !== "*"),
  };
}

export function levelOf({ fallback, services }: LogLevels, service: string): LogLevel {
  return services.find(({ name }) => service === name || service.startsWith(`${name}.`))?.level ?? fallback;
}
