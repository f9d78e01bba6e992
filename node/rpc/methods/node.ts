/** Methods about the node and its network: health, status, net_info, genesis, genesis_chunked. */
import { EMPTY_BYTES, ZERO_TIME, parseUtf8, toBase64, toHeight, toHex, toUpperHex } from "../../../chain/primitives/index.js";
import { formatRfc3339Nano } from "../../../chain/codec/index.js";
import type { JsonObject, JsonValue } from "../../../chain/codec/index.js";
import { BLOCK_PROTOCOL } from "../../../chain/block/index.js";
import { failed } from "../errors.js";
import { publicKeyJson } from "../json-chain.js";
import { defineMethod } from "../method.js";
import type { RpcMethod } from "../method.js";
import type { BlockSummary, ChainReader, ChainStatus, NodeIdentity, PeerInfo } from "../types.js";

const P2P_PROTOCOL = "8";
const CHUNK_BYTES = 16 * 1024 * 1024;
const NO_BLOCK: BlockSummary = { height: toHeight(0n), hash: EMPTY_BYTES, appHash: EMPTY_BYTES, time: ZERO_TIME };

function nodeInfoJson(node: NodeIdentity): JsonObject {
  return {
    protocol_version: { p2p: P2P_PROTOCOL, block: String(BLOCK_PROTOCOL), app: node.appVersion.toString() },
    id: toHex(node.id),
    listen_addr: node.listenAddress,
    network: node.network,
    version: node.version,
    channels: "",
    moniker: node.moniker,
    other: { tx_index: node.isIndexed ? "on" : "off", rpc_address: node.rpcAddress },
  };
}

function summaryJson(name: "latest" | "earliest", summary: BlockSummary | null): JsonObject {
  const { height, hash, appHash, time } = summary ?? NO_BLOCK;
  return {
    [`${name}_block_hash`]: toUpperHex(hash),
    [`${name}_app_hash`]: toUpperHex(appHash),
    [`${name}_block_height`]: height.toString(),
    [`${name}_block_time`]: formatRfc3339Nano(time),
  };
}

function statusJson({ node, latest, earliest, isCatchingUp, validator }: ChainStatus): JsonObject {
  return {
    node_info: nodeInfoJson(node),
    sync_info: {
      ...summaryJson("latest", latest),
      ...summaryJson("earliest", earliest),
      catching_up: isCatchingUp,
    },
    validator_info: {
      address: toUpperHex(validator.address),
      pub_key: publicKeyJson(validator.publicKey),
      voting_power: validator.power.toString(),
    },
  };
}

/** "/ip4/203.0.113.7/tcp/26656/..." without all but the address. */
function ipOf(address: string): string {
  return /^\/ip[46]\/([^/]+)/.exec(address)?.[1] ?? address;
}

/** CometBFT's form of what is known of a peer; its handshake says more than ours, and what we lack is empty. */
function peerJson(peer: PeerInfo, { network, version }: NodeIdentity): JsonObject {
  return {
    node_info: {
      protocol_version: { p2p: P2P_PROTOCOL, block: String(BLOCK_PROTOCOL), app: "0" },
      id: peer.id,
      listen_addr: peer.address,
      network,
      version,
      channels: "",
      moniker: peer.moniker,
      other: { tx_index: "", rpc_address: "" },
    },
    is_outbound: peer.isOutbound,
    connection_status: {},
    remote_ip: ipOf(peer.address),
  };
}

async function netInfoJson(chain: ChainReader): Promise<JsonObject> {
  const [{ listeners, peers }, { node }] = await Promise.all([chain.netInfo(), chain.status()]);
  const listening = listeners.length > 0;
  return { listening, listeners, n_peers: peers.length.toString(), peers: peers.map((peer) => peerJson(peer, node)) };
}

function genesisJson(genesis: Uint8Array): JsonObject {
  if (genesis.length > CHUNK_BYTES) throw failed("genesis response is large, please use the genesis_chunked API instead");
  return { genesis: JSON.parse(parseUtf8(genesis)) as JsonValue };
}

function chunkJson(genesis: Uint8Array, chunk: bigint): JsonObject {
  const total = Math.max(1, Math.ceil(genesis.length / CHUNK_BYTES));
  if (chunk >= BigInt(total)) {
    throw failed(`there are ${total - 1} chunks, ${chunk} is invalid`);
  }
  const from = Number(chunk) * CHUNK_BYTES;
  const data = toBase64(genesis.subarray(from, from + CHUNK_BYTES));
  return { chunk: chunk.toString(), total: total.toString(), data };
}

export function nodeMethods(chain: ChainReader): readonly (readonly [string, RpcMethod])[] {
  return [
    ["health", defineMethod({}, () => ({}))],
    ["status", defineMethod({}, async () => statusJson(await chain.status()))],
    ["net_info", defineMethod({}, () => netInfoJson(chain))],
    ["genesis", defineMethod({}, () => genesisJson(chain.genesis()))],
    ["genesis_chunked", defineMethod({ chunk: "uint" }, ({ chunk = 0n }) => chunkJson(chain.genesis(), chunk))],
  ];
}
