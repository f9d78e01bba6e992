import type { Address } from "../../chain/primitives/index.js";
import type { ReadStores, Stores } from "../../chain/store/index.js";
import { SLASHING_STORE, slashingState } from "./state.js";

/** Bits of one chunk (the SDK's size, x/slashing types/keys.go): a signature writes 128 bytes whatever the window is. */
const CHUNK_BITS = 1024n;
const CHUNK_BYTES = 128;

function place(index: bigint): { readonly chunk: bigint; readonly byte: number; readonly mask: number } {
  const bit = Number(index % CHUNK_BITS);
  return { chunk: index / CHUNK_BITS, byte: bit >> 3, mask: 1 << (bit & 7) };
}

/** Whether the block at `index` of the window was missed. */
export function isMissed(stores: ReadStores, validator: Address, index: bigint): boolean {
  const { chunk, byte, mask } = place(index);
  const bits = slashingState.read(stores.store(SLASHING_STORE)).missed.get([validator, chunk]);
  return ((bits?.[byte] ?? 0) & mask) !== 0;
}

export function setMissed(stores: Stores, validator: Address, index: bigint, isMissing: boolean): void {
  const { missed } = slashingState.open(stores.store(SLASHING_STORE));
  const { chunk, byte, mask } = place(index);
  const bits = missed.get([validator, chunk])?.slice() ?? new Uint8Array(CHUNK_BYTES);
  bits[byte] = ((bits[byte] ?? 0) & ~mask) | (isMissing ? mask : 0);
  missed.set([validator, chunk], bits);
}

/** Forgets the whole window. */
export function clearMissed(stores: Stores, validator: Address): void {
  const { missed } = slashingState.open(stores.store(SLASHING_STORE));
  for (const key of missed.keys({ prefix: [validator] })) missed.delete(key);
}

/** Indices of the window at which blocks were missed, ascending. */
export function missedIndices(stores: ReadStores, validator: Address): bigint[] {
  const { missed } = slashingState.read(stores.store(SLASHING_STORE));
  const indices: bigint[] = [];
  for (const [[, chunk], bits] of missed.entries({ prefix: [validator] })) {
    bits.forEach((byte, i) => {
      for (let bit = 0; bit < 8; bit++) if ((byte >> bit) & 1) indices.push(chunk * CHUNK_BITS + BigInt(i * 8 + bit));
    });
  }
  return indices;
}
