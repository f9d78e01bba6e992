import { GenesisState } from "../../proto/gen/openledger/auth/v1.js";
import { formatAddress, fromTimestamp, parseAddress, toTimestamp } from "../../chain/codec/index.js";
import { SdkError } from "../../chain/kernel/index.js";
import type { GenesisSpec } from "../../chain/kernel/index.js";
import { accountFromAny, accountToAny } from "./account.js";
import { DEFAULT_PARAMS, checkParams } from "./params.js";
import { AUTH_STORE, authState } from "./state.js";

/**
 * Account numbers are kept as given and must not repeat; export lists accounts by number. Nonces of unordered transactions come along
 * (the SDK forgets them): a chain that starts again from its export within ten minutes repeats none of them.
 */
export const authGenesis: GenesisSpec<GenesisState> = {
  codec: GenesisState,
  defaults: () => ({ params: DEFAULT_PARAMS, accounts: [], unorderedNonces: [] }),
  init(ctx, state) {
    checkParams(state.params);
    const { params, accounts, nextNumber, byNumber, nonces } = authState.open(ctx.store(AUTH_STORE));
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
    for (const { timeout, signer } of state.unorderedNonces) {
      const nonce = [fromTimestamp(timeout), parseAddress(signer)] as const;
      if (nonces.has(nonce)) throw SdkError.InvalidRequest(`a nonce of ${signer} stands twice`);
      nonces.add(nonce);
    }
    return [];
  },
  export(ctx) {
    const { params, accounts, byNumber, nonces } = authState.read(ctx.store(AUTH_STORE));
    const listed = [...byNumber.values()].map((address) => accountToAny(accounts.getOrFail(address)));
    const unorderedNonces = [...nonces.keys()].map(([time, signer]) => ({ timeout: toTimestamp(time), signer: formatAddress(signer) }));
    return { params: params.getOrFail(), accounts: listed, unorderedNonces };
  },
};
