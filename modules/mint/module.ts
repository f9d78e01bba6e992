import {
  GenesisState,
  MsgUpdateParams,
  MsgUpdateParamsResponse,
  QueryAnnualProvisionsRequest,
  QueryAnnualProvisionsResponse,
  QueryInflationRequest,
  QueryInflationResponse,
  QueryParamsRequest,
  QueryParamsResponse,
} from "../../proto/gen/cosmos/mint/v1beta1.js";
import { genesisRoute, queryRoute, updateParamsRoute } from "../../chain/kernel/index.js";
import type { GenesisSpec, Module, QueryRoute } from "../../chain/kernel/index.js";
import { utf8 } from "../../chain/primitives/index.js";
import { DEFAULT_PARAMS, MINTER, checkMinter, checkParams } from "./params.js";
import { MINT_STORE, mintState } from "./state.js";

const PATH = "/cosmos.mint.v1beta1.Query";

const queries: readonly QueryRoute[] = [
  queryRoute(`${PATH}/Params`, { request: QueryParamsRequest, response: QueryParamsResponse }, (ctx) => ({
    params: mintState.read(ctx.store(MINT_STORE)).params.getOrFail(),
  })),
  queryRoute(`${PATH}/Inflation`, { request: QueryInflationRequest, response: QueryInflationResponse }, () => ({
    inflation: utf8(MINTER.inflation),
  })),
  queryRoute(
    `${PATH}/AnnualProvisions`,
    { request: QueryAnnualProvisionsRequest, response: QueryAnnualProvisionsResponse },
    () => ({ annualProvisions: utf8(MINTER.annualProvisions) }),
  ),
];

const genesis: GenesisSpec<GenesisState> = {
  codec: GenesisState,
  defaults: () => ({ minter: MINTER, params: DEFAULT_PARAMS }),
  init(ctx, { minter, params }) {
    checkMinter(minter);
    checkParams(params);
    mintState.open(ctx.store(MINT_STORE)).params.set(params);
    return [];
  },
  export: (ctx) => ({ minter: MINTER, params: mintState.read(ctx.store(MINT_STORE)).params.getOrFail() }),
};

/** The SDK's mint for wallets and explorers that ask for it; nothing is ever minted. */
export function createMintModule(): Module {
  return {
    name: MINT_STORE,
    messages: [
      updateParamsRoute({
        request: MsgUpdateParams,
        response: MsgUpdateParamsResponse,
        check: checkParams,
        set: (ctx, params) => mintState.open(ctx.store(MINT_STORE)).params.set(params),
      }),
    ],
    queries,
    genesis: genesisRoute(genesis),
    invariants: [
      {
        name: "the parameters of mint allow no inflation",
        holds(ctx) {
          const { inflationMax } = mintState.read(ctx.store(MINT_STORE)).params.getOrFail();
          return inflationMax === "0" || inflationMax === "" || { inflationMax };
        },
      },
    ],
    tasks: [],
  };
}
