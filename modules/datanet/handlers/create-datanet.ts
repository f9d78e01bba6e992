import { formatAddress, parseUopen } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/context.js";
import { DatanetStatus } from "../../../proto/gen/openledger/datanet/v1.js";
import type { Datanet, MsgCreateDatanetResponse } from "../../../proto/gen/openledger/datanet/v1.js";
import { datanetCreated } from "../events.js";
import type { CreateDatanet } from "../messages.js";
import type { DatanetPorts } from "../ports.js";
import { DATANET_STORE, datanetState } from "../state.js";

/** A draft. The deposit leaves the owner now. @throws Reject sdk/5. */
export function createDatanet(ctx: TxContext, ports: DatanetPorts, msg: CreateDatanet): MsgCreateDatanetResponse {
  const { params, nextDatanet, datanets } = datanetState.open(ctx.store(DATANET_STORE));
  const deposit = params.getOrFail().datanetDeposit;
  ports.token.toModule(ctx, msg.owner, DATANET_STORE, parseUopen(deposit));
  const datanet: Datanet = {
    id: nextDatanet.next(),
    owner: formatAddress(msg.owner),
    name: msg.name,
    summary: msg.summary,
    description: msg.description,
    tags: msg.tags,
    modality: msg.modality,
    license: msg.license,
    access: msg.access,
    allowList: msg.allowList,
    status: DatanetStatus.DATANET_STATUS_DRAFT,
    createdHeight: ctx.block.height,
    latestVersion: 0n,
    contributions: 0n,
    rows: 0n,
    deposit,
  };
  datanets.set(datanet.id, datanet);
  ctx.emit(datanetCreated(datanet));
  return { datanetId: datanet.id };
}
