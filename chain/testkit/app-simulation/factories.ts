import { factories as attribution } from "../../../modules/attribution/simulate.js";
import { factories as auth } from "../../../modules/auth/simulate.js";
import { factories as authz } from "../../../modules/authz/simulate.js";
import { factories as consensus } from "../../../modules/consensus/simulate.js";
import { factories as datanet } from "../../../modules/datanet/simulate.js";
import { factories as distribution } from "../../../modules/distribution/simulate.js";
import { factories as emission } from "../../../modules/emission/simulate.js";
import { factories as evidence } from "../../../modules/evidence/simulate.js";
import { factories as feegrant } from "../../../modules/feegrant/simulate.js";
import { factories as gov } from "../../../modules/gov/simulate.js";
import { factories as mint } from "../../../modules/mint/simulate.js";
import { factories as modelfactory } from "../../../modules/modelfactory/simulate.js";
import { factories as openlora } from "../../../modules/openlora/simulate.js";
import { factories as slashing } from "../../../modules/slashing/simulate.js";
import { stakingFactories } from "../../../modules/staking/simulate.js";
import { factories as token } from "../../../modules/token/simulate.js";
import { factories as upgrade } from "../../../modules/upgrade/simulate.js";
import type { Factory } from "../draw.js";
import { testKey } from "../validators.js";
import { SIMULATED_KEYS } from "./run.js";

export const STAKING_FACTORIES = stakingFactories(Array.from({ length: SIMULATED_KEYS }, (_, i) => testKey(i).publicKey));
/** Of these only the way out of jail is anybody's. */
const operations = [...slashing, ...evidence, ...consensus, ...upgrade, ...mint];
const economy = [datanet, emission, modelfactory, openlora, attribution];

/** What every module simulates, by module: each is drawn as often as another. */
export const ALL_FACTORIES: readonly (readonly Factory[])[] = [
  token,
  auth,
  distribution,
  gov,
  STAKING_FACTORIES,
  operations,
  feegrant,
  authz,
  ...economy,
];

/** Of training, serving and being paid, whose stories are long. */
export const STORY_FACTORIES: readonly (readonly Factory[])[] = [datanet, modelfactory, modelfactory, openlora, attribution];

/** Of those whose begin or end of block does the most. */
export const BLOCK_FACTORIES: readonly (readonly Factory[])[] = [STAKING_FACTORIES, distribution, ...economy];
