import type { AnyCodec, ServiceTable } from "../chain/codec/index.js";
import { MsgService as Auth } from "../proto/gen/cosmos/auth/v1beta1.js";
import { GenericAuthorization, MsgService as Authz } from "../proto/gen/cosmos/authz/v1beta1.js";
import { MsgService as Bank, SendAuthorization } from "../proto/gen/cosmos/bank/v1beta1.js";
import { MsgService as Consensus } from "../proto/gen/cosmos/consensus/v1.js";
import { PubKey as Ed25519PubKey } from "../proto/gen/cosmos/crypto/ed25519.js";
import { LegacyAminoPubKey } from "../proto/gen/cosmos/crypto/multisig.js";
import { PubKey as Secp256k1PubKey } from "../proto/gen/cosmos/crypto/secp256k1.js";
import { CommunityPoolSpendProposal, MsgService as Distribution } from "../proto/gen/cosmos/distribution/v1beta1.js";
import { Equivocation, MsgService as Evidence } from "../proto/gen/cosmos/evidence/v1beta1.js";
import {
  AllowedMsgAllowance,
  BasicAllowance,
  MsgService as Feegrant,
  PeriodicAllowance,
} from "../proto/gen/cosmos/feegrant/v1beta1.js";
import { MsgService as Gov } from "../proto/gen/cosmos/gov/v1.js";
import { MsgService as LegacyGov, TextProposal } from "../proto/gen/cosmos/gov/v1beta1.js";
import { MsgService as Mint } from "../proto/gen/cosmos/mint/v1beta1.js";
import { ParameterChangeProposal } from "../proto/gen/cosmos/params/v1beta1.js";
import { MsgService as Slashing } from "../proto/gen/cosmos/slashing/v1beta1.js";
import { MsgService as Staking, StakeAuthorization } from "../proto/gen/cosmos/staking/v1beta1.js";
import {
  CancelSoftwareUpgradeProposal,
  MsgService as Upgrade,
  SoftwareUpgradeProposal,
} from "../proto/gen/cosmos/upgrade/v1beta1.js";
import { MsgService as Vesting } from "../proto/gen/cosmos/vesting/v1beta1.js";
import { MsgService as Attest } from "../proto/gen/openledger/attest/v1.js";
import { MsgService as Attribution } from "../proto/gen/openledger/attribution/v1.js";
import { MsgService as Datanet } from "../proto/gen/openledger/datanet/v1.js";
import { MsgService as Emission } from "../proto/gen/openledger/emission/v1.js";
import { MsgService as ModelFactory } from "../proto/gen/openledger/modelfactory/v1.js";
import { MsgService as OpenLora } from "../proto/gen/openledger/openlora/v1.js";

const SERVICES: readonly ServiceTable[] = [
  Auth, Authz, Bank, Consensus, Distribution, Evidence, Feegrant, Gov, LegacyGov, Mint, Slashing, Staking, Upgrade, Vesting,
  Attest, Attribution, Datanet, Emission, ModelFactory, OpenLora,
];

/** Every message of this chain. */
export const MESSAGE_CODECS: readonly AnyCodec[] = SERVICES.flatMap(({ methods }) => methods.map((m) => m.request));

/** What some of them carry in an Any: keys, authorizations, allowances, contents of proposals, evidence. */
export const CARRIED_CODECS: readonly AnyCodec[] = [
  Ed25519PubKey,
  Secp256k1PubKey,
  LegacyAminoPubKey,
  GenericAuthorization,
  SendAuthorization,
  StakeAuthorization,
  BasicAllowance,
  PeriodicAllowance,
  AllowedMsgAllowance,
  TextProposal,
  CommunityPoolSpendProposal,
  ParameterChangeProposal,
  SoftwareUpgradeProposal,
  CancelSoftwareUpgradeProposal,
  Equivocation,
] as readonly AnyCodec[];
