/** cosmos.base.tendermint.v1beta1.Service: blocks and validators in the SDK's words. */
import { BLOCK_PROTOCOL, encodeBlock } from "../../chain/block/index.js";
import type { Validator as DomainValidator } from "../../chain/block/index.js";
import { formatConsensusAddress } from "../../chain/codec/index.js";
import { EMPTY_BYTES, toHeight, toHex } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { PageRequest } from "../../proto/gen/cosmos/base/query/v1beta1.js";
import * as pb from "../../proto/gen/cosmos/base/tendermint/v1beta1.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { Block as WireBlock } from "../../proto/gen/tendermint/types.js";
import type { ChainReader, QueryDoor, StoredBlock } from "../rpc/index.js";
import { StatusError, route } from "./service.js";
import type { Route } from "./service.js";

/** What the node says of its own build. */
export interface BuildInfo {
  readonly name: string;
  readonly version: string;
  readonly gitCommit: string;
}

const PATH = "/cosmos.base.tendermint.v1beta1.Service";
const P2P_PROTOCOL = 8n;
/** Clients choose their dialect by these (cosmos-formats.md §0): what this chain is compatible with. */
const SDK_VERSION = "v0.53.0";
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

export interface Slice {
  readonly offset: number;
  readonly limit: number;
}

/** Offset and limit of a page request. @throws StatusError for keys, which these lists do not have. */
export function sliceOf(page: PageRequest | undefined): Slice {
  if (page !== undefined && page.key.length > 0) throw new StatusError("InvalidArgument", "this list is paged by offset");
  const limit = page === undefined || page.limit === 0n ? DEFAULT_LIMIT : Number(page.limit);
  const offset = Number(page?.offset ?? 0n);
  return { offset: Math.min(offset, Number.MAX_SAFE_INTEGER - MAX_LIMIT), limit: Math.min(limit, MAX_LIMIT) };
}

/** @throws StatusError "InvalidArgument" above the latest height, "NotFound" for what is pruned. */
export async function blockAt(chain: ChainReader, asked: bigint): Promise<StoredBlock> {
  const latest = chain.latestHeight();
  if (asked < 0n || asked > latest) {
    throw new StatusError("InvalidArgument", "requested block height is bigger then the chain length");
  }
  const height = asked === 0n ? latest : toHeight(asked);
  const stored = await chain.block(height);
  if (stored === undefined) throw new StatusError("NotFound", `block ${height} is not available`);
  return stored;
}

/** The block as both its types: `block`, and `sdk_block` whose proposer is a bech32 text. */
export function wireBlock({ block }: StoredBlock): WireBlock {
  return WireBlock.decode(encodeBlock(block));
}

function blockResponse(stored: StoredBlock): pb.GetBlockByHeightResponse {
  const block = wireBlock(stored);
  const proposerAddress = formatConsensusAddress(stored.block.header.proposer);
  const { hash, parts } = stored.id;
  const version = { block: block.header.version.block, app: block.header.version.app };
  const sdkBlock = { ...block, header: { ...block.header, version, proposerAddress } };
  return { blockId: { hash, partSetHeader: parts }, block, sdkBlock };
}

function validatorMessage(validator: DomainValidator): pb.Validator {
  return {
    address: formatConsensusAddress(validator.address),
    pubKey: { typeUrl: "/cosmos.crypto.ed25519.PubKey", value: PubKey.encode({ key: validator.publicKey }) },
    votingPower: validator.power,
    proposerPriority: validator.priority,
  };
}

async function validatorSet(
  chain: ChainReader,
  asked: bigint,
  page: PageRequest | undefined,
): Promise<pb.GetValidatorSetByHeightResponse> {
  const latest = chain.latestHeight();
  if (asked < 0n || asked > latest) {
    throw new StatusError("InvalidArgument", "requested block height is bigger then the chain length");
  }
  const height = asked === 0n ? latest : toHeight(asked);
  const set = await chain.validators(height);
  if (set === undefined) throw new StatusError("NotFound", `validators of height ${height} are not available`);
  const { offset, limit } = sliceOf(page);
  return {
    blockHeight: height,
    validators: set.validators.slice(offset, offset + limit).map(validatorMessage),
    pagination: { nextKey: EMPTY_BYTES, total: BigInt(set.validators.length) },
  };
}

async function nodeInfo(chain: ChainReader, build: BuildInfo): Promise<pb.GetNodeInfoResponse> {
  const { node } = await chain.status();
  const buildDeps = [
    { path: "github.com/cometbft/cometbft", version: `v${node.version}`, sum: "" },
    { path: "github.com/cosmos/cosmos-sdk", version: SDK_VERSION, sum: "" },
  ];
  return {
    defaultNodeInfo: {
      protocolVersion: { p2p: P2P_PROTOCOL, block: BLOCK_PROTOCOL, app: node.appVersion },
      defaultNodeId: toHex(node.id),
      listenAddr: node.listenAddress,
      network: node.network,
      version: node.version,
      channels: EMPTY_BYTES,
      moniker: node.moniker,
      other: { txIndex: node.isIndexed ? "on" : "off", rpcAddress: node.rpcAddress },
    },
    applicationVersion: {
      name: build.name,
      appName: `${build.name}d`,
      version: build.version,
      gitCommit: build.gitCommit,
      buildTags: "",
      goVersion: "",
      buildDeps,
      cosmosSdkVersion: SDK_VERSION,
    },
  };
}

function abciQuery(door: QueryDoor): Route {
  const codecs = { request: pb.ABCIQueryRequest, response: pb.ABCIQueryResponse };
  return route(`${PATH}/ABCIQuery`, codecs, async ({ data, path, height, prove }) => {
    if (height < 0n) throw new StatusError("InvalidArgument", "height must not be negative");
    if (path.startsWith(`${PATH}/`)) throw new StatusError("InvalidArgument", "a query cannot ask for a query");
    const { proofOps, ...rest } = await door.query({ data, path, height: toHeight(height), prove });
    return { ...rest, proofOps: proofOps.length === 0 ? undefined : { ops: proofOps } };
  });
}

/** `door` answers ABCIQuery, which may ask for anything but this service. */
export function cometRoutes(chain: ChainReader, build: BuildInfo, door: QueryDoor): readonly Route[] {
  const at = (asked: bigint, height: Height): bigint => (asked === 0n ? height : asked);
  return [
    route(
      `${PATH}/GetNodeInfo`,
      { request: pb.GetNodeInfoRequest, response: pb.GetNodeInfoResponse },
      () => nodeInfo(chain, build),
    ),
    route(
      `${PATH}/GetSyncing`,
      { request: pb.GetSyncingRequest, response: pb.GetSyncingResponse },
      async () => ({ syncing: (await chain.status()).isCatchingUp }),
    ),
    route(
      `${PATH}/GetLatestBlock`,
      { request: pb.GetLatestBlockRequest, response: pb.GetLatestBlockResponse },
      async () => blockResponse(await blockAt(chain, 0n)),
    ),
    route(
      `${PATH}/GetBlockByHeight`,
      { request: pb.GetBlockByHeightRequest, response: pb.GetBlockByHeightResponse },
      async (q, height) => blockResponse(await blockAt(chain, at(q.height, height))),
    ),
    route(
      `${PATH}/GetLatestValidatorSet`,
      { request: pb.GetLatestValidatorSetRequest, response: pb.GetLatestValidatorSetResponse },
      (q) => validatorSet(chain, 0n, q.pagination),
    ),
    route(
      `${PATH}/GetValidatorSetByHeight`,
      { request: pb.GetValidatorSetByHeightRequest, response: pb.GetValidatorSetByHeightResponse },
      (q, height) => validatorSet(chain, at(q.height, height), q.pagination),
    ),
    abciQuery(door),
  ];
}
