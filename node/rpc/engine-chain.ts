/** The embedded engine behind the port of the doors: it adds what only the node knows, its name and its peers. */
import { ed25519Address } from "../../chain/crypto/index.js";
import { toVotingPower } from "../../chain/primitives/index.js";
import type { Engine } from "../engine/index.js";
import type { Awaitable, ChainReader, ChainStatus, NetInfo, NodeIdentity } from "./types.js";

export interface EngineChainDeps {
  readonly engine: Engine;
  readonly identity: NodeIdentity;
  /** ed25519 key shown on a node that holds no validator key: clients require one. */
  readonly nodeKey: Uint8Array;
  readonly netInfo: () => Awaitable<NetInfo>;
}

/** The engine itself is the EventFeed, and `engine.pool` the TxPool. */
export function createEngineChain({ engine, identity, nodeKey, netInfo }: EngineChainDeps): ChainReader {
  const stranger = { address: ed25519Address(nodeKey), publicKey: nodeKey, power: toVotingPower(0n) };
  const status = (): ChainStatus => {
    const { latest, earliest, isCatchingUp, validator } = engine.status();
    return { node: identity, latest, earliest, isCatchingUp, validator: validator ?? stranger };
  };
  return {
    status,
    netInfo,
    earliestHeight: () => engine.earliestHeight(),
    latestHeight: () => engine.latestHeight(),
    block: (height) => engine.block(height),
    heightOfHash: (hash) => engine.heightOfHash(hash),
    results: (height) => engine.results(height),
    commit: (height) => engine.commit(height),
    validators: (height) => engine.validators(height),
    consensusParams: (height) => engine.consensusParams(height),
    genesis: () => engine.genesis(),
    query: (request) => engine.query(request),
    info: () => engine.info(),
    consensus: () => engine.consensus(),
  };
}
