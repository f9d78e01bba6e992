declare const verified: unique symbol;

/**
 * A message whose signatures, and vote extension if it has one, were checked against the validator set of its height.
 * The core trusts the brand, so it never meets a signature and never awaits one.
 */
export type Verified<T> = T & { readonly [verified]: true };

/** Mints the brand. Only the host's verifier, its WAL reader and tests may call it. */
export function markVerified<T>(value: T): Verified<T> {
  return value as Verified<T>;
}
