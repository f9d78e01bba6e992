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

/** 0 sets no limit. */
export function createRateLimit(perMinute: number): RateLimit {
  const buckets = new Map<string, Bucket>();
  if (perMinute === 0) return { take: () => true };
  return {
    take(address, now) {
      const bucket = buckets.get(address) ?? { tokens: perMinute, at: now };
      bucket.tokens = Math.min(perMinute, bucket.tokens + ((now - bucket.at) / MINUTE_MS) * perMinute);
      bucket.at = now;
      buckets.delete(address);
      buckets.set(address, bucket);
      const [oldest] = buckets.keys();
      if (buckets.size > MAX_BUCKETS && oldest !== undefined) buckets.delete(oldest);
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
  };
}
