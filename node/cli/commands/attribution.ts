import { MsgService, QueryService } from "../../../proto/gen/openledger/attribution/v1.js";
import type { ModuleCommands } from "./types.js";

export const ATTRIBUTION: ModuleCommands = {
  name: "attribution",
  about: "which contributions shaped an answer, and what they earned",
  query: {
    service: QueryService,
    commands: [
      { method: "Params", use: "params", about: "Query the current attribution parameters" },
      { method: "Record", use: "record <inference-id>", args: ["inference_id"], about: "Query the attribution of an inference" },
      { method: "Records", use: "records", about: "Query all attributions" },
      { method: "Accrued", use: "accrued <account>", args: ["account"], accounts: ["account"], about: "Query what an account can claim" },
      { method: "Dispute", use: "dispute <dispute-id>", args: ["dispute_id"], about: "Query a dispute about an attribution" },
      { method: "Disputes", use: "disputes <inference-id>", args: ["inference_id"], about: "Query the disputes about an inference" },
      { method: "Attester", use: "attester <consensus-address-bytes>", args: ["validator"], about: "Query how a validator attested" },
      { method: "Harm", use: "harm <adapter-id>", args: ["adapter_id"], about: "Query the contributions that made an adapter's answers worse" },
    ],
  },
  tx: {
    service: MsgService,
    commands: [
      { method: "ClaimRewards", use: "claim-rewards", about: "Claim what one's contributions have earned", example: "--from ada" },
      { method: "DisputeAttribution", use: "dispute <inference-id>", args: ["inference_id"], about: "Dispute an attribution, with a bond" },
    ],
  },
};
