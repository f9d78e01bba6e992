/** Where the CometBFT program is, and whether it is of the line that this node speaks (0.38: ABCI 2.0, `tendermint.*`). */
import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { promisify } from "node:util";
import { EdgeFailure } from "../errors.js";
import { COMET_VERSION } from "../version.js";

/** What an operator types to get it. */
export const INSTALL_COMMAND = `go install github.com/cometbft/cometbft/cmd/cometbft@v${COMET_VERSION}`;
/** Names the program where no setting does. */
export const BINARY_VARIABLE = "OPENLEDGER_COMETBFT";

const PROGRAM = "cometbft";
const LINE = /^v?(0\.38\.\d+\S*)$/;
const VERSION_MS = 10_000;

export interface CometBinary {
  readonly path: string;
  /** "0.38.26" and the like. */
  readonly version: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The path of the setting, else of OPENLEDGER_COMETBFT, else the first on the PATH; undefined where that is no program. */
export function findCometBft(configured = "", env: Environment = process.env): string | undefined {
  const named = configured === "" ? (env[BINARY_VARIABLE] ?? "") : configured;
  if (named !== "") return isProgram(resolve(named)) ? resolve(named) : undefined;
  const folders = (env["PATH"] ?? "").split(delimiter).filter(isAbsolute);
  return folders.map((folder) => join(folder, PROGRAM)).find(isProgram);
}

function missing(configured: string, env: Environment): EdgeFailure {
  const fromEnv = env[BINARY_VARIABLE] ?? "";
  const where =
    configured !== ""
      ? `cometbft.binary names ${configured}, which is no program`
      : fromEnv !== ""
        ? `${BINARY_VARIABLE} names ${fromEnv}, which is no program`
        : "there is no cometbft on the PATH";
  const hint = `install it with \`${INSTALL_COMMAND}\`, and put it on the PATH or name it as cometbft.binary in config.toml or in ${BINARY_VARIABLE}`;
  return new EdgeFailure("not-found", `--engine cometbft needs CometBFT, and ${where}; ${hint}`, {});
}

async function askVersion(path: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(path, ["version"], { timeout: VERSION_MS, maxBuffer: 65_536 });
    return stdout.trim();
  } catch (cause) {
    throw new EdgeFailure("config", `${path} does not answer \`${PROGRAM} version\`; install it anew with \`${INSTALL_COMMAND}\``, {}, cause);
  }
}

/**
 * The program, checked.
 * @throws EdgeFailure "not-found" where there is none, "config" where it is of another line; both say how to get the right one.
 */
export async function requireCometBft(configured = "", env: Environment = process.env): Promise<CometBinary> {
  const path = findCometBft(configured, env);
  if (path === undefined) throw missing(configured, env);
  const answer = await askVersion(path);
  const version = LINE.exec(answer)?.[1];
  if (version !== undefined) return { path, version };
  const found = answer.slice(0, 60).replaceAll("\n", " ");
  throw new EdgeFailure("config", `${path} is CometBFT ${found}, and this node speaks with 0.38; install it with \`${INSTALL_COMMAND}\``, { found });
}
