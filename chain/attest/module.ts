import { updateParamsRoute } from "../kernel/authority.js";
import { genesisRoute } from "../kernel/genesis-route.js";
import type { GenesisSpec, Module } from "../kernel/module.js";
import { toAddress } from "../primitives/index.js";
import { GenesisState, MsgUpdateParams, MsgUpdateParamsResponse, Phase } from "../../proto/gen/openledger/attest/v1.js";
import type { Params } from "../../proto/gen/openledger/attest/v1.js";
import { invariants } from "./invariants.js";
import { setParams } from "./limits.js";
import { checkParams, defaultParams } from "./params.js";
import { queries } from "./queries.js";
import { ATTEST_STORE, attestState } from "./state.js";

const genesis: GenesisSpec<GenesisState> = {
  codec: GenesisState,
  defaults: () => ({ params: defaultParams, tasks: [], submissions: [], nextTaskId: 1n }),
  init(ctx, { params, tasks, submissions, nextTaskId }) {
    checkParams(params);
    const state = attestState.open(ctx.store(ATTEST_STORE));
    state.params.set(params);
    state.nextTask.set(nextTaskId);
    for (const task of tasks) {
      state.tasks.set(task.id, task);
      if (task.phase !== Phase.PHASE_COMMIT && task.phase !== Phase.PHASE_REVEAL) continue;
      state.open.add(task.id);
      state.deadlines.add([task.deadline, task.id]);
    }
    for (const s of submissions) state.submissions.set([s.taskId, toAddress(s.validator)], s);
    return [];
  },
  export(ctx) {
    const state = attestState.read(ctx.store(ATTEST_STORE));
    return {
      params: state.params.getOrFail(),
      tasks: [...state.tasks.values()],
      submissions: [...state.submissions.values()],
      nextTaskId: state.nextTask.peek(),
    };
  },
};

const updateParams = updateParamsRoute<MsgUpdateParams, Params, MsgUpdateParamsResponse>({
  request: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  check: checkParams,
  set: setParams,
});

/** State, queries and invariants of attestation. Its part in blocks runs through the kernel's hooks. */
export const attestModule: Module = {
  name: ATTEST_STORE,
  messages: [updateParams],
  queries,
  genesis: genesisRoute(genesis),
  invariants,
  tasks: [],
};
