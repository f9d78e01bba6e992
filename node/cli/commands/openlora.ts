import { MsgService, QueryService } from "../../../proto/gen/openledger/openlora/v1.js";
import type { ModuleCommands } from "./types.js";

export const OPENLORA: ModuleCommands = {
  name: "openlora",
  about: "inference with adapters",
  query: {
    service: QueryService,
    commands: [
      { method: "Params", use: "params", about: "Query the current openlora parameters" },
      { method: "Inference", use: "inference <inference-id>", args: ["inference_id"], about: "Query an inference, with its answer" },
      { method: "InferenceByNonce", use: "inference-by-nonce <user> <client-nonce>", args: ["user", "client_nonce"], accounts: ["user"], about: "Query an inference by what its user called it" },
      { method: "Inferences", use: "inferences", about: "Query all inferences" },
    ],
  },
  tx: {
    service: MsgService,
    commands: [
      {
        method: "RequestInference",
        use: "request-inference <adapter-id> <prompt> <max-fee>",
        args: ["adapter_id", "prompt", "max_fee"],
        about: "Ask an adapter; at most the given uopen are held, and what is not used comes back",
        example: '1 "How do I sort a list?" 200000 --max-tokens 32 --client-nonce first --from ada',
      },
    ],
  },
};
