/** Chain state after the last block, and by height what queries ask for: validators, parameters, results. */
import type { FinalizeBlockResponse } from "../../chain/abci/index.js";
import {
  decodeConsensusParams,
  decodeValidatorSet,
  encodeConsensusParams,
  encodeValidatorSet,
} from "../../chain/block/index.js";
import type { ConsensusParams, ValidatorSet } from "../../chain/block/index.js";
import { toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { KvOp } from "../../chain/store/index.js";
import { decodeFinalizeResponse, encodeFinalizeResponse } from "./abci-codec.js";
import type { EngineKv } from "./block-store.js";
import { decodeChainState, encodeChainState, nextHeight } from "./chain-state.js";
import type { ChainState } from "./chain-state.js";
import { KIND, heightKey, singleKey } from "./store-keys.js";

export class StateStore {
  readonly #kv: EngineKv;

  constructor(kv: EngineKv) {
    this.#kv = kv;
  }

  load(): ChainState | undefined {
    const bytes = this.#kv.get(singleKey(KIND.state));
    return bytes === undefined ? undefined : decodeChainState(bytes);
  }

  /** With the validators of the next two heights and the parameters of the next. Durable with the next synced write. */
  save(state: ChainState): void {
    const next = nextHeight(state);
    const ops: KvOp[] = [
      { key: singleKey(KIND.state), value: encodeChainState(state) },
      { key: heightKey(KIND.validators, next), value: encodeValidatorSet(state.validators) },
      { key: heightKey(KIND.validators, next + 1n), value: encodeValidatorSet(state.nextValidators) },
      { key: heightKey(KIND.params, next), value: encodeConsensusParams(state.params) },
    ];
    this.#kv.write(ops);
  }

  /** Durable when the promise resolves: the application may commit only after that. */
  async saveResults(height: Height, response: FinalizeBlockResponse): Promise<void> {
    const value = encodeFinalizeResponse(response);
    this.#kv.write([{ key: heightKey(KIND.results, height), value }], { sync: true });
    await this.#kv.flushed();
  }

  results(height: Height): FinalizeBlockResponse | undefined {
    const bytes = this.#kv.get(heightKey(KIND.results, height));
    return bytes === undefined ? undefined : decodeFinalizeResponse(bytes);
  }

  validators(height: Height): ValidatorSet | undefined {
    const bytes = this.#kv.get(heightKey(KIND.validators, height));
    return bytes === undefined ? undefined : decodeValidatorSet(bytes);
  }

  params(height: Height): ConsensusParams | undefined {
    const bytes = this.#kv.get(heightKey(KIND.params, height));
    return bytes === undefined ? undefined : decodeConsensusParams(bytes);
  }

  /** Forgets heights from `from` up to but excluding `to`. Validators stay: evidence needs them longer. */
  prune(from: Height, to: Height): void {
    const ops: KvOp[] = [];
    for (let h = from; h < to; h = toHeight(h + 1n)) {
      for (const kind of [KIND.params, KIND.results]) ops.push({ key: heightKey(kind, h), value: undefined });
    }
    if (ops.length > 0) this.#kv.write(ops);
  }
}
