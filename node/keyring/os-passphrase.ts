/**
 * The operating system's keyring as the holder of a passphrase that nobody types: a random one is kept in the Secret
 * Service of the desktop session (GNOME Keyring, KWallet, KeePassXC), reached through libsecret's `secret-tool`.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { EdgeFailure } from "../errors.js";
import type { AskPassphrase } from "./types.js";

const TIMEOUT_MS = 60_000;
const ELSE = "use --keyring-backend file (a passphrase of yours) or test (no protection)";

interface Answer {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

function secretTool(args: readonly string[], input = ""): Answer {
  const ran = spawnSync("secret-tool", args, { input, encoding: "utf8", timeout: TIMEOUT_MS });
  if (ran.error !== undefined) {
    throw new EdgeFailure("config", `no keyring of the operating system can be used: secret-tool (libsecret-tools) does not run; ${ELSE}`, {}, ran.error);
  }
  return { status: ran.status, out: ran.stdout, error: ran.stderr.trim() };
}

/** @throws EdgeFailure "config" saying why there is no OS keyring here, and what to use instead. */
export function checkOsKeyring(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): void {
  if (platform !== "linux") {
    throw new EdgeFailure("config", `the keyring of ${platform} is not supported yet; ${ELSE}`);
  }
  if ((env["DBUS_SESSION_BUS_ADDRESS"] ?? "") === "") {
    throw new EdgeFailure("config", `no keyring of the operating system can be used: this is no desktop session (DBUS_SESSION_BUS_ADDRESS is not set); ${ELSE}`);
  }
  // Looks for what nobody stored: exit code 1 with nothing said is a service that answers "no such item".
  const probe = secretTool(["lookup", "service", "openledger", "keyring", "probe"]);
  if (probe.error !== "") {
    throw new EdgeFailure("config", `the keyring of the operating system does not answer: ${probe.error}; ${ELSE}`);
  }
}

/** The passphrase of the keyring in `dir`, made and stored on first use. */
export function osPassphrase(dir: string): AskPassphrase {
  const attributes = ["service", "openledger", "keyring", dir];
  return (isNew) => {
    const stored = secretTool(["lookup", ...attributes]);
    if (stored.status === 0 && stored.out.trim() !== "") return Promise.resolve(stored.out.trim());
    if (!isNew) return Promise.reject(new EdgeFailure("config", `the operating system's keyring holds no passphrase for ${dir}`));
    const passphrase = randomBytes(32).toString("hex");
    const kept = secretTool(["store", "--label", `OpenLedger keys in ${dir}`, ...attributes], passphrase);
    if (kept.status !== 0) return Promise.reject(new EdgeFailure("config", `the operating system's keyring refused: ${kept.error}; ${ELSE}`));
    return Promise.resolve(passphrase);
  };
}
