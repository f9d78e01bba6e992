import { GenesisState } from "../../proto/gen/cosmos/auth/v1beta1.js";
import { SdkError } from "../../chain/kernel/index.js";
import type { GenesisSpec } from "../../chain/kernel/index.js";
import { accountFromAny, accountToAny } from "./account.js";
import { DEFAULT_PARAMS, checkParams } from "./params.js";
import { AUTH_STORE, authState } from "./state.js";

/** Account numbers are kept as given and must not repeat; export lists accounts by number. */
export const authGenesis: GenesisSpec<GenesisState> = {
  codec: GenesisState,
  defaults: () => ({ params: DEFAULT_PARAMS, accounts: [] }),
  init(ctx, state) {
    checkParams(state.params);
    const { params, accounts, nextNumber, byNumber } = authState.open(ctx.store(AUTH_STORE));
    params.set(state.params);
    let next = 0n;
    for (const any of state.accounts) {
      const account = accountFromAny(any);
      if (byNumber.has(account.number))
        throw SdkError.InvalidRequest(`account number ${account.number} stands twice`);
      if (accounts.has(account.address)) throw SdkError.InvalidRequest("an address stands twice");
      accounts.set(account.address, account);
      byNumber.set(account.number, account.address);
      if (account.number >= next) next = account.number + 1n;
    }
    nextNumber.set(next);
    return [];
  },
  export(ctx) {
    const { params, accounts, byNumber } = authState.read(ctx.store(AUTH_STORE));
    const listed = [...byNumber.values()].map((address) => accountToAny(accounts.getOrFail(address)));
    return { params: params.getOrFail(), accounts: listed };
  },
};
