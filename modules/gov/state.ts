import { Params, Proposal, Vote } from "../../proto/gen/cosmos/gov/v1.js";
import { parseUtf8, utf8 } from "../../chain/primitives/index.js";
import {
  addressKey,
  boolValue,
  defineSchema,
  item,
  keySet,
  map,
  pair,
  protoValue,
  sequence,
  textValue,
  timeKey,
  triple,
  u64Key,
  u8Key,
  uopenValue,
} from "../../chain/store/index.js";
import type { ReadStores, Stores, ValueCodec } from "../../chain/store/index.js";

export const GOV_STORE = "gov";

/** A whole number of any size, as decimal text. */
const integerValue: ValueCodec<bigint> = {
  encode: (value) => utf8(value.toString()),
  decode: (bytes) => BigInt(parseUtf8(bytes)),
};

/** A ballot is one voting period of one proposal (rules/ballot.ts): its votes are counted as they are cast. */
export const govState = defineSchema(GOV_STORE, {
  params: item(1, protoValue(Params)),
  constitution: item(2, textValue),
  nextProposal: sequence(3),
  proposals: map(4, u64Key, protoValue(Proposal)),
  /** (end of deposit period, proposal) */
  inactive: keySet(5, pair(timeKey, u64Key)),
  /** (end of voting period, proposal) */
  active: keySet(6, pair(timeKey, u64Key)),
  /** (proposal, depositor) -> uopen */
  deposits: map(7, pair(u64Key, addressKey), uopenValue),
  /** Sum of all deposits, which the module account holds. */
  held: item(8, uopenValue),
  /** Ballots that take votes. */
  open: keySet(9, u64Key),
  /** (ballot, voter) -> the vote */
  votes: map(10, pair(u64Key, addressKey), protoValue(Vote)),
  /** (voter, ballot): what a change of a delegation must be counted into. */
  voted: keySet(11, pair(addressKey, u64Key)),
  /** (ballot, operator, option) -> shares of voting delegators times their weights, in units of 10^-36 */
  counted: map(12, triple(u64Key, addressKey, u8Key), integerValue),
  /** Ballots that are over and whose votes are still to be removed. */
  closed: keySet(13, u64Key),
  /** Set while the votes of genesis wait for the delegations of genesis. */
  uncounted: item(14, boolValue),
});

export type GovState = ReturnType<typeof govState.open>;
export type GovReader = ReturnType<typeof govState.read>;

export function openGov(stores: Stores): GovState {
  return govState.open(stores.store(GOV_STORE));
}

export function readGov(stores: ReadStores): GovReader {
  return govState.read(stores.store(GOV_STORE));
}
