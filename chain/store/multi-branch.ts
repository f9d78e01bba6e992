import { sortedEntries } from "../primitives/index.js";
import { createBranch, createScratchStore } from "./branch.js";
import type { Branch } from "./branch.js";
import type { ReadStores, Store, Stores } from "./types.js";

/** A branch of all the stores at once: what a block, a transaction and a message run on. Branches nest. */
export interface MultiBranch extends Stores {
  /** Flushes store by store in order of the names, keys in byte order. */
  flush(): void;
  /** Forgets every write of every store. */
  discard(): void;
}

class Branches implements MultiBranch {
  readonly #parent: Stores;
  readonly #branches = new Map<string, Branch>();

  constructor(parent: Stores) {
    this.#parent = parent;
  }

  store(name: string): Store {
    let branch = this.#branches.get(name);
    if (branch === undefined) {
      branch = createBranch(this.#parent.store(name));
      this.#branches.set(name, branch);
    }
    return branch;
  }

  flush(): void {
    for (const [, branch] of sortedEntries(this.#branches)) if (branch.dirty > 0) branch.flush();
  }

  discard(): void {
    for (const [, branch] of sortedEntries(this.#branches)) branch.discard();
  }
}

/** Branches of single stores are made on first use. */
export function createMultiBranch(parent: Stores): MultiBranch {
  return new Branches(parent);
}

/** Writable stores over a committed version, for CheckTx and simulation: nothing written here ever reaches the parent. */
export function createScratchStores(parent: ReadStores): Stores {
  const stores = new Map<string, Store>();
  return {
    store(name) {
      let store = stores.get(name);
      if (store === undefined) {
        store = createScratchStore(parent.store(name));
        stores.set(name, store);
      }
      return store;
    },
  };
}
