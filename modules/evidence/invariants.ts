import { parseConsensusAddress } from "../../chain/codec/index.js";
import type { Invariant } from "../../chain/kernel/index.js";
import { equalBytes, toHex } from "../../chain/primitives/index.js";
import { hashOf } from "./equivocation.js";
import type { Slashing } from "./ports.js";
import { EVIDENCE_STORE, evidenceState } from "./state.js";

export const invariants = (slashing: Slashing): readonly Invariant[] => [
  {
    name: "evidence is kept under its hash, and whom it convicts is tombstoned",
    holds(ctx) {
      for (const [hash, evidence] of evidenceState.read(ctx.store(EVIDENCE_STORE)).convictions.entries()) {
        const { consensusAddress: validator } = evidence;
        const isConvicted = slashing.isTombstoned(ctx, parseConsensusAddress(validator));
        if (!isConvicted || !equalBytes(hash, hashOf(evidence))) return { validator, hash: toHex(hash) };
      }
      return true;
    },
  },
];
