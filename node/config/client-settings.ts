/** client.toml: what commands assume when no flag says otherwise. */
import { existsSync } from "node:fs";
import { EdgeFailure } from "../errors.js";
import { readText } from "./home.js";
import type { Home } from "./home.js";
import { Section, parseToml } from "./table.js";

export interface ClientSettings {
  /** Empty when none is set. */
  readonly chainId: string;
  readonly keyringBackend: "os" | "file" | "test";
  readonly output: "text" | "json";
  /** http://host:port */
  readonly node: string;
}

function oneOf<T extends string>(text: string, choices: readonly T[], place: string): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new EdgeFailure("config", `${place} must be one of ${choices.join(", ")}, got "${text}"`);
  return found;
}

/** @throws EdgeFailure "config" naming the setting that is wrong. */
export function parseClientSettings(text: string): ClientSettings {
  const root = new Section("client", parseToml(text, "client.toml"));
  const settings: ClientSettings = {
    chainId: root.text("chain-id", ""),
    keyringBackend: oneOf(root.text("keyring-backend", "os"), ["os", "file", "test"], "client.keyring-backend"),
    output: oneOf(root.text("output", "text"), ["text", "json"], "client.output"),
    node: root.text("node", "tcp://localhost:26657").replace(/^tcp:\/\//, "http://"),
  };
  root.done();
  if (!/^https?:\/\/[^\s/]+\/?$/.test(settings.node)) {
    throw new EdgeFailure("config", `client.node must look like tcp://localhost:26657, got "${settings.node}"`);
  }
  return settings;
}

/** Of a home; the defaults where it has no such file. @throws EdgeFailure "config". */
export function readClientSettings(home: Home): ClientSettings {
  return parseClientSettings(existsSync(home.client) ? readText(home.client) : "");
}
