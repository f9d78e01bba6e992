import { BaseAccount, ModuleAccount, MsgUpdateParams, MsgUpdateParamsResponse } from "../../proto/gen/cosmos/auth/v1beta1.js";
import type { Params } from "../../proto/gen/cosmos/auth/v1beta1.js";
import { PubKey as Ed25519PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { LegacyAminoPubKey } from "../../proto/gen/cosmos/crypto/multisig.js";
import { PubKey as Secp256k1PubKey } from "../../proto/gen/cosmos/crypto/secp256k1.js";
import {
  MsgCreatePeriodicVestingAccount,
  MsgCreatePeriodicVestingAccountResponse,
  MsgCreatePermanentLockedAccount,
  MsgCreatePermanentLockedAccountResponse,
  MsgCreateVestingAccount,
  MsgCreateVestingAccountResponse,
} from "../../proto/gen/cosmos/vesting/v1beta1.js";
import { createTypeRegistry } from "../../chain/codec/index.js";
import type { AnyCodec, Codec } from "../../chain/codec/index.js";
import { genesisRoute, messageRoute, updateParamsRoute } from "../../chain/kernel/index.js";
import type { MessageRoute, Module } from "../../chain/kernel/index.js";
import { beginBlock } from "./block.js";
import { authGenesis } from "./genesis.js";
import { createVesting } from "./handlers/create-vesting.js";
import { authInvariants } from "./invariants.js";
import { parseCreatePeriodic, parseCreatePermanent, parseCreateVesting } from "./messages.js";
import type { CreateVesting } from "./messages.js";
import { checkParams } from "./params.js";
import type { CoinsPort } from "./ports.js";
import { authQueries } from "./queries.js";
import type { AuthService } from "./service.js";
import { AUTH_STORE, authState } from "./state.js";
import { VESTING_TYPES } from "./vesting-wire.js";

/** Types that stand behind an Any in accounts. */
export const ACCOUNT_TYPES: readonly AnyCodec[] = [
  BaseAccount,
  ModuleAccount,
  ...VESTING_TYPES,
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

/** What the module needs: its own service, coins to move, and the names of the modules' accounts. */
export interface AuthPorts {
  readonly accounts: AuthService;
  readonly coins: CoinsPort;
  /** ModuleAccounts lists them, in this order. */
  readonly moduleNames: readonly string[];
}

/** The three messages differ in their schedules alone. */
function vestingRoutes({ accounts, coins }: AuthPorts): readonly MessageRoute[] {
  const route = <W>(request: Codec<W>, response: Codec<object>, parse: (wire: W) => CreateVesting): MessageRoute =>
    messageRoute({
      request,
      response,
      parse,
      signers: (msg) => [msg.from],
      handle(ctx, msg) {
        createVesting(ctx, accounts, coins, msg);
        return {};
      },
    });
  return [
    route(MsgCreateVestingAccount, MsgCreateVestingAccountResponse, parseCreateVesting),
    route(MsgCreatePermanentLockedAccount, MsgCreatePermanentLockedAccountResponse, parseCreatePermanent),
    route(MsgCreatePeriodicVestingAccount, MsgCreatePeriodicVestingAccountResponse, parseCreatePeriodic),
  ];
}

export function createAuthModule(ports: AuthPorts): Module {
  return {
    name: AUTH_STORE,
    messages: [updateParams, ...vestingRoutes(ports)],
    queries: authQueries(ports.moduleNames),
    types: ACCOUNT_TYPES,
    beginBlock,
    genesis: genesisRoute(authGenesis, createTypeRegistry(ACCOUNT_TYPES)),
    invariants: authInvariants,
    tasks: [],
  };
}
