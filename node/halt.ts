/**
 * A chain that is to stand still at a height, under either engine: every proposal above it is refused, so that nobody is ever
 * locked on one, every node reaches the height itself, and all of them can be stopped at leisure (docs/engines.md).
 */
import type { Height } from "../chain/primitives/index.js";
import type { AppConnection } from "./app/types.js";
import type { Logger } from "./telemetry/log.js";

/** @param height the last that may be decided; 0 sets no end */
export function haltAfter(app: AppConnection, height: Height, log: Logger): AppConnection {
  if (height === 0n) return app;
  let isSaid = false;
  return {
    ...app,
    processProposal: (request) => {
      if (request.height <= height) return app.processProposal(request);
      if (!isSaid) log.warn("the chain halts here: halt-height is reached, and every proposal above it is refused", { height });
      isSaid = true;
      return Promise.resolve("reject");
    },
  };
}
