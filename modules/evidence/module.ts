import { Equivocation, MsgSubmitEvidence, MsgSubmitEvidenceResponse } from "../../proto/gen/cosmos/evidence/v1beta1.js";
import { createTypeRegistry } from "../../chain/codec/index.js";
import type { AnyCodec } from "../../chain/codec/index.js";
import { genesisRoute, messageRoute } from "../../chain/kernel/index.js";
import type { Module } from "../../chain/kernel/index.js";
import { beginBlock } from "./block.js";
import { evidenceGenesis } from "./genesis.js";
import { submitEvidence } from "./handlers/submit-evidence.js";
import { invariants } from "./invariants.js";
import { parseSubmitEvidence } from "./messages.js";
import type { Slashing, Staking } from "./ports.js";
import { evidenceQueries } from "./queries.js";
import { EVIDENCE_STORE } from "./state.js";

/** Proofs of double signs: who is convicted, and the record of it. Must follow slashing in block and genesis order. */
export function createEvidenceModule(staking: Staking, slashing: Slashing): Module {
  return {
    name: EVIDENCE_STORE,
    messages: [
      messageRoute({
        request: MsgSubmitEvidence,
        response: MsgSubmitEvidenceResponse,
        parse: parseSubmitEvidence,
        signers: (msg) => [msg.submitter],
        handle: submitEvidence,
      }),
    ],
    types: [Equivocation],
    queries: evidenceQueries,
    genesis: genesisRoute(evidenceGenesis, createTypeRegistry([Equivocation as AnyCodec])),
    beginBlock: (ctx) => beginBlock(ctx, staking, slashing),
    invariants: invariants(slashing),
    tasks: [],
  };
}
