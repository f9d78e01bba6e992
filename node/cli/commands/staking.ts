import { MsgService, QueryService } from "../../../proto/gen/cosmos/staking/v1beta1.js";
import type { ModuleCommands } from "./types.js";

const PAIR = { use: "<delegator-addr> <validator-addr>", args: ["delegator_addr", "validator_addr"] };

export const STAKING: ModuleCommands = {
  name: "staking",
  about: "validators and delegations",
  query: {
    service: QueryService,
    commands: [
      { method: "Validators", use: "validators", about: "Query for all validators", flags: { status: { name: "status", about: "BOND_STATUS_BONDED, BOND_STATUS_UNBONDING or BOND_STATUS_UNBONDED" } } },
      { method: "Validator", use: "validator <validator-addr>", args: ["validator_addr"], about: "Query a validator" },
      { method: "ValidatorDelegations", use: "delegations-to <validator-addr>", args: ["validator_addr"], about: "Query all delegations made to one validator" },
      { method: "ValidatorUnbondingDelegations", use: "unbonding-delegations-from <validator-addr>", args: ["validator_addr"], about: "Query all unbonding delegations from a validator" },
      { method: "Delegation", ...PAIR, use: `delegation ${PAIR.use}`, about: "Query a delegation based on address and validator address" },
      { method: "UnbondingDelegation", ...PAIR, use: `unbonding-delegation ${PAIR.use}`, about: "Query an unbonding-delegation record based on delegator and validator address" },
      { method: "DelegatorDelegations", use: "delegations <delegator-addr>", args: ["delegator_addr"], about: "Query all delegations made by one delegator" },
      { method: "DelegatorValidators", use: "delegator-validators <delegator-addr>", args: ["delegator_addr"], about: "Query all validators info for given delegator address" },
      { method: "DelegatorValidator", ...PAIR, use: `delegator-validator ${PAIR.use}`, about: "Query validator info for given delegator validator pair" },
      { method: "DelegatorUnbondingDelegations", use: "unbonding-delegations <delegator-addr>", args: ["delegator_addr"], about: "Query all unbonding-delegations records for one delegator" },
      {
        method: "Redelegations",
        use: "redelegation <delegator-addr> <src-validator-addr> [dst-validator-addr]",
        args: ["delegator_addr", "src_validator_addr", "dst_validator_addr"],
        about: "Query a redelegation record based on delegator and a source and destination validator address",
      },
      { method: "HistoricalInfo", use: "historical-info <height>", args: ["height"], about: "Query historical info at given height" },
      { method: "Pool", use: "pool", about: "Query the current staking pool values" },
      { method: "Params", use: "params", about: "Query the current staking parameters information" },
    ],
  },
  tx: {
    service: MsgService,
    elsewhere: { CreateValidator: "create-validator", EditValidator: "edit-validator" },
    commands: [
      { method: "Delegate", use: "delegate <validator-addr> <amount>", args: ["validator_address", "amount"], about: "Delegate liquid tokens to a validator" },
      {
        method: "BeginRedelegate",
        use: "redelegate <src-validator-addr> <dst-validator-addr> <amount>",
        args: ["validator_src_address", "validator_dst_address", "amount"],
        about: "Redelegate illiquid tokens from one validator to another",
      },
      { method: "Undelegate", use: "unbond <validator-addr> <amount>", args: ["validator_address", "amount"], about: "Unbond shares from a validator" },
      {
        method: "CancelUnbondingDelegation",
        use: "cancel-unbond <validator-addr> <amount> <creation-height>",
        args: ["validator_address", "amount", "creation_height"],
        about: "Cancel unbonding delegation and delegate back to the validator",
      },
    ],
  },
};
