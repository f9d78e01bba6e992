import type { Context } from "../../chain/kernel/context.js";
import { toHash32 } from "../../chain/primitives/index.js";
import { contributionCounted } from "./events.js";
import type { Datanets, EmissionPorts } from "./ports.js";
import { EMISSION_STORE, emissionState } from "./state.js";

/** Rows that a block counts before it stops; the contribution it is at is finished. */
export const MAX_ROWS_PER_BLOCK = 1_000;
/** Contributions that a block counts at most, however few rows they have. */
export const MAX_CONTRIBUTIONS_PER_BLOCK = 100;

type Frozen = NonNullable<ReturnType<Datanets["frozenAfter"]>>;

/** Bytes of the rows that nobody brought before, in whatever Datanet: content earns once. */
function countRows(ctx: Context, rows: Frozen["rows"]): bigint {
  const state = emissionState.open(ctx.store(EMISSION_STORE));
  let bytes = 0n;
  for (const row of rows) {
    const hash = toHash32(row.hash);
    if (state.rows.has(hash)) continue;
    state.rows.add(hash);
    bytes += BigInt(row.bytes);
  }
  return bytes;
}

function countContribution(ctx: Context, epoch: bigint, of: Frozen & { readonly datanetId: bigint }): void {
  const { cursors, shares, running } = emissionState.open(ctx.store(EMISSION_STORE));
  const { datanetId, id, contributor } = of;
  cursors.set(datanetId, id);
  const bytes = countRows(ctx, of.rows);
  if (bytes === 0n) return;
  const share = [contributor, epoch, datanetId] as const;
  shares.set(share, (shares.get(share) ?? 0n) + bytes);
  running.set([epoch, datanetId], (running.get([epoch, datanetId]) ?? 0n) + bytes);
  ctx.emit(contributionCounted({ epoch, datanetId, id, contributor, bytes }));
}

/**
 * Counts what Datanets with a weight have frozen since they were last looked at, each its turn, another one first in each block.
 * What does not fit waits for the next block. Work: one read for each Datanet, then up to two thousand rows.
 */
export function countFrozen(ctx: Context, { datanets }: Pick<EmissionPorts, "datanets">, epoch: bigint): void {
  const { params, cursors } = emissionState.open(ctx.store(EMISSION_STORE));
  const { weights } = params.getOrFail();
  const first = weights.length === 0 ? 0 : Number(ctx.block.height % BigInt(weights.length));
  let waiting = [...weights.slice(first), ...weights.slice(0, first)].map(({ datanetId }) => datanetId);
  let [rows, contributions] = [0, 0];
  while (waiting.length > 0) {
    const more: bigint[] = [];
    for (const datanetId of waiting) {
      if (rows >= MAX_ROWS_PER_BLOCK || contributions >= MAX_CONTRIBUTIONS_PER_BLOCK) return;
      const frozen = datanets.frozenAfter(ctx, datanetId, cursors.get(datanetId) ?? 0n);
      if (frozen === undefined) continue;
      countContribution(ctx, epoch, { ...frozen, datanetId });
      rows += frozen.rows.length;
      contributions++;
      more.push(datanetId);
    }
    waiting = more;
  }
}
