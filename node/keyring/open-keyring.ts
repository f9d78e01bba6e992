import { join } from "node:path";
import { EdgeFailure } from "../errors.js";
import { createFileKeyring } from "./file-keyring.js";
import { checkOsKeyring, osPassphrase } from "./os-passphrase.js";
import type { AskPassphrase, Keyring } from "./types.js";
import { CHEAP, STRONG } from "./vault.js";

export type KeyringBackend = "os" | "file" | "test";
export const KEYRING_BACKENDS: readonly KeyringBackend[] = ["os", "file", "test"];

export interface KeyringPlace {
  readonly backend: KeyringBackend;
  /** The folder that holds keyring-file/, keyring-test/ and keyring-os/: the home, unless --keyring-dir says otherwise. */
  readonly dir: string;
  readonly ask: AskPassphrase;
  /** How often a person may mistype. */
  readonly attempts: number;
}

/** The passphrase of the test backend, as in the SDK: it protects nothing. */
const TEST_PASSPHRASE = "test";

/** @throws EdgeFailure "config" where the backend "os" has nothing to work with. */
export function openKeyring({ backend, dir, ask, attempts }: KeyringPlace): Keyring {
  const place = join(dir, `keyring-${backend}`);
  switch (backend) {
    case "file":
      return createFileKeyring({ dir: place, cost: STRONG, ask, attempts });
    case "test":
      return createFileKeyring({ dir: place, cost: CHEAP, ask: () => Promise.resolve(TEST_PASSPHRASE), attempts: 1 });
    case "os":
      checkOsKeyring(process.platform, process.env);
      return createFileKeyring({ dir: place, cost: CHEAP, ask: osPassphrase(place), attempts: 1 });
    default:
      throw new EdgeFailure("config", `unknown keyring backend ${String(backend satisfies never)}`);
  }
}
