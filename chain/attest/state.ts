import {
  addressKey,
  defineSchema,
  heightValue,
  item,
  keySet,
  map,
  pair,
  protoValue,
  sequence,
  u64Key,
} from "../store/index.js";
import { Params, Submission, Task } from "../../proto/gen/openledger/attest/v1.js";

export const ATTEST_STORE = "attest";

export const attestState = defineSchema(ATTEST_STORE, {
  params: item(1, protoValue(Params)),
  /** task id -> task, finished ones included */
  tasks: map(2, u64Key, protoValue(Task)),
  nextTask: sequence(3),
  /** tasks in phase commit or reveal */
  open: keySet(4, u64Key),
  /** (task id, validator) -> its commitment and, later, its value; removed when the task ends */
  submissions: map(5, pair(u64Key, addressKey), protoValue(Submission)),
  /** (deadline, task id) of open tasks */
  deadlines: keySet(7, pair(u64Key, u64Key)),
  /** open tasks that the votes of this block said something about; empty between blocks */
  touched: keySet(8, u64Key),
  /** height of the last block that changed the parameters */
  changed: item(9, heightValue),
  /** what they were before it */
  before: item(10, protoValue(Params)),
});
