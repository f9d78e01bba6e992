import { toAddress } from "../../chain/primitives/index.js";
import type { Address, VotingPower } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import { STAKING_STORE, stakingState } from "./state.js";
import { viewOf } from "./validator.js";
import type { ValidatorView } from "./validator.js";

/** What others may ask of validators. Fits AttestValidators of chain/attest. */
export interface StakingService {
  /** In order of operator address. */
  validators(stores: ReadStores): readonly ValidatorView[];
  byConsensusAddress(stores: ReadStores, address: Uint8Array): ValidatorView | undefined;
  /** Validators with power, by consensus address. */
  members(stores: ReadStores): readonly { readonly validator: Address; readonly power: VotingPower }[];
  consensusKey(stores: ReadStores, validator: Uint8Array): Uint8Array | undefined;
  /** Account of the operator: the same 20 bytes as the operator address. */
  operator(stores: ReadStores, validator: Address): Address | undefined;
}

function all(stores: ReadStores): ValidatorView[] {
  return [...stakingState.read(stores.store(STAKING_STORE)).validators.values()].map(viewOf);
}

function find(stores: ReadStores, address: Uint8Array): ValidatorView | undefined {
  if (address.length !== 20) return undefined;
  const { byConsensus, validators } = stakingState.read(stores.store(STAKING_STORE));
  const operator = byConsensus.get(toAddress(address));
  return operator === undefined ? undefined : viewOf(validators.getOrFail(operator));
}

export function createStakingService(): StakingService {
  return {
    validators: all,
    byConsensusAddress: find,
    members: (stores) =>
      all(stores)
        .filter((v) => v.power > 0n)
        .map((v) => ({ validator: v.consensusAddress, power: v.power })),
    operator: (stores, validator) => find(stores, validator)?.operator,
    consensusKey: (stores, validator) => find(stores, validator)?.publicKey,
  };
}
