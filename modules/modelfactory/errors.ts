import { defineErrors } from "../../chain/primitives/index.js";

/** Codespace `modelfactory`. Append-only. */
export const ModelError = defineErrors("modelfactory", {
  /** A name or reason is missing, too long or has control characters. */
  InvalidText: { code: 2, text: "invalid text" },
  /** A digest without 32 bytes, or a blob id that is no CIDv1 in base32. */
  InvalidBlob: { code: 3, text: "invalid blob" },
  InvalidRoyalty: { code: 4, text: "royalty must be 0 to 1000000 parts per million" },
  InvalidHyperparameters: { code: 5, text: "invalid hyperparameters" },
  /** No dataset, too many, one twice, or not in ascending order. */
  InvalidDatasets: { code: 6, text: "invalid datasets" },
  BaseModelNotFound: { code: 7, text: "base model not found" },
  DatasetNotFound: { code: 8, text: "dataset version not found" },
  DatanetNotPublished: { code: 9, text: "datanet is not published" },
  /** The licence forbids derivatives or the stated commercial use. */
  LicenseForbids: { code: 10, text: "licence does not allow this use" },
  LicenseExpired: { code: 11, text: "licence has expired" },
  /** More contributors than an attribution can carry. */
  TooManyContributors: { code: 12, text: "too many contributors" },
  FeeTooLow: { code: 13, text: "training fee is too low" },
  JobNotFound: { code: 14, text: "training job not found" },
  JobNotOpen: { code: 15, text: "training job is not open" },
  JobNotRunning: { code: 16, text: "training job is not running" },
  NotTrainer: { code: 17, text: "account does not train this job" },
  /** Not the next step that a checkpoint is due at, or progress that goes back. */
  InvalidCheckpoint: { code: 18, text: "invalid checkpoint" },
  MissingCheckpoint: { code: 19, text: "last checkpoint is missing" },
  AdapterNotFound: { code: 20, text: "adapter not found" },
  NotOwner: { code: 21, text: "account does not own the adapter" },
  NotDraft: { code: 22, text: "adapter is not a draft" },
  InvalidRate: { code: 23, text: "invalid rate" },
  InvalidParams: { code: 24, text: "invalid modelfactory params" },
  InvalidGenesis: { code: 25, text: "invalid modelfactory genesis" },
  DeadlinePassed: { code: 26, text: "deadline has passed" },
  /** Neither running nor completed with its window open. */
  NotDisputable: { code: 27, text: "training job cannot be disputed" },
  /** No such checkpoint, no result yet, or a state root that is missing, out of place or the one on record. */
  InvalidDispute: { code: 28, text: "invalid dispute" },
  AlreadyDisputed: { code: 29, text: "this is in dispute already" },
  DisputeNotFound: { code: 30, text: "dispute not found" },
  /** It is over, before the committee, or the other side's turn. */
  NotDue: { code: 31, text: "dispute does not wait for this move" },
  NotChallenger: { code: 32, text: "account did not open this dispute" },
  /** Another step than the one that is due, a path that does not lead to the root, or an end that is not the checkpoint. */
  InvalidStep: { code: 33, text: "step does not fit the segment" },
  /** Loss, metasmoothness or fallback vectors do not fit the job. */
  InvalidResult: { code: 34, text: "result does not fit the job" },
  /** A trainer that is accused cannot walk away. */
  JobDisputed: { code: 35, text: "training job is in dispute" },
  /** Marked, another's draft, of another base or shape, or too many generations. */
  InvalidParent: { code: 36, text: "adapter cannot be trained on" },
  /** Nobody could replay with one runtime what was made by two. */
  RuntimeChanged: { code: 37, text: "job was claimed with another runtime" },
});
