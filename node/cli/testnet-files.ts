/** Homes of N validators with one genesis document: what `testnet init-files` leaves behind. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDecimal } from "../../chain/codec/index.js";
import { UOPEN_PER_OPEN, toUopen } from "../../chain/primitives/index.js";
import { applyGentxs } from "../config/collect-gentxs.js";
import { createHome } from "../config/create-home.js";
import { addGenesisAccounts } from "../config/genesis-accounts.js";
import { checkGenesis } from "../config/genesis-check.js";
import { loadGenesis } from "../config/genesis-file.js";
import { formatGenesis } from "../config/genesis.js";
import { formatGentx } from "../config/gentx.js";
import type { Gentx } from "../config/gentx.js";
import { homeAt } from "../config/home.js";
import type { Home } from "../config/home.js";
import { formatOptions } from "../config/options.js";
import type { EngineChoice } from "../config/settings.js";
import { loadKey } from "../engine/key-file.js";
import { EdgeFailure } from "../errors.js";
import { addressOf, deriveSecret, generateMnemonic, hdPathOf, openKeyring, recordOf, COIN_TYPE } from "../keyring/index.js";
import type { KeyringBackend } from "../keyring/index.js";
import { loadIdentity } from "../p2p/identity.js";

export interface NodeDoors {
  /** Where the node listens, and where others reach it. */
  readonly host: string;
  readonly p2p: number;
  readonly rpc: number;
  readonly grpc: number;
  readonly api: number;
}

export interface TestnetFiles {
  readonly dir: string;
  readonly chainId: string;
  /** One for each validator. */
  readonly doors: readonly NodeDoors[];
  readonly nodePrefix: string;
  /** Below each node's folder; empty for the folder itself. */
  readonly daemonHome: string;
  readonly minimumGasPrices: string;
  readonly commitTimeoutMs: number;
  readonly keyringBackend: Extract<KeyringBackend, "test">;
  readonly engine: EngineChoice;
}

export interface TestnetValidator {
  readonly name: string;
  readonly home: Home;
  readonly mnemonic: string;
  readonly doors: NodeDoors;
}

/** What each operator has at genesis, and what of it is staked: 100,000 and 50,000 OPEN. */
const FUNDS = toUopen(100_000n * UOPEN_PER_OPEN);
const STAKE = toUopen(50_000n * UOPEN_PER_OPEN);

interface Made extends TestnetValidator {
  readonly secret: Uint8Array;
  readonly gentx: Gentx;
}

function gentxOf(name: string, home: Home, secret: Uint8Array, doors: NodeDoors): Gentx {
  const { peerId } = loadIdentity(home.nodeKey);
  return {
    operator: addressOf(recordOf(name, secret)),
    consensusKey: loadKey(home.validatorKey).publicKey,
    amount: STAKE,
    description: { moniker: name, identity: "", website: "", securityContact: "", details: "" },
    commission: { rate: parseDecimal("0.1"), maxRate: parseDecimal("0.2"), maxChangeRate: parseDecimal("0.01") },
    minSelfDelegation: 1n,
    memo: `/${/^[\d.]+$/.test(doors.host) ? "ip4" : "dns"}/${doors.host}/tcp/${doors.p2p}/p2p/${peerId}`,
  };
}

async function makeNode(i: number, files: TestnetFiles): Promise<Made> {
  const name = `${files.nodePrefix}${i}`;
  const home = homeAt(join(files.dir, name, files.daemonHome));
  createHome(home, { moniker: name, chainId: files.chainId, overwrite: false, initialHeight: 1n, nowMs: Date.now() });
  const mnemonic = generateMnemonic();
  const secret = await deriveSecret(mnemonic, hdPathOf({ account: 0, index: 0, coinType: COIN_TYPE }));
  const ask = (): Promise<string> => Promise.resolve("");
  await openKeyring({ backend: files.keyringBackend, dir: home.dir, ask, attempts: 1 }).add(recordOf(name, secret));
  writeFileSync(join(home.dir, "key_seed.json"), `${JSON.stringify({ secret: mnemonic })}\n`, { mode: 0o600 });
  const doors = files.doors[i] as NodeDoors;
  return { name, home, mnemonic, doors, secret, gentx: gentxOf(name, home, secret, doors) };
}

function writeSettings({ name, home, doors }: Made, all: readonly Made[], files: TestnetFiles): void {
  const isLocal = doors.host.startsWith("127.");
  const peers = all.filter((other) => other.name !== name).map((other) => other.gentx.memo);
  const config = {
    moniker: name,
    engine: files.engine,
    "rpc.laddr": `tcp://127.0.0.1:${doors.rpc}`,
    "p2p.laddr": `tcp://${isLocal ? doors.host : "0.0.0.0"}:${doors.p2p}`,
    "p2p.persistent_peers": peers,
    "consensus.timeout_commit_ms": files.commitTimeoutMs,
  };
  const app = { minimum_gas_prices: files.minimumGasPrices, "grpc.address": `127.0.0.1:${doors.grpc}`, "api.address": `tcp://127.0.0.1:${doors.api}` };
  const client = { "chain-id": files.chainId, "keyring-backend": files.keyringBackend, node: `tcp://127.0.0.1:${doors.rpc}` };
  writeFileSync(home.config, formatOptions("config", config));
  writeFileSync(home.app, formatOptions("app", app));
  writeFileSync(home.client, formatOptions("client", client));
}

/** The document of the first home, with every account and every validator. @throws EdgeFailure "config" where a bucket is too small. */
function genesisOf(nodes: readonly Made[], first: Home): string {
  const doc = loadGenesis(first);
  let appState = doc.appState as Readonly<Record<string, unknown>>;
  appState = addGenesisAccounts(appState, nodes.map(({ gentx }) => ({ address: gentx.operator, amount: FUNDS, from: "ecosystem" as const, append: false })));
  appState = applyGentxs(appState, nodes.map(({ gentx }) => gentx), doc.genesisTime);
  const text = formatGenesis({ ...doc, appState });
  checkGenesis(text);
  return text;
}

async function write(files: TestnetFiles): Promise<readonly TestnetValidator[]> {
  const nodes: Made[] = [];
  for (const i of files.doors.keys()) nodes.push(await makeNode(i, files));
  const [first] = nodes;
  if (first === undefined) throw new EdgeFailure("config", "a network needs a validator");
  const genesis = genesisOf(nodes, first.home);
  const gentxs = join(files.dir, "gentxs");
  mkdirSync(gentxs);
  for (const node of nodes) {
    writeFileSync(node.home.genesis, genesis);
    writeSettings(node, nodes, files);
    writeFileSync(join(gentxs, `${node.name}.json`), formatGentx(node.gentx, files.chainId, node.secret));
  }
  return nodes;
}

/** Whole or not at all, also when it is interrupted. @throws EdgeFailure "config" when the folder holds something already. */
export async function writeTestnetFiles(files: TestnetFiles): Promise<readonly TestnetValidator[]> {
  if (existsSync(files.dir)) throw new EdgeFailure("config", `${files.dir} is there already; move it away, or name another folder with --output-dir`);
  const making = `${files.dir}.making`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  try {
    const nodes = await write({ ...files, dir: making });
    renameSync(making, files.dir);
    return nodes.map((node) => ({ ...node, home: homeAt(join(files.dir, node.name, files.daemonHome)) }));
  } catch (cause) {
    rmSync(making, { recursive: true, force: true });
    throw cause;
  }
}

/** A name for a network that nobody will join. */
export function randomChainId(): string {
  return `open-${randomBytes(3).toString("hex")}`;
}
