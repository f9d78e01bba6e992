import { GenesisState } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { formatAddress, parseAddress } from "../../chain/codec/index.js";
import { SdkError, parseCoins, toCoins } from "../../chain/kernel/index.js";
import type { GenesisSpec } from "../../chain/kernel/index.js";
import { TOTAL_SUPPLY, sumUopen } from "../../chain/primitives/index.js";
import { DEFAULT_PARAMS, OPEN_METADATA, checkParams } from "./params.js";
import { BANK_STORE, bankState } from "./state.js";

/** The balances must sum to the supply, and the supply never exceeds 10^9 OPEN; an export after a burn has less. */
export const bankGenesis: GenesisSpec<GenesisState> = {
  codec: GenesisState,
  defaults: () => ({
    params: DEFAULT_PARAMS,
    balances: [],
    supply: [],
    denomMetadata: [OPEN_METADATA],
    sendEnabled: [],
  }),
  init(ctx, state) {
    checkParams(state.params);
    const { params, balances, supply } = bankState.open(ctx.store(BANK_STORE));
    params.set(state.params);
    const amounts = state.balances.map(({ address, coins }) => {
      const owner = parseAddress(address);
      if (balances.has(owner)) throw SdkError.InvalidRequest(`balance of ${address} stands twice`);
      const amount = parseCoins(coins);
      balances.set(owner, amount);
      return amount;
    });
    const total = sumUopen(amounts);
    if (state.supply.length > 0 && parseCoins(state.supply) !== total) {
      throw SdkError.InvalidRequest("supply differs from the sum of the balances");
    }
    if (total > TOTAL_SUPPLY) throw SdkError.InvalidRequest("supply exceeds 1,000,000,000 OPEN");
    supply.set(total);
    return [];
  },
  export(ctx) {
    const { params, balances, supply } = bankState.read(ctx.store(BANK_STORE));
    return {
      params: params.getOrFail(),
      balances: [...balances.entries()].map(([a, amount]) => ({
        address: formatAddress(a),
        coins: toCoins(amount),
      })),
      supply: toCoins(supply.getOrFail()),
      denomMetadata: [OPEN_METADATA],
      sendEnabled: [],
    };
  },
};
