/** The values last made or asked for, by text: at least `limit` of them and at most twice as many. Only speed may depend on one. */
export interface Recent<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
}

class Generations<V> implements Recent<V> {
  readonly #limit: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: V): void {
    if (this.#young.size >= this.#limit) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}

/** Two generations, so that forgetting costs nothing per entry: when one is full, the one before is dropped whole. */
export function createRecent<V>(limit: number): Recent<V> {
  return new Generations<V>(limit);
}
