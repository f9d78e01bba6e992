/** Writes the homes of a local network: keys, one genesis, settings that find one another. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { DEFAULT_CONSENSUS_PARAMS } from "../../chain/block/index.js";
import { secp256k1Address, sha256 } from "../../chain/crypto/index.js";
import { formatAddress } from "../../chain/codec/index.js";
import { concatBytes, toHeight, toTimeNs, toUopen, toVotingPower } from "../../chain/primitives/index.js";
import type { Address, TimeNs } from "../../chain/primitives/index.js";
import { blobCid } from "../../client/blob-cid.js";
import { buildGenesis } from "../../modules/genesis.js";
import type { GenesisAccount } from "../../modules/genesis.js";
import type { BaseModel } from "../../proto/gen/openledger/modelfactory/v1.js";
import { formatKeyFile, keyFromSeed } from "../engine/key-file.js";
import { loadOrCreateIdentity } from "../p2p/index.js";
import { formatGenesis } from "./genesis.js";
import { homeAt, makeFolders, writeSecret } from "./home.js";
import type { Home } from "./home.js";
import { formatOptions } from "./options.js";
import type { EngineChoice } from "./settings.js";

/** Where one validator listens; all on loopback. */
export interface NodePorts {
  readonly p2p: number;
  readonly rpc: number;
  readonly grpc: number;
  readonly api: number;
  readonly sidecar: number;
  /** Of CometBFT's own network, where it is the engine. */
  readonly comet: number;
}

export interface TestnetOptions {
  /** Holds one folder per validator: node0, node1, ... */
  readonly dir: string;
  readonly chainId: string;
  /** One entry per validator. */
  readonly ports: readonly NodePorts[];
  /** Funded beside the operators. */
  readonly accounts: readonly GenesisAccount[];
  /** Folder with config.json, tokenizer.json and model.safetensors. */
  readonly baseModel: string;
  /** Pace of idle blocks. */
  readonly timeoutCommitMs: number;
  /** Embedded when absent. */
  readonly engine?: EngineChoice;
  /** Genesis time, Unix milliseconds. */
  readonly nowMs: number;
}

export interface TestnetNode {
  readonly home: Home;
  /** Account of the validator's operator. */
  readonly operator: string;
  readonly ports: NodePorts;
  readonly sidecarTokenFile: string;
}

/** What an operator needs for gas and training bonds: 100,000 OPEN. */
const OPERATOR_FUNDS = toUopen(100_000n * 1_000_000n);
const POWER = 1_000_000n;
const MODEL_FILES = ["config.json", "tokenizer.json", "model.safetensors"] as const;

async function baseModelRecord(dir: string, owner: string): Promise<Omit<BaseModel, "id">> {
  const [config, tokenizer, weights] = MODEL_FILES.map((name) => new Uint8Array(readFileSync(join(dir, name))));
  if (config === undefined || tokenizer === undefined || weights === undefined) throw new TypeError("three model files");
  return {
    owner,
    name: "openledger-base",
    baseHash: sha256(concatBytes(sha256(config), sha256(tokenizer), sha256(weights))),
    configCid: await blobCid(config),
    tokenizerCid: await blobCid(tokenizer),
    weightsCid: await blobCid(weights),
    license: "Apache-2.0",
    royaltyPpm: 100_000,
  };
}

interface Keys {
  readonly home: Home;
  readonly publicKey: Uint8Array;
  readonly operator: Address;
  readonly peer: string;
  /** The same node in CometBFT's network. */
  readonly cometPeer: string;
}

function makeKeys(home: Home, ports: NodePorts): Keys {
  makeFolders(home);
  const seed = new Uint8Array(randomBytes(32));
  const account = secp256k1.utils.randomSecretKey();
  writeSecret(home.validatorKey, formatKeyFile(seed));
  writeSecret(join(home.dir, "config", "operator_key.hex"), `${Buffer.from(account).toString("hex")}\n`);
  writeSecret(home.attestSecret, `${randomBytes(32).toString("hex")}\n`);
  writeSecret(join(home.dir, "config", "sidecar_token"), randomBytes(24).toString("base64url"));
  const identity = loadOrCreateIdentity(home.nodeKey);
  return {
    home,
    publicKey: keyFromSeed(seed).publicKey,
    operator: secp256k1Address(secp256k1.getPublicKey(account, true)),
    peer: `/ip4/127.0.0.1/tcp/${ports.p2p}/p2p/${identity.peerId}`,
    cometPeer: `${identity.nodeId}@127.0.0.1:${ports.comet}`,
  };
}

function configToml(i: number, keys: readonly Keys[], options: TestnetOptions): string {
  const ports = options.ports[i] as NodePorts;
  const others = keys.filter((_, j) => j !== i);
  return formatOptions("config", {
    moniker: `node${i}`,
    engine: options.engine ?? "embedded",
    "rpc.laddr": `tcp://127.0.0.1:${ports.rpc}`,
    "rpc.cors_allowed_origins": ["*"],
    "p2p.laddr": `tcp://127.0.0.1:${ports.p2p}`,
    "p2p.persistent_peers": others.map((k) => k.peer),
    "cometbft.p2p_laddr": `tcp://127.0.0.1:${ports.comet}`,
    "cometbft.persistent_peers": others.map((k) => k.cometPeer),
    "consensus.timeout_commit_ms": options.timeoutCommitMs,
  });
}

function appToml(i: number, home: Home, options: TestnetOptions): string {
  const ports = options.ports[i] as NodePorts;
  return formatOptions("app", {
    keep_recent: 10_000,
    seed_blobs: MODEL_FILES.map((name) => resolve(options.baseModel, name)),
    "grpc.address": `127.0.0.1:${ports.grpc}`,
    "api.address": `tcp://127.0.0.1:${ports.api}`,
    "api.cors_origins": ["*"],
    "sidecar.address": `127.0.0.1:${ports.sidecar}`,
    "sidecar.token_file": resolve(home.dir, "config", "sidecar_token"),
    "operator.key_file": resolve(home.dir, "config", "operator_key.hex"),
    // The first validator trains; the others check answers and attributions.
    "operator.trainer": i === 0,
  });
}

function genesisText(keys: readonly Keys[], model: Omit<BaseModel, "id">, options: TestnetOptions): string {
  const time: TimeNs = toTimeNs(BigInt(Math.floor(options.nowMs / 1000)), (options.nowMs % 1000) * 1_000_000);
  const operators = keys.map((k) => ({ address: k.operator, amount: OPERATOR_FUNDS, from: "ecosystem" as const }));
  const appState = buildGenesis({
    time,
    validators: keys.map((k, i) => ({
      operator: k.operator,
      publicKey: k.publicKey,
      power: POWER,
      moniker: `node${i}`,
    })),
    accounts: [...operators, ...options.accounts],
    baseModels: [model],
    // A few seconds instead of ten minutes: whoever tries a network out wants to see rewards.
    attribution: { disputeWindow: 20 },
    // Four validators on one machine share its cores: what would be replayed unasked, or retrained, would be felt.
    modelfactory: { disputeWindow: 20, disputeMovePeriod: 20, replaySamplePpm: 0, metasmoothSubsets: 0 },
  });
  return formatGenesis({
    genesisTime: time,
    chainId: options.chainId,
    initialHeight: toHeight(1n),
    consensusParams: { ...DEFAULT_CONSENSUS_PARAMS, abci: { voteExtensionsEnableHeight: 1n } },
    validators: keys.map((k, i) => ({ publicKey: k.publicKey, power: toVotingPower(POWER), name: `node${i}` })),
    appHash: new Uint8Array(0),
    appState,
  });
}

/** Writes the homes. @throws EdgeFailure "config"; Reject when accounts take more than their bucket has launched. */
export async function createTestnet(options: TestnetOptions): Promise<readonly TestnetNode[]> {
  const keys = options.ports.map((ports, i) => makeKeys(homeAt(join(options.dir, `node${i}`)), ports));
  const owner = keys[0]?.operator;
  if (owner === undefined) throw new TypeError("a network needs a validator");
  const genesis = genesisText(keys, await baseModelRecord(options.baseModel, formatAddress(owner)), options);
  keys.forEach(({ home }, i) => {
    writeFileSync(home.config, configToml(i, keys, options));
    writeFileSync(home.app, appToml(i, home, options));
    writeFileSync(home.genesis, genesis);
  });
  return keys.map(({ home, operator }, i) => ({
    home,
    operator: formatAddress(operator),
    ports: options.ports[i] as NodePorts,
    sidecarTokenFile: join(home.dir, "config", "sidecar_token"),
  }));
}

/** Whether a network was written here before. */
export function hasTestnet(dir: string): boolean {
  return existsSync(homeAt(join(dir, "node0")).genesis);
}
