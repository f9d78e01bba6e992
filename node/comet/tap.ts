/** What passes between CometBFT and the application, watched: the results of each block and its commit. */
import type { CommitResponse, FinalizeBlockResponse } from "../../chain/abci/index.js";
import { toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { AppConnection } from "../app/types.js";

export interface AppWatch {
  /** Before CometBFT hears of it. */
  finalized(height: Height, response: FinalizeBlockResponse): void;
  /** The application has committed this height; CometBFT hears of it next, in the words that come back. */
  committed(height: Height, response: CommitResponse): CommitResponse;
}

/** The same application, watched. One connection (CometBFT's for consensus) executes blocks, one after the other. */
export function watchApp(app: AppConnection, watch: AppWatch): AppConnection {
  let last: Height = toHeight(0n);
  return {
    ...app,
    async finalizeBlock(request) {
      const response = await app.finalizeBlock(request);
      last = request.height;
      watch.finalized(request.height, response);
      return response;
    },
    async commit() {
      return watch.committed(last, await app.commit());
    },
  };
}
