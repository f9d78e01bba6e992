import { segmentStart, stepDue } from "../../../modules/modelfactory/rules/bisection.js";
import { stepPath } from "../../../modules/modelfactory/rules/step-record.js";
import { simulatedRecord } from "../../../modules/modelfactory/simulate.js";
import { modelfactoryState } from "../../../modules/modelfactory/state.js";
import { DisputeStatus, MsgChooseHalf, MsgOpenStep, MsgProvideState } from "../../../proto/gen/openledger/modelfactory/v1.js";
import type { Dispute } from "../../../proto/gen/openledger/modelfactory/v1.js";
import type { Any } from "../../../proto/gen/google/protobuf.js";
import type { TestChain } from "../chain.js";
import { oneOf } from "../draw.js";
import type { Draw, Factory } from "../draw.js";
import { anyOf } from "../signer.js";
import type { Simulation } from "./run.js";

/** Trainers and challengers who follow their disputes, as nodes do: whoever's move it is makes it, so that a dispute gets to its last step. */

const STATE_CID = `b${"afkrei".padEnd(58, "b")}`;
const { DISPUTE_STATUS_TRAINER_TURN, DISPUTE_STATUS_CHALLENGER_TURN } = DisputeStatus;

function trainersMove(chain: TestChain, dispute: Dispute): Any {
  const { hyperparameters, trainer } = modelfactoryState.read(chain.read().store("modelfactory")).jobs.getOrFail(dispute.jobId);
  const [from, step] = [segmentStart(hyperparameters, dispute.segment), stepDue(dispute)];
  const records = Array.from({ length: dispute.segment - from }, (_, i) => simulatedRecord(from + 1 + i));
  const path = [...(stepPath(records, step - from - 1) ?? [])];
  return anyOf(MsgOpenStep, { trainer, disputeId: dispute.id, record: simulatedRecord(step), path });
}

/** Half of the time the challenger has the state that the trainer shows. */
function challengersMove({ id: disputeId, challenger, middle, challengerRoot }: Dispute, draw: Draw): Any {
  if (middle === undefined) return anyOf(MsgProvideState, { challenger, disputeId, stateCid: STATE_CID });
  return anyOf(MsgChooseHalf, { challenger, disputeId, stateRoot: draw(2) === 0 ? middle.stateRoot : challengerRoot });
}

export interface Disputants {
  readonly factories: readonly Factory[];
  /** Has them see what is disputed. */
  readonly around: NonNullable<Simulation["around"]>;
}

/** `idle`: what they do while it is nobody's move. */
export function createDisputants(idle: Factory): Disputants {
  let chain: TestChain | undefined;
  const move: Factory = (draw, accounts) => {
    const at = chain;
    const all = at === undefined ? [] : [...modelfactoryState.read(at.read().store("modelfactory")).disputes.values()];
    const waiting = all.filter(({ status }) => status === DISPUTE_STATUS_TRAINER_TURN || status === DISPUTE_STATUS_CHALLENGER_TURN);
    if (at === undefined || waiting.length === 0) return idle(draw, accounts);
    const dispute = oneOf(draw, waiting);
    return dispute.status === DISPUTE_STATUS_TRAINER_TURN ? trainersMove(at, dispute) : challengersMove(dispute, draw);
  };
  const around: Disputants["around"] = (at, _txs, run) => {
    chain = at;
    return run();
  };
  return { factories: [move], around };
}
