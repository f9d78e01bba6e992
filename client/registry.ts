import { Registry } from "@cosmjs/proto-signing";
import type { GeneratedType } from "@cosmjs/proto-signing";
import { defaultRegistryTypes } from "@cosmjs/stargate";
import type { Codec } from "../chain/codec/index.js";
import { MsgUnjail } from "../proto/gen/cosmos/slashing/v1beta1.js";
import * as attribution from "../proto/gen/openledger/attribution/v1.js";
import * as datanet from "../proto/gen/openledger/datanet/v1.js";
import * as emission from "../proto/gen/openledger/emission/v1.js";
import * as modelfactory from "../proto/gen/openledger/modelfactory/v1.js";
import * as openlora from "../proto/gen/openledger/openlora/v1.js";

/** Makes a generated codec look like the telescope types that CosmJS registers. */
export function toGeneratedType<T>(codec: Codec<T>): GeneratedType {
  return {
    encode: (message: T) => ({ finish: () => codec.encode(message) }),
    decode: (input: Uint8Array) => codec.decode(input),
    fromPartial: (partial: Partial<T>) => codec.create(partial),
  };
}

const MESSAGES = [
  datanet.MsgCreateDatanet,
  datanet.MsgPublishDatanet,
  datanet.MsgCommitContribution,
  datanet.MsgRevealContribution,
  datanet.MsgCreateVersion,
  modelfactory.MsgRegisterBaseModel,
  modelfactory.MsgOrderTraining,
  modelfactory.MsgClaimTraining,
  modelfactory.MsgSubmitCheckpoint,
  modelfactory.MsgCompleteTraining,
  modelfactory.MsgAbandonTraining,
  modelfactory.MsgPublishAdapter,
  modelfactory.MsgDisputeTraining,
  modelfactory.MsgOpenStep,
  modelfactory.MsgChooseHalf,
  modelfactory.MsgProvideState,
  openlora.MsgRequestInference,
  attribution.MsgClaimRewards,
  attribution.MsgDisputeAttribution,
  emission.MsgClaimEmission,
  emission.MsgVoidAllocations,
  MsgUnjail,
] as const;

/** Type URLs and codecs of every message of the data economy. */
export const openledgerTypes: readonly [string, GeneratedType][] = MESSAGES.map((codec) => [
  `/${codec.typeName}`,
  toGeneratedType(codec as Codec<unknown>),
]);

/** CosmJS's own types and ours. */
export function createRegistry(): Registry {
  return new Registry([...defaultRegistryTypes, ...openledgerTypes]);
}
