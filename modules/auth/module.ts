import { BaseAccount, ModuleAccount, MsgUpdateParams, MsgUpdateParamsResponse } from "../../proto/gen/cosmos/auth/v1beta1.js";
import type { Params } from "../../proto/gen/cosmos/auth/v1beta1.js";
import { PubKey as Ed25519PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { LegacyAminoPubKey } from "../../proto/gen/cosmos/crypto/multisig.js";
import { PubKey as Secp256k1PubKey } from "../../proto/gen/cosmos/crypto/secp256k1.js";
import { ContinuousVestingAccount } from "../../proto/gen/cosmos/vesting/v1beta1.js";
import { createTypeRegistry } from "../../chain/codec/index.js";
import type { AnyCodec } from "../../chain/codec/index.js";
import { genesisRoute, updateParamsRoute } from "../../chain/kernel/index.js";
import type { Module } from "../../chain/kernel/index.js";
import { beginBlock } from "./block.js";
import { authGenesis } from "./genesis.js";
import { authInvariants } from "./invariants.js";
import { checkParams } from "./params.js";
import { authQueries } from "./queries.js";
import { AUTH_STORE, authState } from "./state.js";

/** Types that stand behind an Any in accounts. */
export const ACCOUNT_TYPES: readonly AnyCodec[] = [
  BaseAccount,
  ModuleAccount,
  ContinuousVestingAccount,
  Secp256k1PubKey,
  Ed25519PubKey,
  LegacyAminoPubKey,
] as readonly AnyCodec[];

const updateParams = updateParamsRoute<MsgUpdateParams, Params, MsgUpdateParamsResponse>({
  request: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  check: checkParams,
  set: (ctx, params) => authState.open(ctx.store(AUTH_STORE)).params.set(params),
});

export function createAuthModule(moduleNames: readonly string[]): Module {
  return {
    name: AUTH_STORE,
    messages: [updateParams],
    queries: authQueries(moduleNames),
    beginBlock,
    genesis: genesisRoute(authGenesis, createTypeRegistry(ACCOUNT_TYPES)),
    invariants: authInvariants,
    tasks: [],
  };
}
