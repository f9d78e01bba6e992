import { GenesisState } from "../../proto/gen/cosmos/authz/v1beta1.js";
import type { GenesisSpec } from "../../chain/kernel/index.js";
import { SdkError } from "../../chain/kernel/index.js";
import { findGrant, setGrant } from "./grants.js";
import { parseGrant } from "./messages.js";
import type { AccountsPort } from "./ports.js";
import { grantOfBoth } from "./queries.js";
import { AUTHZ_STORE, authzState } from "./state.js";

/** Grants that have ended but were not deleted yet are kept too: an export taken between is complete. */
export const authzGenesis = (accounts: AccountsPort): GenesisSpec<GenesisState> => ({
  codec: GenesisState,
  defaults: () => ({ authorization: [] }),
  init(ctx, document) {
    for (const { granter, grantee, authorization, expiration } of document.authorization) {
      const { key, grant } = parseGrant({ granter, grantee, grant: { authorization, expiration } });
      if (findGrant(ctx, key) !== undefined) throw SdkError.InvalidRequest(`a grant for ${key.message} stands twice`);
      accounts.ensure(ctx, key.grantee);
      setGrant(ctx, key, grant);
    }
    return [];
  },
  export(ctx) {
    const { grants } = authzState.read(ctx.store(AUTHZ_STORE));
    return { authorization: [...grants.entries()].map(([[granter, grantee], grant]) => grantOfBoth(granter, grantee, grant)) };
  },
});
