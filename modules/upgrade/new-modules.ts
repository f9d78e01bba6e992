import type { Context, Module } from "../../chain/kernel/index.js";
import { Fault } from "../../chain/primitives/index.js";
import type { VersionMap } from "./options.js";

/**
 * For handlers: modules that the state does not know yet start from their default genesis.
 * @throws Fault when one of them would change the validator set, which only InitChain may.
 */
export function initNewModules(ctx: Context, modules: readonly Module[], from: VersionMap): void {
  for (const { name, genesis } of modules.filter((m) => !from.has(m.name))) {
    if (genesis.init(ctx, genesis.defaults()).length > 0) throw new Fault("a new module names validators", { module: name });
  }
}
