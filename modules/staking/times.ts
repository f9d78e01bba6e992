import { fromTimestamp } from "../../chain/codec/index.js";
import type { TimestampParts } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/index.js";
import { splitTime, toTimeNs } from "../../chain/primitives/index.js";
import type { TimeNs } from "../../chain/primitives/index.js";
import { writing } from "./validators.js";

const NS = 1_000_000_000n;

/** When stake that begins to leave now has left. */
export function completionTime(ctx: Context): TimeNs {
  const { unbondingTime } = writing(ctx).params.getOrFail();
  const { seconds, nanos } = splitTime(ctx.block.time);
  const sum = BigInt(nanos) + BigInt(unbondingTime.nanos);
  return toTimeNs(seconds + unbondingTime.seconds + sum / NS, Number(sum % NS));
}

/** Over at the time of this block. */
export function isMature(entry: { readonly completionTime: TimestampParts }, ctx: Context): boolean {
  return fromTimestamp(entry.completionTime) <= ctx.block.time;
}
