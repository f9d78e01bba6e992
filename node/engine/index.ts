export { bootstrapEngine, engineHeight } from "./bootstrap.js";
export { createEngine } from "./engine.js";
export type { EngineDeps, EngineOptions } from "./engine.js";
export { FAIL_POINTS } from "./failpoint.js";
export type { FailPoint, FailPointName } from "./failpoint.js";
export { formatKeyFile, keyFromSeed, loadKey, loadOrCreateKey, parseKeyFile } from "./key-file.js";
export type { ValidatorKey } from "./key-file.js";
export { replaceFile } from "./replace-file.js";
export { planRollback } from "./rollback.js";
export type { Rollback } from "./rollback.js";
export type {
  BlockEvent,
  BlockSummary,
  ChainReader,
  ConsensusState,
  Engine,
  EngineEvent,
  EngineNetwork,
  EngineStatus,
  PoolStatus,
  RefusalReason,
  RoundEvent,
  RoundStepName,
  RoundVotes,
  StoredBlock,
  Submission,
  TxPool,
  VoteEvent,
} from "./types.js";
export { lostSignState, openSigner } from "./signer.js";
export type { LocalSigner, Signer } from "./signer.js";
