import { MsgService, QueryService } from "../../../proto/gen/openledger/modelfactory/v1.js";
import type { ModuleCommands, QueryCommand, TxCommand } from "./types.js";

const QUERIES: readonly QueryCommand[] = [
  { method: "Params", use: "params", about: "Query the current modelfactory parameters" },
  { method: "BaseModel", use: "base-model <base-model-id>", args: ["base_model_id"], about: "Query a base model" },
  { method: "BaseModels", use: "base-models", about: "Query all base models" },
  { method: "Job", use: "job <job-id>", args: ["job_id"], about: "Query a training job" },
  { method: "Jobs", use: "jobs", about: "Query training jobs" },
  { method: "Checkpoints", use: "checkpoints <job-id>", args: ["job_id"], about: "Query the checkpoints of a training job" },
  { method: "Adapter", use: "adapter <adapter-id>", args: ["adapter_id"], about: "Query an adapter, with its lineage" },
  { method: "Adapters", use: "adapters", about: "Query all adapters" },
  { method: "Dispute", use: "dispute <dispute-id>", args: ["dispute_id"], about: "Query a dispute about a training job" },
  { method: "Disputes", use: "disputes", about: "Query disputes about training jobs" },
];

const MESSAGES: readonly TxCommand[] = [
  { method: "RegisterBaseModel", use: "register-base-model <name>", args: ["name"], about: "Register a base model whose files are in the blob store" },
  { method: "OrderTraining", use: "order-training <base-model-id> <fee>", args: ["base_model_id", "fee"], about: "Order a LoRA training over dataset versions; the fee, in uopen, is held until it is done", example: "1 1000000 --datasets '{\"datanet_id\":\"1\",\"version\":\"1\"}' --hyperparameters lora.json --from ada" },
  { method: "ClaimTraining", use: "claim-training <job-id> <runtime-id>", args: ["job_id", "runtime_id"], about: "Take a training job, with a bond" },
  { method: "SubmitCheckpoint", use: "submit-checkpoint <job-id> <step>", args: ["job_id", "step"], about: "Record a checkpoint of a training job" },
  { method: "CompleteTraining", use: "complete-training <job-id>", args: ["job_id"], about: "Hand in the adapter of a training job" },
  { method: "AbandonTraining", use: "abandon-training <job-id> <reason>", args: ["job_id", "reason"], about: "Give a training job back" },
  { method: "PublishAdapter", use: "publish-adapter <adapter-id> <name> <rate-in> <rate-out>", args: ["adapter_id", "name", "rate_in", "rate_out"], about: "Offer an adapter for inference at a price per thousand tokens, in uopen" },
  { method: "DisputeTraining", use: "dispute-training <job-id> <kind> <step>", args: ["job_id", "kind", "step"], about: "Dispute a training job, with a bond; `openledgerd replay JOB --dispute` finds out whether and where" },
  { method: "OpenStep", use: "open-step <dispute-id> <record> [path...]", args: ["dispute_id", "record", "path"], about: "Answer a dispute with the record of the step in the middle" },
  { method: "ChooseHalf", use: "choose-half <dispute-id> <state-root>", args: ["dispute_id", "state_root"], about: "Say one's own state at the opened step of a dispute" },
  { method: "ProvideState", use: "provide-state <dispute-id> [state-cid]", args: ["dispute_id", "state_cid"], about: "Give validators the state before the one step left in a dispute" },
];

export const MODELFACTORY: ModuleCommands = {
  name: "modelfactory",
  about: "base models, training jobs, adapters and their disputes",
  query: { service: QueryService, commands: QUERIES },
  tx: { service: MsgService, commands: MESSAGES },
};
