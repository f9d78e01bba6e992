export { ModelError } from "./errors.js";
export { createModelFactoryModule } from "./module.js";
export { MAX_CONTRIBUTORS, defaultParams } from "./params.js";
export type { ModelFactoryPorts } from "./ports.js";
export { hyperparameterProblem, nextCheckpoint } from "./rules/hyperparameters.js";
export type { TrainingLimits } from "./rules/hyperparameters.js";
export { splitTrainingFee } from "./rules/training-split.js";
export type { AdapterView, ModelFactoryService } from "./service.js";
export { MODELFACTORY_STORE } from "./state.js";
