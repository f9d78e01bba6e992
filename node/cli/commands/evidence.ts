import { MsgService, QueryService } from "../../../proto/gen/cosmos/evidence/v1beta1.js";
import type { ModuleCommands } from "./types.js";

export const EVIDENCE: ModuleCommands = {
  name: "evidence",
  about: "proofs of double signs",
  query: {
    service: QueryService,
    commands: [
      { method: "Evidence", use: "evidence <hash>", args: ["hash"], about: "Query for evidence by hash" },
      { method: "AllEvidence", use: "list", about: "Query all (paginated) submitted evidence" },
    ],
  },
  tx: {
    service: MsgService,
    commands: [{ method: "SubmitEvidence", use: "submit-evidence <evidence>", args: ["evidence"], about: "Submit evidence, as JSON with its @type" }],
  },
};
