/** How often one address may call: a bucket of tokens each, refilled evenly, up to a minute's worth. */

interface Bucket {
  tokens: number;
  at: number;
}

const MINUTE_MS = 60_000;
/** Addresses remembered; the one that called longest ago is forgotten first, and starts with a full bucket again. */
const MAX_BUCKETS = 4096;

export interface RateLimit {
  /** Whether one more call of this address fits; `now` in milliseconds, of which only differences matter. */
  take(address: string, now: number): boolean;
}

/**
 * Whose calls count together: an IPv4 address, or the /64 of an IPv6 address, of which one customer has all; an IPv4 address
 * in IPv6 clothes (`::ffff:1.2.3.4`) is the former.
 */
export function payerOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!address.includes(":")) return address;
  const [head = "", tail = ""] = address.split("::", 2);
  const front = head === "" ? [] : head.split(":");
  const back = tail === "" ? [] : tail.split(":");
  const zeros = address.includes("::") ? Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => "0") : [];
  return [...front, ...zeros, ...back].slice(0, 4).join(":");
}

/** 0 sets no limit. */
export function createRateLimit(perMinute: number): RateLimit {
  const buckets = new Map<string, Bucket>();
  if (perMinute === 0) return { take: () => true };
  return {
    take(address, now) {
      const payer = payerOf(address);
      const bucket = buckets.get(payer) ?? { tokens: perMinute, at: now };
      bucket.tokens = Math.min(perMinute, bucket.tokens + ((now - bucket.at) / MINUTE_MS) * perMinute);
      bucket.at = now;
      buckets.delete(payer);
      buckets.set(payer, bucket);
      const [oldest] = buckets.keys();
      if (buckets.size > MAX_BUCKETS && oldest !== undefined) buckets.delete(oldest);
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
  };
}
