import type { TxContext } from "../../../chain/kernel/context.js";
import type { MsgProvideStateResponse } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { askCommittee } from "../committee.js";
import type { ProvideState } from "../dispute-messages.js";
import { ModelError } from "../errors.js";
import { disputeMoved } from "../events.js";
import { challengersMove } from "../moves.js";
import type { ModelFactoryPorts } from "../ports.js";

/**
 * With one step left, the challenger says where the state before it can be read, of which both have the root.
 *
 * @throws Reject modelfactory/26, modelfactory/30, modelfactory/31, modelfactory/32.
 */
export function provideState(ctx: TxContext, ports: ModelFactoryPorts, msg: ProvideState): MsgProvideStateResponse {
  const dispute = challengersMove(ctx, msg.disputeId, msg.challenger);
  if (dispute.middle !== undefined) throw ModelError.NotDue("the half is due");

  const { lowRoot: stateRoot } = dispute;
  ctx.emit(disputeMoved(askCommittee(ctx, ports, dispute, { stateCid: msg.stateCid, stateRoot })));
  return {};
}
