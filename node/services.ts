/** Every gRPC query service of this node, by its generated table. */
import type { ServiceTable } from "../chain/codec/index.js";
import { QueryService as AuthQuery } from "../proto/gen/cosmos/auth/v1beta1.js";
import { QueryService as AuthzQuery } from "../proto/gen/cosmos/authz/v1beta1.js";
import { QueryService as BankQuery } from "../proto/gen/cosmos/bank/v1beta1.js";
import { QueryService as ConsensusQuery } from "../proto/gen/cosmos/consensus/v1.js";
import { QueryService as FeegrantQuery } from "../proto/gen/cosmos/feegrant/v1beta1.js";
import { QueryService as GovQuery } from "../proto/gen/cosmos/gov/v1.js";
import { QueryService as LegacyGovQuery } from "../proto/gen/cosmos/gov/v1beta1.js";
import { QueryService as EvidenceQuery } from "../proto/gen/cosmos/evidence/v1beta1.js";
import { QueryService as SlashingQuery } from "../proto/gen/cosmos/slashing/v1beta1.js";
import { QueryService as DistributionQuery } from "../proto/gen/cosmos/distribution/v1beta1.js";
import { QueryService as MintQuery } from "../proto/gen/cosmos/mint/v1beta1.js";
import { QueryService as StakingQuery } from "../proto/gen/cosmos/staking/v1beta1.js";
import { QueryService as UpgradeQuery } from "../proto/gen/cosmos/upgrade/v1beta1.js";
import { QueryService as AttestQuery } from "../proto/gen/openledger/attest/v1.js";
import { QueryService as AttributionQuery } from "../proto/gen/openledger/attribution/v1.js";
import { QueryService as DatanetQuery } from "../proto/gen/openledger/datanet/v1.js";
import { QueryService as EmissionQuery } from "../proto/gen/openledger/emission/v1.js";
import { QueryService as ModelFactoryQuery } from "../proto/gen/openledger/modelfactory/v1.js";
import { QueryService as OpenLoraQuery } from "../proto/gen/openledger/openlora/v1.js";
import { CometService, InterfacesService, NodeService, TxService } from "./grpc/index.js";

export const SERVICES: readonly ServiceTable[] = [
  AuthQuery,
  AuthzQuery,
  BankQuery,
  FeegrantQuery,
  GovQuery,
  LegacyGovQuery,
  StakingQuery,
  SlashingQuery,
  EvidenceQuery,
  DistributionQuery,
  MintQuery,
  ConsensusQuery,
  UpgradeQuery,
  AttestQuery,
  DatanetQuery,
  EmissionQuery,
  ModelFactoryQuery,
  OpenLoraQuery,
  AttributionQuery,
  CometService,
  NodeService,
  TxService,
  InterfacesService,
];
