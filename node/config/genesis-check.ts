import { silentSource } from "../../chain/attest/index.js";
import { Fault, Reject } from "../../chain/primitives/index.js";
import { createMemoryKv } from "../../chain/store/index.js";
import { createOpenLedger } from "../../modules/app.js";
import { initChainRequest } from "../engine/requests.js";
import { EdgeFailure } from "../errors.js";
import { APP_VERSION } from "../version.js";
import { parseGenesis } from "./genesis.js";

export interface CheckedGenesis {
  readonly chainId: string;
  /** Validators that the application starts with. */
  readonly validators: number;
}

/**
 * Starts the whole application on the document, in memory: what passes here, every node of this version starts on.
 *
 * @throws EdgeFailure "config" with the module's own words.
 */
export function checkGenesis(text: string): CheckedGenesis {
  const doc = parseGenesis(text);
  const app = createOpenLedger({
    kv: createMemoryKv(),
    source: silentSource,
    minGasPrice: { numerator: 0n, denominator: 1n },
    version: APP_VERSION,
  });
  try {
    const { validators } = app.initChain(initChainRequest(doc));
    return { chainId: doc.chainId, validators: validators.length };
  } catch (cause) {
    if (cause instanceof Reject || cause instanceof Fault) {
      throw new EdgeFailure("config", `the application refuses this genesis document: ${cause.message}`, cause.facts, cause);
    }
    throw cause;
  }
}
