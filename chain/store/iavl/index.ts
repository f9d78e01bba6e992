export { EMPTY_ROOT, createIavlTree } from "./tree.js";
export type { IavlOptions } from "./tree.js";
export type { MutableTree, SavedVersion, TreeView } from "./types.js";
