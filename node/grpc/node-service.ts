/** cosmos.base.node.v1beta1.Service: what wallets and relayers ask a node about itself. */
import { toTimestamp } from "../../chain/codec/index.js";
import * as pb from "../../proto/gen/cosmos/base/node/v1beta1.js";
import type { ChainReader } from "../rpc/index.js";
import { StatusError, route } from "./service.js";
import type { Route } from "./service.js";

const PATH = "/cosmos.base.node.v1beta1.Service";

/** The operator's settings that clients may know. */
export interface NodeConfig {
  /** For instance "0.01uopen"; empty asks for no fee. */
  readonly minimumGasPrice: string;
  readonly pruningKeepRecent: string;
  readonly pruningInterval: string;
}

async function status(chain: ChainReader): Promise<pb.StatusResponse> {
  const { latest, earliest } = await chain.status();
  const stored = latest === null ? undefined : await chain.block(latest.height);
  if (latest === null || stored === undefined) throw new StatusError("Unavailable", "there is no block yet");
  return pb.StatusResponse.create({
    earliestStoreHeight: earliest?.height ?? latest.height,
    height: latest.height,
    timestamp: toTimestamp(latest.time),
    appHash: latest.appHash,
    validatorHash: stored.block.header.nextValidatorsHash,
  });
}

export function nodeRoutes(chain: ChainReader, config: NodeConfig): readonly Route[] {
  return [
    route(`${PATH}/Config`, { request: pb.ConfigRequest, response: pb.ConfigResponse }, () => ({ ...config, haltHeight: 0n })),
    route(`${PATH}/Status`, { request: pb.StatusRequest, response: pb.StatusResponse }, () => status(chain)),
  ];
}
