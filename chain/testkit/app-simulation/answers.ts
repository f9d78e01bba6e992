import { sealWork, workSeed } from "../../../modules/attribution/rules/work.js";
import { encodeFinding } from "../../../modules/attribution/rules/finding.js";
import { simulatedRecord } from "../../../modules/modelfactory/simulate.js";
import { Phase } from "../../../proto/gen/openledger/attest/v1.js";
import type { Task } from "../../../proto/gen/openledger/attest/v1.js";
import { AttributionTask, WorkAudit } from "../../../proto/gen/openledger/attribution/v1.js";
import { ReplayTask } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { attestState } from "../../attest/state.js";
import { viewOf } from "../../attest/tasks.js";
import type { ExtensionSource } from "../../attest/index.js";
import { sha256 } from "../../crypto/index.js";
import type { ReadContext } from "../../kernel/index.js";
import { concatBytes, u64be } from "../../primitives/index.js";
import type { Address } from "../../primitives/index.js";
import { digestOf, lot, truth } from "../attester-lab.js";
import { MATCHES, MISMATCH, answerOf, foundWork } from "../economy.js";
import { UNAVAILABLE, replayed } from "../training.js";

/** What validators of the simulation find: mostly all the same, now and then one finds something else, bytes that are nothing, or stays silent. */

type Kind = (task: Task, self: Address) => Uint8Array;

const KINDS: Readonly<Record<string, Kind>> = {
  quality: (task) => (lot(`verdict ${task.id}`, 6) === 0 ? MISMATCH : MATCHES),
  inference: () => answerOf(),
  replay: (task) => (lot(`blob ${task.id}`, 20) === 0 && ReplayTask.decode(task.payload).stateCid !== "" ? UNAVAILABLE : replayed(viewOf(task), simulatedRecord)),
  "work-audit": (task) => foundWork(digestOf(WorkAudit.decode(task.payload).seed)),
  attribution(task, self) {
    const payload = AttributionTask.decode(task.payload);
    const seed = workSeed({ taskId: task.id, attempt: task.attempt, beacon: payload.beacon, validator: self });
    return encodeFinding({ outcome: truth(payload), work: sealWork(digestOf(seed)) }, payload);
  },
};

const NOISE = Uint8Array.of(1, 2, 3);

function answer(task: Task, self: Address): Uint8Array | undefined {
  const mood = lot(`mood of ${self.join()} at ${task.id}/${task.attempt}`, 40);
  if (mood === 0) return undefined;
  return mood === 1 ? NOISE : KINDS[task.kind]?.(task, self);
}

/** One validator's sidecar. `read`: the last committed state. */
export function simulatedSource(self: Address, read: () => ReadContext): ExtensionSource {
  return {
    validator: self,
    value(taskId, attempt) {
      const task = attestState.read(read().store("attest")).tasks.getOrFail(taskId);
      // One that forgets what it committed to.
      if (task.phase === Phase.PHASE_REVEAL && lot(`forgets ${self.join()} ${taskId}/${attempt}`, 50) === 0) return undefined;
      return answer(task, self);
    },
    salt: (taskId, attempt) => sha256(concatBytes(self, u64be(taskId), u64be(BigInt(attempt)))),
  };
}
