import type { UpgradeHandler } from "./upgrade/index.js";

/** What this program does at a plan of governance. */
export interface Upgrade {
  /** Runs once, before everything else of the plan's block. */
  readonly run: UpgradeHandler;
  /** Stores of modules that are new with it. */
  readonly added?: readonly string[];
  /** Stores of modules that are gone with it. */
  readonly removed?: readonly string[];
}

/** What a program knows of upgrades. */
export interface Upgrades {
  /** By the name of the plan. The last that a chain went through must stay here for as long as the program runs that chain. */
  readonly plans: ReadonlyMap<string, Upgrade>;
  /** Heights at which a plan is dropped instead; for emergencies. */
  readonly skipHeights?: ReadonlySet<bigint>;
}

/** The plans of this program: none so far. */
export const UPGRADES: Upgrades = { plans: new Map() };

/**
 * How the stores on disk become those of the program: what its plans add and is not there yet, what they remove and is there still.
 * A program that comes too early stops before it commits anything (modules/upgrade).
 */
export function storeChanges(
  { plans }: Upgrades,
  disk: readonly string[],
  program: readonly string[],
): { readonly added: readonly string[]; readonly removed: readonly string[] } {
  const all = [...plans.values()];
  const isOnDisk = (name: string): boolean => disk.includes(name);
  const isOurs = (name: string): boolean => program.includes(name);
  const added = all.flatMap((plan) => plan.added ?? []).filter((name) => !isOnDisk(name) && isOurs(name));
  const removed = all.flatMap((plan) => plan.removed ?? []).filter((name) => isOnDisk(name) && !isOurs(name));
  return { added: [...new Set(added)], removed: [...new Set(removed)] };
}
