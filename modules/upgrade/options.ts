import type { Context } from "../../chain/kernel/index.js";
import type { Plan } from "../../proto/gen/cosmos/upgrade/v1beta1.js";

/** Version of each module by name; a module that is missing has no state yet. */
export type VersionMap = ReadonlyMap<string, bigint>;

/**
 * Brings the state from what an older program left to what this one means by it. Runs in the plan's block before everything else,
 * once. `from`: the versions that the state had.
 */
export type UpgradeHandler = (ctx: Context, plan: Plan, from: VersionMap) => void;

/** What this program knows. */
export interface UpgradeOptions {
  /** By the name of the plan; the last one that a chain went through must stay. */
  readonly handlers: ReadonlyMap<string, UpgradeHandler>;
  /** Makes the accounts of all modules of this program theirs, whatever stands there. */
  readonly claimAccounts: (ctx: Context) => void;
  /** Versions of the modules of this program. Late, since this module is one of them. */
  readonly versions: () => VersionMap;
  /**
   * Heights at which a plan is dropped instead of carried out; for emergencies, and by enough of the power at once. A program that knows
   * a plan of such a height runs until then, too.
   */
  readonly skipHeights: ReadonlySet<bigint>;
}
