/** A number from 0 to below - 1, from a seeded source. */
export type Draw = (below: number) => number;

/** Makes a message that is often valid; `accounts` are bech32 texts. What a module's simulate.ts offers. */
export type Factory = (draw: Draw, accounts: readonly string[]) => { readonly typeUrl: string; readonly value: Uint8Array };

/** xorshift32: the same numbers for a seed on every machine. */
export function seededDraw(seed: number): Draw {
  let x = (Math.imul(seed, 2_654_435) + 1) | 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

/** @throws TypeError on an empty list. */
export function oneOf<T>(draw: Draw, items: readonly T[]): T {
  const item = items[draw(items.length)];
  if (item === undefined) throw new TypeError("nothing to draw from");
  return item;
}
