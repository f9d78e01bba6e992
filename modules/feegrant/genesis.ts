import { GenesisState } from "../../proto/gen/cosmos/feegrant/v1beta1.js";
import { SdkError } from "../../chain/kernel/index.js";
import type { GenesisSpec } from "../../chain/kernel/index.js";
import { hasGrant, setGrant } from "./grants.js";
import { parseGrantAllowance } from "./messages.js";
import type { AccountsPort } from "./ports.js";
import { grantWire } from "./queries.js";
import { FEEGRANT_STORE, feegrantState } from "./state.js";

/** Allowances that have ended but were not pruned yet are kept too: an export taken between is complete. */
export const feegrantGenesis = (accounts: AccountsPort): GenesisSpec<GenesisState> => ({
  codec: GenesisState,
  defaults: () => ({ allowances: [] }),
  init(ctx, document) {
    for (const wire of document.allowances) {
      const grant = parseGrantAllowance(wire);
      if (hasGrant(ctx, grant)) throw SdkError.InvalidRequest("fee allowance already exists");
      accounts.ensure(ctx, grant.grantee);
      setGrant(ctx, grant, grant.allowance);
    }
    return [];
  },
  export(ctx) {
    const { allowances } = feegrantState.read(ctx.store(FEEGRANT_STORE));
    return {
      allowances: [...allowances.entries()].map(([[grantee, granter], allowance]) => grantWire({ granter, grantee }, allowance)),
    };
  },
});
