/** Every message that can stand in an Any of this chain: what the command line reads and prints by name. */
import { createAminoNames, createTypeRegistry } from "../../chain/codec/index.js";
import type { AminoNames, AnyCodec, TypeRegistry } from "../../chain/codec/index.js";
import * as auth from "../../proto/gen/cosmos/auth/v1beta1.js";
import * as authz from "../../proto/gen/cosmos/authz/v1beta1.js";
import * as bank from "../../proto/gen/cosmos/bank/v1beta1.js";
import * as consensus from "../../proto/gen/cosmos/consensus/v1.js";
import * as ed25519 from "../../proto/gen/cosmos/crypto/ed25519.js";
import * as multisig from "../../proto/gen/cosmos/crypto/multisig.js";
import * as secp256k1 from "../../proto/gen/cosmos/crypto/secp256k1.js";
import * as distribution from "../../proto/gen/cosmos/distribution/v1beta1.js";
import * as evidence from "../../proto/gen/cosmos/evidence/v1beta1.js";
import * as feegrant from "../../proto/gen/cosmos/feegrant/v1beta1.js";
import * as govV1 from "../../proto/gen/cosmos/gov/v1.js";
import * as govV1beta1 from "../../proto/gen/cosmos/gov/v1beta1.js";
import * as mint from "../../proto/gen/cosmos/mint/v1beta1.js";
import * as params from "../../proto/gen/cosmos/params/v1beta1.js";
import * as slashing from "../../proto/gen/cosmos/slashing/v1beta1.js";
import * as staking from "../../proto/gen/cosmos/staking/v1beta1.js";
import * as tx from "../../proto/gen/cosmos/tx/v1beta1.js";
import * as upgrade from "../../proto/gen/cosmos/upgrade/v1beta1.js";
import * as vesting from "../../proto/gen/cosmos/vesting/v1beta1.js";
import * as attest from "../../proto/gen/openledger/attest/v1.js";
import * as attribution from "../../proto/gen/openledger/attribution/v1.js";
import * as datanet from "../../proto/gen/openledger/datanet/v1.js";
import * as emission from "../../proto/gen/openledger/emission/v1.js";
import * as modelfactory from "../../proto/gen/openledger/modelfactory/v1.js";
import * as openlora from "../../proto/gen/openledger/openlora/v1.js";

const PACKAGES: readonly Readonly<Record<string, unknown>>[] = [
  auth, authz, bank, consensus, ed25519, multisig, secp256k1, distribution, evidence, feegrant, govV1, govV1beta1, mint, params,
  slashing, staking, tx, upgrade, vesting, attest, attribution, datanet, emission, modelfactory, openlora,
];

function isCodec(value: unknown): value is AnyCodec {
  return typeof value === "object" && value !== null && "typeName" in value && "fields" in value;
}

const CODECS: readonly AnyCodec[] = PACKAGES.flatMap((names) => Object.values(names).filter(isCodec));

export const TYPES: TypeRegistry = createTypeRegistry(CODECS);

/** Those that amino JSON knows. */
export const AMINO_NAMES: AminoNames = createAminoNames(CODECS.filter((codec) => codec.options.aminoName !== undefined));
