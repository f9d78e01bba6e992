export {
  EMPTY_BYTES,
  compareBytes,
  concatBytes,
  equalBytes,
  parseBase64,
  parseHex,
  parseU64be,
  parseUtf8,
  prefixEnd,
  startsWith,
  toBase64,
  toHex,
  toUpperHex,
  u64be,
  utf8,
} from "./bytes.js";
export {
  DEC_ONE,
  DEC_ZERO,
  addDec,
  ceilDec,
  decFromInt,
  decFromRatio,
  formatDec,
  minDec,
  mulDec,
  mulDecInt,
  mulDecRoundUp,
  mulDecTruncate,
  parseDec,
  parseScaledDec,
  quoDec,
  quoDecInt,
  quoDecRoundUp,
  quoDecTruncate,
  roundInt,
  subDec,
  toDec,
  truncateInt,
  truncateUopen,
} from "./dec.js";
export type { Dec } from "./dec.js";
export { Fault, Reject, defineErrors } from "./errors.js";
export type { ErrorSpec, Facts, RejectFactory } from "./errors.js";
export { keyText } from "./key-text.js";
export { createRecent } from "./recent.js";
export type { Recent } from "./recent.js";
export { compareAscii, compareBigints, compareNumbers, sortedEntries } from "./ordering.js";
export {
  MAX_INT64,
  MAX_UINT64,
  TOTAL_SUPPLY,
  UOPEN,
  UOPEN_PER_OPEN,
  WHOLE_PPM,
  ZERO_TIME,
  addUopen,
  splitTime,
  subUopen,
  sumUopen,
  takeShare,
  toAddress,
  toGas,
  toHash32,
  toHeight,
  toPpm,
  toTimeNs,
  toUopen,
  toVotingPower,
} from "./units.js";
export type { Address, Gas, Hash32, Height, Ppm, TimeNs, Uopen, VotingPower } from "./units.js";
