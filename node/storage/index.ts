export { openKv } from "./level-kv.js";
export type { KvOp, KvOptions, KvRange, LevelKv, WriteOptions } from "./level-kv.js";
