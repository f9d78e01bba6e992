import { toTimestamp } from "../../chain/codec/index.js";
import { ed25519Address } from "../../chain/crypto/index.js";
import type { BeginContext } from "../../chain/kernel/index.js";
import { compareBytes, equalBytes, toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import { HistoricalInfo } from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { Validator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { consensusKeyOf, powerOf } from "./validator.js";
import { getValidator, reading, stakeOf, writing } from "./validators.js";

/**
 * Headers and validators of recent blocks, by which light clients of other chains know this one (x/staking HistoricalInfo).
 * Validators are written only where they differ from those of the block before: a set of a hundred takes some 30 kB.
 */

/** Old records that one block forgets: params may ask for far fewer than there are. */
const FORGOTTEN_PER_BLOCK = 100;

interface Ranked {
  readonly validator: Validator;
  readonly power: bigint;
  readonly address: Uint8Array;
}

/** The engine's order: the strongest first, of equals the lower consensus address. */
function byRank(a: Ranked, b: Ranked): number {
  if (a.power !== b.power) return a.power > b.power ? -1 : 1;
  return compareBytes(a.address, b.address);
}

function currentSet(stores: ReadStores): readonly Validator[] {
  const ranked = [...reading(stores).told.keys()].map((operator): Ranked => {
    const validator = getValidator(stores, operator);
    return {
      validator,
      power: powerOf(stakeOf(validator).tokens),
      address: ed25519Address(consensusKeyOf(validator)),
    };
  });
  return ranked.toSorted(byRank).map((r) => r.validator);
}

/** The height from which on the validators of `height` have stood so. */
function setHeight(stores: ReadStores, height: bigint): Height | undefined {
  const [found] = reading(stores).historicalSets.keys({
    end: toHeight(height + 1n),
    reverse: true,
    limit: 1,
  });
  return found;
}

/** Forgets what is older than params allow, the oldest first, and the sets that nothing refers to any more. */
function forget(ctx: BeginContext, kept: number): void {
  const { history, historicalSets } = writing(ctx);
  const first = ctx.block.height - BigInt(kept) + 1n;
  const end = toHeight(first > 0n ? first : 0n);
  for (const height of [...history.keys({ end, limit: FORGOTTEN_PER_BLOCK })]) history.delete(height);
  const [oldest = ctx.block.height] = history.keys({ limit: 1 });
  const inForce = kept === 0 ? ctx.block.height : setHeight(ctx, oldest);
  if (inForce === undefined) return;
  for (const height of [...historicalSets.keys({ end: inForce, limit: FORGOTTEN_PER_BLOCK })])
    historicalSets.delete(height);
}

/** Nothing is read where no validator was written since; whoever enters or leaves the set is. */
function recordSet(ctx: BeginContext): void {
  const { historicalSets, unrecorded } = writing(ctx);
  if (!unrecorded.has() && setHeight(ctx, ctx.block.height) !== undefined) return;
  unrecorded.delete();
  const now = HistoricalInfo.create({ valset: currentSet(ctx) });
  const since = setHeight(ctx, ctx.block.height);
  const before = since && historicalSets.getOrFail(since);
  if (before !== undefined && equalBytes(HistoricalInfo.encode(before), HistoricalInfo.encode(now))) return;
  historicalSets.set(ctx.block.height, now);
}

/** Begin of a block: remembers it, and forgets the oldest. Work: the set, and at most 200 old records. */
export function trackHistory(ctx: BeginContext): void {
  const { params, history } = writing(ctx);
  const kept = params.getOrFail().historicalEntries;
  forget(ctx, kept);
  if (kept === 0) return;
  const { chainId, height, time, proposer } = ctx.block;
  const { header } = HistoricalInfo.create({});
  const { nextValidatorsHash, appHash } = ctx;
  const own = {
    chainId,
    height,
    time: toTimestamp(time),
    proposerAddress: proposer,
    nextValidatorsHash,
    appHash,
  };
  history.set(height, HistoricalInfo.create({ header: { ...header, ...own } }));
  recordSet(ctx);
}

/** What is remembered of a height. */
export function historyAt(stores: ReadStores, height: Height): HistoricalInfo | undefined {
  const { history, historicalSets } = reading(stores);
  const found = history.get(height);
  const since = setHeight(stores, height);
  if (found === undefined || since === undefined) return undefined;
  return { header: found.header, valset: historicalSets.getOrFail(since).valset };
}
