/** CometBFT's home inside ours. Keys, signer state and genesis are not copied: its config.toml points at ours (ADR 0154). */
import { join } from "node:path";
import type { Home } from "../config/home.js";

export interface CometHome {
  /** `--home` of the program. */
  readonly dir: string;
  readonly config: string;
  /** Its databases and its WAL. */
  readonly data: string;
  /** CometBFT's block store: there once it has run. */
  readonly blockStore: string;
  /** Process id of the one that runs, or ran. */
  readonly pidFile: string;
  /** Where it serves JSON-RPC to us, and we ABCI to it, unless settings say otherwise. */
  readonly rpcSocket: string;
  readonly abciSocket: string;
}

export function cometHomeOf({ dir }: Pick<Home, "dir">): CometHome {
  const home = join(dir, "cometbft");
  const data = join(home, "data");
  return {
    dir: home,
    config: join(home, "config", "config.toml"),
    data,
    blockStore: join(data, "blockstore.db"),
    pidFile: join(data, "cometbft.pid"),
    rpcSocket: join(home, "rpc.sock"),
    abciSocket: join(home, "abci.sock"),
  };
}
