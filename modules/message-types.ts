import type { AnyCodec, ServiceTable } from "../chain/codec/index.js";
import { MsgService as Auth } from "../proto/gen/cosmos/auth/v1beta1.js";
import { MsgService as Authz } from "../proto/gen/cosmos/authz/v1beta1.js";
import { MsgService as Bank } from "../proto/gen/cosmos/bank/v1beta1.js";
import { MsgService as Consensus } from "../proto/gen/cosmos/consensus/v1.js";
import { PubKey as Ed25519PubKey } from "../proto/gen/cosmos/crypto/ed25519.js";
import { LegacyAminoPubKey } from "../proto/gen/cosmos/crypto/multisig.js";
import { PubKey as Secp256k1PubKey } from "../proto/gen/cosmos/crypto/secp256k1.js";
import { MsgService as Distribution } from "../proto/gen/cosmos/distribution/v1beta1.js";
import { MsgService as Evidence } from "../proto/gen/cosmos/evidence/v1beta1.js";
import { MsgService as Feegrant } from "../proto/gen/cosmos/feegrant/v1beta1.js";
import { MsgService as Gov } from "../proto/gen/cosmos/gov/v1.js";
import { MsgService as GovLegacy } from "../proto/gen/cosmos/gov/v1beta1.js";
import { MsgService as Mint } from "../proto/gen/cosmos/mint/v1beta1.js";
import { MsgService as Slashing } from "../proto/gen/cosmos/slashing/v1beta1.js";
import { MsgService as Staking } from "../proto/gen/cosmos/staking/v1beta1.js";
import { MsgService as Upgrade } from "../proto/gen/cosmos/upgrade/v1beta1.js";
import { MsgService as Vesting } from "../proto/gen/cosmos/vesting/v1beta1.js";
import { MsgService as Attest } from "../proto/gen/openledger/attest/v1.js";
import { MsgService as Attribution } from "../proto/gen/openledger/attribution/v1.js";
import { MsgService as Datanet } from "../proto/gen/openledger/datanet/v1.js";
import { MsgService as Emission } from "../proto/gen/openledger/emission/v1.js";
import { MsgService as ModelFactory } from "../proto/gen/openledger/modelfactory/v1.js";
import { MsgService as OpenLora } from "../proto/gen/openledger/openlora/v1.js";

/** Every Msg service of this chain, by its generated table. */
export const MESSAGE_SERVICES: readonly ServiceTable[] = [
  Auth,
  Authz,
  Bank,
  Consensus,
  Distribution,
  Evidence,
  Feegrant,
  Gov,
  GovLegacy,
  Mint,
  Slashing,
  Staking,
  Upgrade,
  Vesting,
  Attest,
  Attribution,
  Datanet,
  Emission,
  ModelFactory,
  OpenLora,
];

const KEYS = [Ed25519PubKey, Secp256k1PubKey, LegacyAminoPubKey] as readonly AnyCodec[];

/** What may stand in an Any that carries a message: the messages themselves, and the keys inside of some. */
export const MESSAGE_CODECS: readonly AnyCodec[] = [
  ...MESSAGE_SERVICES.flatMap(({ methods }) => methods.map((method) => method.request)),
  ...KEYS,
];
