import type { Context } from "../../chain/kernel/context.js";
import { AdapterStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Adapter } from "../../proto/gen/openledger/modelfactory/v1.js";
import { adapterMarked } from "./events.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

/** Adapters marked in one block at most because of an adapter that they go on from; the rest wait for the next. */
export const MAX_MARKS_PER_BLOCK = 100;

const { ADAPTER_STATUS_REFUTED, ADAPTER_STATUS_TAINTED, ADAPTER_STATUS_UNVERIFIED } = AdapterStatus;

/** Whether an adapter's training, or one that it goes on from, was proven wrong or cannot be checked. */
export function isMarked({ status }: Adapter): boolean {
  return status === ADAPTER_STATUS_REFUTED || status === ADAPTER_STATUS_TAINTED || status === ADAPTER_STATUS_UNVERIFIED;
}

/** Stores a new adapter among the children of its parent. One built on a marked adapter is born with a mark. */
export function addAdapter(ctx: Context, adapter: Adapter): Adapter {
  const { adapters, children } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const { parentAdapterId: parent, id } = adapter;
  const isTainted = parent !== 0n && isMarked(adapters.getOrFail(parent));
  const born = isTainted ? { ...adapter, status: ADAPTER_STATUS_TAINTED } : adapter;
  adapters.set(id, born);
  if (isTainted) ctx.emit(adapterMarked(born));
  else if (parent !== 0n) children.add([parent, id]);
  return born;
}

/** A marked adapter waits in the queue as long as it has a child without a mark. */
function queue(ctx: Context, adapterId: bigint): void {
  const { adapters, children, spreading } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const adapter = adapters.get(adapterId);
  const [child] = children.keys({ prefix: [adapterId], limit: 1 });
  if (adapter !== undefined && isMarked(adapter) && child !== undefined) spreading.add(adapterId);
  else spreading.delete(adapterId);
}

/** Marks an adapter; its descendants follow at the ends of blocks. */
export function markAdapter(ctx: Context, adapterId: bigint, status: number): void {
  const { adapters, children } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const marked: Adapter = { ...adapters.getOrFail(adapterId), status };
  adapters.set(adapterId, marked);
  children.delete([marked.parentAdapterId, adapterId]);
  queue(ctx, adapterId);
  queue(ctx, marked.parentAdapterId);
  ctx.emit(adapterMarked(marked));
}

/** Carries marks one generation on. Bounded by MAX_MARKS_PER_BLOCK. */
export function spreadMarks(ctx: Context): void {
  const { children, spreading } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  let left = MAX_MARKS_PER_BLOCK;
  for (const parent of [...spreading.keys({ limit: MAX_MARKS_PER_BLOCK })]) {
    if (left === 0) return;
    const due = [...children.keys({ prefix: [parent], limit: left })];
    for (const [, id] of due) markAdapter(ctx, id, ADAPTER_STATUS_TAINTED);
    left -= due.length;
  }
}
