/** A binary heap: `pop` takes the item that `precedes` all others. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #precedes: (a: T, b: T) => boolean;

  constructor(precedes: (a: T, b: T) => boolean) {
    this.#precedes = precedes;
  }

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  pop(): T | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (items.length > 0 && last !== undefined) {
      items[0] = last;
      this.#sink();
    }
    return top;
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      const best = [2 * at + 1, 2 * at + 2].reduce((b, child) => (this.#isBefore(child, b) ? child : b), at);
      if (best === at || !this.#swapIfBefore(best, at)) return;
      at = best;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const x = this.#items[a];
    const y = this.#items[b];
    return x !== undefined && y !== undefined && this.#precedes(x, y);
  }

  #swapIfBefore(a: number, b: number): boolean {
    const x = this.#items[a];
    const y = this.#items[b];
    if (x === undefined || y === undefined || !this.#precedes(x, y)) return false;
    this.#items[a] = y;
    this.#items[b] = x;
    return true;
  }
}
