import { defineSchema, hashKey, item, keySet, map, pair, protoValue, sequence, triple, u32Key, u64Key, u64Value, u8Key } from "../../chain/store/index.js";
import { Adapter, BaseModel, Checkpoint, Dispute, Params, TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";

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
  /** (last height of the present stage, job id) of jobs whose stage ends by itself */
  deadlines: keySet(9, pair(u64Key, u64Key)),
  /** dispute id -> dispute, those that are over included */
  disputes: map(10, u64Key, protoValue(Dispute)),
  nextDispute: sequence(11),
  /** (job id, kind, last step of the segment) -> id of the open dispute about it */
  openDisputes: map(12, triple(u64Key, u8Key, u32Key), u64Value),
  /** (last height of the present move, dispute id) of disputes in which it is somebody's turn */
  moves: keySet(13, pair(u64Key, u64Key)),
  /** (height of the checkpoint, job id, step) of segments whose unasked replay is not drawn yet */
  draws: keySet(14, triple(u64Key, u64Key, u32Key)),
  /** (parent adapter id, adapter id) of adapters that bear no mark */
  children: keySet(15, pair(u64Key, u64Key)),
  /** marked adapters with children that bear no mark yet */
  spreading: keySet(16, u64Key),
  /** runtimes that the validators had when they last replayed something */
  runtimes: keySet(17, hashKey),
});
