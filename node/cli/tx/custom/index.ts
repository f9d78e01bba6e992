import type { CustomTx } from "../custom-tx.js";
import { AUTHZ_EXEC, AUTHZ_GRANT } from "./authz.js";
import { MULTI_SEND } from "./bank.js";
import { WITHDRAW_ALL_REWARDS, WITHDRAW_REWARDS } from "./distribution.js";
import { FEEGRANT_GRANT } from "./feegrant.js";
import { SUBMIT_PROPOSAL, WEIGHTED_VOTE } from "./gov.js";
import { CREATE_VALIDATOR, EDIT_VALIDATOR } from "./staking.js";
import { SOFTWARE_UPGRADE } from "./upgrade.js";
import { CREATE_PERIODIC } from "./vesting.js";

/** What is not simply the fields of one message. */
export const CUSTOM_TXS: readonly CustomTx[] = [
  MULTI_SEND, CREATE_VALIDATOR, EDIT_VALIDATOR, WITHDRAW_REWARDS, WITHDRAW_ALL_REWARDS, SUBMIT_PROPOSAL, WEIGHTED_VOTE, AUTHZ_GRANT, AUTHZ_EXEC,
  FEEGRANT_GRANT, SOFTWARE_UPGRADE, CREATE_PERIODIC,
];
