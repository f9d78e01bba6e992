/** client.toml: what commands assume when no flag says otherwise. */
import { existsSync } from "node:fs";
import { EdgeFailure } from "../errors.js";
import { readText } from "./home.js";
import type { Home } from "./home.js";
import { parseGasPrice } from "./settings.js";
import { Section, parseToml } from "./table.js";

export interface ClientSettings {
  /** Empty when none is set. */
  readonly chainId: string;
  readonly keyringBackend: "os" | "file" | "test";
  readonly output: "text" | "json";
  /** http://host:port */
  readonly node: string;
  readonly broadcastMode: "sync" | "async";
  /** Gas limit of a transaction whose command says none. */
  readonly gas: bigint | "auto";
  /** What an estimate is multiplied by. */
  readonly gasAdjustment: number;
  /** Like 0.001uopen. */
  readonly gasPrices: string;
}

function oneOf<T extends string>(text: string, choices: readonly T[], place: string): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new EdgeFailure("config", `${place} must be one of ${choices.join(", ")}, got "${text}"`);
  return found;
}

function gasOf(text: string): bigint | "auto" {
  if (text === "auto") return "auto";
  if (/^[1-9]\d{0,18}$/.test(text)) return BigInt(text);
  throw new EdgeFailure("config", `client.gas must be "auto" or a whole number like "200000", got "${text}"`);
}

function adjustmentOf(text: string): number {
  if (/^\d{1,3}(\.\d{1,6})?$/.test(text) && Number(text) >= 1) return Number(text);
  throw new EdgeFailure("config", `client.gas-adjustment must be a number from 1, like "1.4", got "${text}"`);
}

/** @throws EdgeFailure "config" naming the setting that is wrong. */
export function parseClientSettings(text: string): ClientSettings {
  const root = new Section("client", parseToml(text, "client.toml"));
  const settings: ClientSettings = {
    chainId: root.text("chain-id", ""),
    keyringBackend: oneOf(root.text("keyring-backend", "os"), ["os", "file", "test"], "client.keyring-backend"),
    output: oneOf(root.text("output", "text"), ["text", "json"], "client.output"),
    node: root.text("node", "tcp://localhost:26657").replace(/^tcp:\/\//, "http://"),
    broadcastMode: oneOf(root.text("broadcast-mode", "sync"), ["sync", "async"], "client.broadcast-mode"),
    gas: gasOf(root.text("gas", "auto")),
    gasAdjustment: adjustmentOf(root.text("gas-adjustment", "1.4")),
    gasPrices: root.text("gas-prices", "0.001uopen"),
  };
  root.done();
  parseGasPrice(settings.gasPrices);
  if (!/^https?:\/\/[^\s/]+\/?$/.test(settings.node)) {
    throw new EdgeFailure("config", `client.node must look like tcp://localhost:26657, got "${settings.node}"`);
  }
  return settings;
}

/** Of a home; the defaults where it has no such file. @throws EdgeFailure "config". */
export function readClientSettings(home: Home): ClientSettings {
  return parseClientSettings(existsSync(home.client) ? readText(home.client) : "");
}
