import type { TxContext } from "../../../chain/kernel/context.js";
import { equalBytes } from "../../../chain/primitives/index.js";
import type { Dispute, MsgChooseHalfResponse, StepRecord } from "../../../proto/gen/openledger/modelfactory/v1.js";
import type { ChooseHalf } from "../dispute-messages.js";
import { ModelError } from "../errors.js";
import { disputeMoved } from "../events.js";
import { challengersMove, goOn } from "../moves.js";
import type { ModelFactoryPorts } from "../ports.js";
import { narrow } from "../rules/bisection.js";

function choose(dispute: Dispute, middle: StepRecord, own: Uint8Array): Dispute {
  const agrees = equalBytes(middle.stateRoot, own);
  const half = { ...dispute, ...narrow(dispute, middle.step, agrees), middle: undefined };
  return agrees ? { ...half, lowRoot: own } : { ...half, highRecord: middle, challengerRoot: own };
}

/**
 * The challenger's own state at the opened step says in which half the two part.
 *
 * @throws Reject modelfactory/26, modelfactory/30, modelfactory/31, modelfactory/32.
 */
export function chooseHalf(ctx: TxContext, ports: ModelFactoryPorts, msg: ChooseHalf): MsgChooseHalfResponse {
  const dispute = challengersMove(ctx, msg.disputeId, msg.challenger);
  if (dispute.middle === undefined) throw ModelError.NotDue("the state before the step is due");

  ctx.emit(disputeMoved(goOn(ctx, ports, choose(dispute, dispute.middle, msg.stateRoot))));
  return {};
}
