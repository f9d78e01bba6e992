/**
 * A chain that is to stand still at a height under CometBFT, which signs with a key of its own: the answer to Commit of that
 * height is held back. CometBFT then waits before it begins the next height, signs nothing there, and still gives its peers
 * the block; it ends when this server hangs up. The application has committed by then, and the move (node/engine-move) finishes
 * what CometBFT has left.
 */
import type { Height } from "../../chain/primitives/index.js";
import type { AppConnection } from "../app/index.js";
import type { Logger } from "../telemetry/log.js";

function forever(): Promise<never> {
  return new Promise(() => undefined);
}

/** @param last the height of the last block that CometBFT may decide; 0 sets no end */
export function holdAfter(app: AppConnection, last: Height, log: Logger): AppConnection {
  if (last === 0n) return app;
  const hold = (): Promise<never> => {
    log.warn("the chain halts here: halt_height is reached, and CometBFT gets no answer that would let it go on", { height: last });
    return forever();
  };
  let finalized = 0n;
  return {
    ...app,
    async info() {
      const info = await app.info();
      return info.lastBlockHeight >= last ? hold() : info;
    },
    finalizeBlock(request) {
      finalized = request.height;
      return app.finalizeBlock(request);
    },
    async commit() {
      const committed = await app.commit();
      return finalized >= last ? hold() : committed;
    },
  };
}
