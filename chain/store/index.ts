export { createBranch, createScratchStore } from "./branch.js";
export type { Branch } from "./branch.js";
export type {
  Definition,
  Item,
  ItemReader,
  KeySet,
  KeySetReader,
  MapReader,
  Otherwise,
  PageOptions,
  Range,
  Sequence,
  SequenceReader,
  StoreMap,
} from "./collection-types.js";
export { defineSchema, item, keySet, map, sequence } from "./collections.js";
export type { Schema } from "./collections.js";
export { createGasMeter, createInfiniteGasMeter } from "./gas.js";
export type { GasMeter } from "./gas.js";
export { EMPTY_ROOT, createIavlTree } from "./iavl/index.js";
export type { IavlOptions, MutableTree, SavedVersion, TreeView } from "./iavl/index.js";
export {
  IAVL_OP,
  SIMPLE_OP,
  iavlSpec,
  simpleSpec,
  verifyChained,
  verifyExistence,
  verifyNonExistence,
} from "./ics23/index.js";
export type { ProofOp, ProofSpec, StoreClaim } from "./ics23/index.js";
export {
  addressKey,
  boolKey,
  bytesKey,
  hashKey,
  heightKey,
  pair,
  textKey,
  timeKey,
  triple,
  u32Key,
  u64Key,
  u8Key,
} from "./key-codecs.js";
export type { KeyCodec } from "./key-codecs.js";
export { createMemoryKv } from "./kv.js";
export type { KvOp, KvReader, KvStore } from "./kv.js";
export { STORE_GAS, meterReadStore, meterStore } from "./metered.js";
export { createMultiBranch, createScratchStores } from "./multi-branch.js";
export type { MultiBranch } from "./multi-branch.js";
export type {
  CommitId,
  CommittedStores,
  MultiStore,
  MultiStoreOptions,
  ProvenValue,
} from "./multistore-types.js";
export { openMultiStore, storedNames } from "./multistore.js";
export { DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT } from "./paging.js";
export type { Page, PageRequest, PageResponse } from "./paging.js";
export {
  CHUNK_BYTES,
  MAX_CHUNKS,
  MAX_METADATA_BYTES,
  SNAPSHOT_FORMAT,
  STATE_PREFIXES,
  SnapshotError,
  StateImporter,
  checkOffer,
  decodeMetadata,
  encodeMetadata,
  exportVersion,
  exportedStores,
} from "./snapshot/index.js";
export type { ImportTarget, SnapshotMetadata, SnapshotOffer } from "./snapshot/index.js";
export type { Entry, IterateOptions, ReadStore, ReadStores, Store, Stores } from "./types.js";
export {
  addressValue,
  boolValue,
  bytesValue,
  heightValue,
  protoValue,
  rememberedValue,
  textValue,
  timeValue,
  u32Value,
  u64Value,
  uopenValue,
} from "./value-codecs.js";
export type { MessageCodec, ValueCodec } from "./value-codecs.js";
