export { moveToComet, moveToEmbedded } from "./move.js";
export type { MoveOptions, Moved } from "./move.js";
