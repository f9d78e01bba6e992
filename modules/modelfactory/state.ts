import { defineSchema, item, keySet, map, pair, protoValue, sequence, u32Key, u64Key } from "../../chain/store/index.js";
import { Adapter, BaseModel, Checkpoint, Params, TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";

export const MODELFACTORY_STORE = "modelfactory";

export const modelfactoryState = defineSchema(MODELFACTORY_STORE, {
  params: item(1, protoValue(Params)),
  nextBaseModel: sequence(2),
  nextJob: sequence(3),
  nextAdapter: sequence(4),
  /** base model id -> base model */
  baseModels: map(5, u64Key, protoValue(BaseModel)),
  /** job id -> training job, finished ones included */
  jobs: map(6, u64Key, protoValue(TrainingJob)),
  /** (job id, step) -> checkpoint */
  checkpoints: map(7, pair(u64Key, u32Key), protoValue(Checkpoint)),
  /** adapter id -> adapter */
  adapters: map(8, u64Key, protoValue(Adapter)),
  /** (last height of the present stage, job id) of open and running jobs */
  deadlines: keySet(9, pair(u64Key, u64Key)),
});
