import {
  addressKey,
  defineSchema,
  hashKey,
  item,
  keySet,
  map,
  pair,
  protoValue,
  sequence,
  triple,
  u32Value,
  u64Key,
  u64Value,
} from "../../chain/store/index.js";
import {
  Contribution,
  ContributionRows,
  Datanet,
  DatasetVersion,
  Params,
  Sponsorship,
} from "../../proto/gen/openledger/datanet/v1.js";

export const DATANET_STORE = "datanet";

export const datanetState = defineSchema(DATANET_STORE, {
  params: item(1, protoValue(Params)),
  nextDatanet: sequence(2),
  nextContribution: sequence(3),
  /** datanet id -> datanet */
  datanets: map(4, u64Key, protoValue(Datanet)),
  /** contribution id -> contribution */
  contributions: map(5, u64Key, protoValue(Contribution)),
  /** contribution id -> its row digests; from reveal on */
  rows: map(6, u64Key, protoValue(ContributionRows)),
  /** (datanet id, contribution id) */
  byDatanet: keySet(7, pair(u64Key, u64Key)),
  /** every commitment ever made */
  commitments: keySet(8, hashKey),
  /** (datanet id, row hash) -> the accepted contribution with the lowest id that has the row */
  rowOwners: map(9, pair(u64Key, hashKey), u64Value),
  /** (last height to reveal, contribution id) of those that wait for it */
  deadlines: keySet(10, pair(u64Key, u64Key)),
  /** (datanet id, contribution id) of those committed or revealed and not decided */
  pending: keySet(11, pair(u64Key, u64Key)),
  /** (datanet id, version) -> dataset version */
  versions: map(12, pair(u64Key, u64Key), protoValue(DatasetVersion)),
  /** (datanet id, contribution id) accepted and in no version yet */
  unversioned: keySet(13, pair(u64Key, u64Key)),
  /** (datanet id, version, contributor) -> rows that count; written once, when the version is made */
  countedRows: map(14, triple(u64Key, u64Key, addressKey), u32Value),
  /** (datanet id, contribution id) -> first version that includes it */
  members: map(15, pair(u64Key, u64Key), u64Value),
  /** (contributor, sponsor) -> for how many bonds the sponsor stands */
  sponsorships: map(16, pair(addressKey, addressKey), protoValue(Sponsorship)),
});
