/** The last so many keys; adding beyond that forgets the oldest. */
export class SeenCache {
  readonly #keys = new Set<string>();
  /** Stands at the oldest: a new iterator would walk over the places of all that were forgotten before, one by one. */
  readonly #oldest = this.#keys.values();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** False when it was there; either way it is now the newest. */
  add(key: string): boolean {
    const isNew = !this.#keys.delete(key);
    this.#keys.add(key);
    if (this.#keys.size > this.#size) this.#keys.delete(this.#oldest.next().value ?? "");
    return isNew;
  }

  delete(key: string): void {
    this.#keys.delete(key);
  }
}
