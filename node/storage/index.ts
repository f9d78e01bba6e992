export { openKv } from "./level-kv.js";
export type { KvOptions, KvRange, LevelKv, WriteOptions } from "./level-kv.js";
