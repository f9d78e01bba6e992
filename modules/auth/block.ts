import type { Context } from "../../chain/kernel/index.js";
import { toAddress } from "../../chain/primitives/index.js";
import { AUTH_STORE, authState } from "./state.js";

/** Nonces forgotten in one block at most. What stays longer only takes room: its transaction is refused for its timeout. */
export const MAX_FORGOTTEN_PER_BLOCK = 10_000;

const LOWEST = toAddress(new Uint8Array(20));

/** Forgets the unordered transactions that no block from this one on may carry: their timeout lies before it. */
export function beginBlock(ctx: Context): void {
  const { nonces } = authState.open(ctx.store(AUTH_STORE));
  const due = [...nonces.keys({ end: [ctx.block.time, LOWEST], limit: MAX_FORGOTTEN_PER_BLOCK })];
  for (const nonce of due) nonces.delete(nonce);
}
