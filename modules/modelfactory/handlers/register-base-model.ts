import { formatAddress } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/context.js";
import type { MsgRegisterBaseModelResponse } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { baseModelRegistered } from "../events.js";
import type { RegisterBaseModel } from "../messages.js";
import { MODELFACTORY_STORE, modelfactoryState } from "../state.js";

/** Anyone may register a base model; its owner earns the royalty of what is built on it. */
export function registerBaseModel(ctx: TxContext, msg: RegisterBaseModel): MsgRegisterBaseModelResponse {
  const { nextBaseModel, baseModels } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const base = { ...msg, id: nextBaseModel.next(), owner: formatAddress(msg.owner) };
  baseModels.set(base.id, base);
  ctx.emit(baseModelRegistered(base));
  return { baseModelId: base.id };
}
