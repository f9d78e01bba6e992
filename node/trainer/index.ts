export { createTrainer } from "./trainer.js";
export type { Trainer, TrainerDeps } from "./trainer.js";
export { openDisputes } from "./chain-jobs.js";
export { createTxSender } from "./tx-sender.js";
export type { SenderOptions, TxDoor, TxOutcome, TxSender } from "./tx-sender.js";
