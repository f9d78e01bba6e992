/** Chain state after the last block, and by height what queries ask for: validators, parameters, results. */
import type { FinalizeBlockResponse } from "../../chain/abci/index.js";
import {
  decodeConsensusParams,
  decodeValidatorSet,
  encodeConsensusParams,
  encodeValidatorSet,
} from "../../chain/block/index.js";
import type { ConsensusParams, ValidatorSet } from "../../chain/block/index.js";
import { parseU64be, toHeight, u64be } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { KvOp } from "../../chain/store/index.js";
import { decodeFinalizeResponse, encodeFinalizeResponse } from "../app/index.js";
import type { EngineKv } from "./block-store.js";
import { decodeChainState, encodeChainState, nextHeight } from "./chain-state.js";
import type { ChainState } from "./chain-state.js";
import { KIND, heightKey, removalsBetween, singleKey } from "./store-keys.js";

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
    this.#kv.write(this.ops(state));
  }

  /** What `save` writes. */
  ops(state: ChainState): KvOp[] {
    const next = nextHeight(state);
    return [
      { key: singleKey(KIND.state), value: encodeChainState(state) },
      { key: heightKey(KIND.validators, next), value: encodeValidatorSet(state.validators) },
      { key: heightKey(KIND.validators, next + 1n), value: encodeValidatorSet(state.nextValidators) },
      { key: heightKey(KIND.params, next), value: encodeConsensusParams(state.params) },
    ];
  }

  /** Takes away what a later state wrote that `target` does not write: the last height of its validators and of its parameters. */
  removalsAbove(target: ChainState): KvOp[] {
    const next = nextHeight(target);
    const keys = [heightKey(KIND.validators, next + 2n), heightKey(KIND.params, next + 1n)];
    return keys.map((key) => ({ key, value: undefined }));
  }

  removalOfResults(height: Height): KvOp[] {
    return [{ key: heightKey(KIND.results, height), value: undefined }];
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

  /** Takes away results and parameters from `from` up to but excluding `to`. Validators stay: evidence needs them longer. */
  removals(from: Height, to: Height): KvOp[] {
    return removalsBetween([KIND.params, KIND.results], from, to);
  }

  /** The lowest height whose validators are kept for evidence. */
  punishableFrom(initialHeight: Height): Height {
    const bytes = this.#kv.get(singleKey(KIND.punishableFrom));
    return bytes === undefined ? initialHeight : toHeight(parseU64be(bytes));
  }

  /** Takes away the validators from `from` up to but excluding `to`, for good. */
  removalsOfPunished(from: Height, to: Height): KvOp[] {
    return [{ key: singleKey(KIND.punishableFrom), value: u64be(to) }, ...removalsBetween([KIND.validators], from, to)];
  }
}
