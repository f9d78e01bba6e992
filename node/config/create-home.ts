/** Makes the home of a new node: what `openledgerd init` leaves behind. */
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { silentSource } from "../../chain/attest/index.js";
import { DEFAULT_CONSENSUS_PARAMS } from "../../chain/block/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { toHeight, toTimeNs, utf8 } from "../../chain/primitives/index.js";
import { createModules } from "../../modules/app.js";
import { buildGenesis } from "../../modules/genesis.js";
import { formatKeyFile, loadKey } from "../engine/key-file.js";
import { EdgeFailure } from "../errors.js";
import { loadOrCreateIdentity } from "../p2p/identity.js";
import { formatGenesis } from "./genesis.js";
import { makeFolders, writeSecret } from "./home.js";
import type { Home } from "./home.js";
import { formatOptions } from "./options.js";

export interface NewHome {
  readonly moniker: string;
  readonly chainId: string;
  /** Replace the genesis document and the settings, never a key. */
  readonly overwrite: boolean;
  readonly initialHeight: bigint;
  /** Genesis time, Unix milliseconds. */
  readonly nowMs: number;
  /** The validator's key derives from it, as CometBFT derives one from a secret. */
  readonly mnemonic?: string;
}

export interface MadeHome {
  /** CometBFT node id, hex. */
  readonly nodeId: string;
  readonly appState: Readonly<Record<string, unknown>>;
}

/** A signer that has signed nothing, as CometBFT writes it. */
export const FRESH_SIGNER_STATE = `${JSON.stringify({ height: "0", round: 0, step: 0 }, null, 2)}\n`;

/** app_state of a chain without accounts and validators: every module's defaults, and the supply in its five buckets. */
export function emptyAppState(nowMs: number): Readonly<Record<string, unknown>> {
  const defaults = createModules(silentSource).modules.map((m) => [m.name, m.genesis.defaults()] as const);
  return { ...Object.fromEntries(defaults), ...buildGenesis({ time: timeOf(nowMs), validators: [], accounts: [] }) };
}

function timeOf(nowMs: number): ReturnType<typeof toTimeNs> {
  return toTimeNs(BigInt(Math.floor(nowMs / 1_000)), (nowMs % 1_000) * 1_000_000);
}

function makeKeys(home: Home, mnemonic: string | undefined): void {
  if (!existsSync(home.validatorKey)) {
    writeSecret(home.validatorKey, formatKeyFile(mnemonic === undefined ? new Uint8Array(randomBytes(32)) : sha256(utf8(mnemonic))));
  }
  loadKey(home.validatorKey);
  if (!existsSync(home.validatorState)) writeSecret(home.validatorState, FRESH_SIGNER_STATE);
  if (!existsSync(home.attestSecret)) writeSecret(home.attestSecret, `${randomBytes(32).toString("hex")}\n`);
}

/**
 * Writes the home. Keys that are there already are kept: a second key of one validator would be a double sign.
 *
 * @throws EdgeFailure "config" when there is a genesis document already and `overwrite` is off, or a key file is damaged.
 */
export function createHome(home: Home, options: NewHome): MadeHome {
  if (existsSync(home.genesis) && !options.overwrite) {
    throw new EdgeFailure("config", `${home.genesis} already exists; --overwrite replaces it and the settings`);
  }
  if (options.mnemonic !== undefined && existsSync(home.validatorKey)) {
    throw new EdgeFailure("config", `${home.validatorKey} already exists; move it away before recovering another`);
  }
  makeFolders(home);
  makeKeys(home, options.mnemonic);
  const { nodeId } = loadOrCreateIdentity(home.nodeKey);
  const appState = emptyAppState(options.nowMs);
  const genesis = formatGenesis({
    genesisTime: timeOf(options.nowMs),
    chainId: options.chainId,
    initialHeight: toHeight(options.initialHeight),
    // Attestation travels in vote extensions, from the first block that can have them.
    consensusParams: { ...DEFAULT_CONSENSUS_PARAMS, abci: { voteExtensionsEnableHeight: options.initialHeight } },
    validators: [],
    appHash: new Uint8Array(0),
    appState,
  });
  writeFileSync(home.config, formatOptions("config", { moniker: options.moniker }));
  writeFileSync(home.app, formatOptions("app"));
  writeFileSync(home.client, formatOptions("client", { "chain-id": options.chainId }));
  writeFileSync(home.genesis, genesis);
  return { nodeId, appState };
}
