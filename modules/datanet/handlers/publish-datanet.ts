import { formatAddress } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/context.js";
import { DatanetStatus } from "../../../proto/gen/openledger/datanet/v1.js";
import type { MsgPublishDatanetResponse } from "../../../proto/gen/openledger/datanet/v1.js";
import { DatanetError } from "../errors.js";
import { datanetPublished } from "../events.js";
import type { OwnerAction } from "../messages.js";
import { DATANET_STORE, datanetState } from "../state.js";

/** Opens a draft for contributions; its terms are fixed from creation. @throws Reject datanet/4, datanet/5, datanet/6. */
export function publishDatanet(ctx: TxContext, msg: OwnerAction): MsgPublishDatanetResponse {
  const { datanets } = datanetState.open(ctx.store(DATANET_STORE));
  const datanet = datanets.getOrFail(msg.datanetId, () => DatanetError.DatanetNotFound(`datanet ${msg.datanetId}`));
  if (datanet.owner !== formatAddress(msg.owner)) throw DatanetError.NotOwner();
  if (datanet.status !== DatanetStatus.DATANET_STATUS_DRAFT) throw DatanetError.NotDraft();
  datanets.set(datanet.id, { ...datanet, status: DatanetStatus.DATANET_STATUS_PUBLISHED });
  ctx.emit(datanetPublished(datanet));
  return {};
}
