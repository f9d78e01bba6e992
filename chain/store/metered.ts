import type { GasMeter } from "./gas.js";
import type { Entry, IterateOptions, ReadStore, Store } from "./types.js";

/** The SDK's KVGasConfig (cosmos-formats.md §7.3), gas per operation or per byte of key and value. */
export const STORE_GAS = {
  has: 1000n,
  delete: 1000n,
  readFlat: 1000n,
  readPerByte: 3n,
  writeFlat: 2000n,
  writePerByte: 30n,
  iterStep: 30n,
} as const;

/** The same as numbers, which every single step adds up. */
const STEP = {
  has: Number(STORE_GAS.has),
  delete: Number(STORE_GAS.delete),
  readFlat: Number(STORE_GAS.readFlat),
  readPerByte: Number(STORE_GAS.readPerByte),
  writeFlat: Number(STORE_GAS.writeFlat),
  writePerByte: Number(STORE_GAS.writePerByte),
  iterStep: Number(STORE_GAS.iterStep),
} as const;

class MeteredReadStore implements ReadStore {
  protected readonly meter: GasMeter;
  readonly #parent: ReadStore;

  constructor(parent: ReadStore, meter: GasMeter) {
    this.#parent = parent;
    this.meter = meter;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.meter.charge(STEP.readFlat, "ReadFlat");
    const value = this.#parent.get(key);
    this.meter.charge(STEP.readPerByte * (key.length + (value === undefined ? 0 : value.length)), "ReadPerByte");
    return value;
  }

  has(key: Uint8Array): boolean {
    this.meter.charge(STEP.has, "Has");
    return this.#parent.has(key);
  }

  iterate(start?: Uint8Array, end?: Uint8Array, options?: IterateOptions): Iterable<Entry> {
    return this.#charge(this.#parent.iterate(start, end, options));
  }

  /** Each entry pays for its bytes and its step before the caller sees it; finding the end is a step too. */
  *#charge(entries: Iterable<Entry>): Generator<Entry> {
    for (const entry of entries) {
      this.meter.charge(STEP.readPerByte * (entry[0].length + entry[1].length), "ValuePerByte");
      this.meter.charge(STEP.iterStep, "IterNextFlat");
      yield entry;
    }
    this.meter.charge(STEP.iterStep, "IterNextFlat");
  }
}

class MeteredStore extends MeteredReadStore implements Store {
  readonly #target: Store;

  constructor(parent: Store, meter: GasMeter) {
    super(parent, meter);
    this.#target = parent;
  }

  set(key: Uint8Array, value: Uint8Array): void {
    this.meter.charge(STEP.writeFlat, "WriteFlat");
    this.meter.charge(STEP.writePerByte * (key.length + value.length), "WritePerByte");
    this.#target.set(key, value);
  }

  delete(key: Uint8Array): void {
    this.meter.charge(STEP.delete, "Delete");
    this.#target.delete(key);
  }
}

/** A view of `parent` on which every operation first pays `meter`. */
export function meterStore(parent: Store, meter: GasMeter): Store {
  return new MeteredStore(parent, meter);
}

/** The reading side of `meterStore`, for queries. */
export function meterReadStore(parent: ReadStore, meter: GasMeter): ReadStore {
  return new MeteredReadStore(parent, meter);
}
