/** Where a node keeps what. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EdgeFailure } from "../errors.js";
import { parseSettings } from "./settings.js";
import type { NodeSettings } from "./settings.js";

export interface Home {
  readonly dir: string;
  readonly config: string;
  readonly app: string;
  /** Defaults of the command line. */
  readonly client: string;
  readonly genesis: string;
  readonly nodeKey: string;
  /** Peers that this node has heard of. */
  readonly addressBook: string;
  readonly validatorKey: string;
  /** What the validator signed last. */
  readonly validatorState: string;
  /** The engine's: blocks, WAL, state of the signer. */
  readonly data: string;
  /** LevelDB of the application. */
  readonly stateDb: string;
  readonly indexDb: string;
  readonly blobs: string;
  /** Snapshots of the state. */
  readonly snapshots: string;
  /** 32 secret bytes from which salts derive. */
  readonly attestSecret: string;
}

export function homeAt(dir: string): Home {
  const config = join(dir, "config");
  const data = join(dir, "data");
  return {
    dir,
    config: join(config, "config.toml"),
    app: join(config, "app.toml"),
    client: join(config, "client.toml"),
    genesis: join(config, "genesis.json"),
    nodeKey: join(config, "node_key.json"),
    addressBook: join(config, "addrbook.json"),
    validatorKey: join(config, "priv_validator_key.json"),
    validatorState: join(data, "priv_validator_state.json"),
    data,
    stateDb: join(data, "application.db"),
    indexDb: join(data, "tx_index.db"),
    blobs: join(data, "blobs"),
    snapshots: join(data, "snapshots"),
    attestSecret: join(config, "attest_secret.hex"),
  };
}

export function makeFolders(home: Home): void {
  mkdirSync(join(home.dir, "config"), { recursive: true });
  mkdirSync(join(home.dir, "data"), { recursive: true });
}

/** Readable by its owner alone. */
export function writeSecret(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
}

/** @throws EdgeFailure "config" saying which file is missing and how to make it. */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new EdgeFailure(
      "config",
      `${path} cannot be read; make a home with \`openledgerd init\`, or name one with --home`,
      {},
      cause,
    );
  }
}

export function readSettings(home: Home): NodeSettings {
  return parseSettings({ config: readText(home.config), app: readText(home.app) });
}

/** 32 bytes from a file of 64 hex digits. @throws EdgeFailure "config". */
export function readHexSecret(path: string): Uint8Array {
  const text = readText(path).trim();
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new EdgeFailure("config", `${path} must hold 64 hex digits`);
  return new Uint8Array(Buffer.from(text, "hex"));
}
