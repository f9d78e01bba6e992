import { ATTEST } from "./attest.js";
import { ATTRIBUTION } from "./attribution.js";
import { AUTH } from "./auth.js";
import { AUTHZ } from "./authz.js";
import { BANK } from "./bank.js";
import { COMET } from "./comet.js";
import { CONSENSUS } from "./consensus.js";
import { DATANET } from "./datanet.js";
import { DISTRIBUTION } from "./distribution.js";
import { EMISSION } from "./emission.js";
import { EVIDENCE } from "./evidence.js";
import { FEEGRANT } from "./feegrant.js";
import { GOV } from "./gov.js";
import { MINT } from "./mint.js";
import { MODELFACTORY } from "./modelfactory.js";
import { NODE } from "./node.js";
import { OPENLORA } from "./openlora.js";
import { SLASHING } from "./slashing.js";
import { STAKING } from "./staking.js";
import type { ModuleCommands } from "./types.js";
import { UPGRADE } from "./upgrade.js";
import { VESTING } from "./vesting.js";

/** Every module of the application, and what the node says of itself, in the order in which help names them. */
export const MODULES: readonly ModuleCommands[] = [
  AUTH, BANK, STAKING, DISTRIBUTION, SLASHING, GOV, FEEGRANT, AUTHZ, VESTING, UPGRADE, EVIDENCE, MINT, CONSENSUS, DATANET,
  EMISSION, MODELFACTORY, OPENLORA, ATTRIBUTION, ATTEST, COMET, NODE,
];
