import { currentParams } from "../../chain/kernel/index.js";
import type { Context } from "../../chain/kernel/index.js";
import { sortedEntries } from "../../chain/primitives/index.js";
import type { Plan } from "../../proto/gen/cosmos/upgrade/v1beta1.js";
import { UpgradeHalt } from "./errors.js";
import type { UpgradeOptions, VersionMap } from "./options.js";
import { UPGRADE_STORE, upgradeState } from "./state.js";

/** Versions of modules as the state has them. */
export function versionsIn(ctx: Context): VersionMap {
  return new Map(upgradeState.read(ctx.store(UPGRADE_STORE)).versions.entries());
}

/** Replaces them: a module that a program no longer has is new to one that has it again. */
export function setVersions(ctx: Context, versions: VersionMap): void {
  const { versions: stored } = upgradeState.open(ctx.store(UPGRADE_STORE));
  for (const name of stored.keys()) if (!versions.has(name)) stored.delete(name);
  for (const [name, version] of sortedEntries(versions)) stored.set(name, version);
}

/** The program must know the plan that the state went through last. @throws UpgradeHalt. */
function checkProgram(ctx: Context, { handlers }: UpgradeOptions): void {
  const { last, applied } = upgradeState.read(ctx.store(UPGRADE_STORE));
  const name = last.get();
  if (name === undefined || handlers.has(name)) return;
  const version = currentParams(ctx).version.app;
  const plan = { name, height: applied.getOrFail(name), info: "" };
  throw new UpgradeHalt("too-old", plan, `wrong app version ${version}, upgrade handler is missing for ${name} upgrade plan`);
}

function apply(ctx: Context, plan: Plan, { handlers, versions, claimAccounts }: UpgradeOptions): void {
  const handler = handlers.get(plan.name);
  const { name, height, info } = plan;
  if (handler === undefined) {
    const halt = { name, height: ctx.block.height, info };
    throw new UpgradeHalt("needed", halt, `UPGRADE "${name}" NEEDED at height: ${height}: ${info}`);
  }
  claimAccounts(ctx);
  handler(ctx, plan, versionsIn(ctx));
  setVersions(ctx, versions());
  const state = upgradeState.open(ctx.store(UPGRADE_STORE));
  state.plan.delete();
  state.applied.set(name, ctx.block.height);
  state.last.set(name);
}

/**
 * Before anything else of a block: stops a program that is not, or not yet, the right one, and lets the right one migrate the state
 * once (x/upgrade PreBlocker).
 *
 * @throws UpgradeHalt.
 */
export function preBlock(ctx: Context, options: UpgradeOptions): void {
  const state = upgradeState.open(ctx.store(UPGRADE_STORE));
  const { height } = ctx.block;
  const plan = state.plan.get();
  const isDue = plan !== undefined && plan.height <= height;
  const isSkipped = isDue && options.skipHeights.has(height);
  if (!isDue || isSkipped) checkProgram(ctx, options);
  if (plan === undefined) return;
  if (isSkipped) return state.plan.delete();
  if (isDue) return apply(ctx, plan, options);
  if (options.handlers.has(plan.name) && !options.skipHeights.has(plan.height)) {
    const text = `BINARY UPDATED BEFORE TRIGGER! UPGRADE "${plan.name}" - in binary but not executed on chain. Downgrade your binary`;
    throw new UpgradeHalt("too-early", plan, text);
  }
}
