import { formatAddress } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/context.js";
import { AdapterStatus } from "../../../proto/gen/openledger/modelfactory/v1.js";
import type { MsgPublishAdapterResponse } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { ModelError } from "../errors.js";
import { adapterPublished } from "../events.js";
import type { PublishAdapter } from "../messages.js";
import { MODELFACTORY_STORE, modelfactoryState } from "../state.js";

/** Offers a draft for inference at its rates. @throws Reject modelfactory/20, modelfactory/21, modelfactory/22. */
export function publishAdapter(ctx: TxContext, msg: PublishAdapter): MsgPublishAdapterResponse {
  const { adapters } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const draft = adapters.getOrFail(msg.adapterId, () => ModelError.AdapterNotFound(`adapter ${msg.adapterId}`));
  if (draft.owner !== formatAddress(msg.owner)) throw ModelError.NotOwner();
  if (draft.status !== AdapterStatus.ADAPTER_STATUS_DRAFT) throw ModelError.NotDraft();
  const adapter = {
    ...draft,
    name: msg.name,
    status: AdapterStatus.ADAPTER_STATUS_PUBLISHED,
    rateIn: msg.rateIn.toString(),
    rateOut: msg.rateOut.toString(),
  };
  adapters.set(adapter.id, adapter);
  ctx.emit(adapterPublished(adapter));
  return {};
}
