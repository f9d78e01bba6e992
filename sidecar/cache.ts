/** A bounded map that drops what was used longest ago. Dropped and cleared entries are passed to `drop`. */
export class LeastRecentlyUsed<V> {
  private readonly entries = new Map<string, V>();
  private readonly limit: number;
  private readonly drop: (value: V) => void;

  constructor(limit: number, drop: (value: V) => void = () => undefined) {
    this.limit = limit;
    this.drop = drop;
  }

  get(key: string): V | undefined {
    const value = this.entries.get(key);
    if (value === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    const before = this.entries.get(key);
    if (before !== undefined) this.drop(before);
    this.entries.delete(key);
    this.entries.set(key, value);
    for (const [oldest, dropped] of this.entries) {
      if (this.entries.size <= this.limit) break;
      this.entries.delete(oldest);
      this.drop(dropped);
    }
  }

  values(): V[] {
    return [...this.entries.values()];
  }

  clear(): void {
    for (const value of this.entries.values()) this.drop(value);
    this.entries.clear();
  }
}
