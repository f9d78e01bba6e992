import { MsgService, QueryService } from "../../../proto/gen/cosmos/distribution/v1beta1.js";
import type { ModuleCommands } from "./types.js";

export const DISTRIBUTION: ModuleCommands = {
  name: "distribution",
  aliases: ["distr"],
  about: "rewards, commission and the community pool",
  query: {
    service: QueryService,
    commands: [
      { method: "Params", use: "params", about: "Query the current distribution parameters" },
      { method: "ValidatorDistributionInfo", use: "validator-distribution-info <validator>", args: ["validator_address"], about: "Query validator distribution info" },
      { method: "ValidatorOutstandingRewards", use: "validator-outstanding-rewards <validator>", args: ["validator_address"], about: "Query distribution outstanding (un-withdrawn) rewards for a validator and all their delegations" },
      { method: "ValidatorCommission", use: "commission <validator>", args: ["validator_address"], about: "Query distribution validator commission" },
      { method: "ValidatorSlashes", use: "slashes <validator> <start-height> <end-height>", args: ["validator_address", "starting_height", "ending_height"], about: "Query distribution validator slashes" },
      { method: "DelegationRewards", use: "rewards-by-validator <delegator-addr> <validator-addr>", args: ["delegator_address", "validator_address"], about: "Query all distribution delegator rewards from a particular validator" },
      { method: "DelegationTotalRewards", use: "rewards <delegator-addr>", args: ["delegator_address"], about: "Query all distribution delegator rewards" },
      { method: "DelegatorValidators", use: "delegator-validators <delegator-addr>", args: ["delegator_address"], about: "Query the validators of a delegator" },
      { method: "DelegatorWithdrawAddress", use: "delegator-withdraw-address <delegator-addr>", args: ["delegator_address"], about: "Query where a delegator's rewards go" },
      { method: "CommunityPool", use: "community-pool", about: "Query the amount of coins in the community pool" },
    ],
  },
  tx: {
    service: MsgService,
    elsewhere: { WithdrawDelegatorReward: "withdraw-rewards" },
    commands: [
      { method: "SetWithdrawAddress", use: "set-withdraw-addr <withdraw-addr>", args: ["withdraw_address"], about: "Change the default withdraw address for rewards associated with an address" },
      { method: "WithdrawValidatorCommission", use: "withdraw-validator-commission [validator-addr]", args: ["validator_address"], about: "Withdraw commissions of one's validator", example: "--from ada" },
      { method: "DepositValidatorRewardsPool", use: "fund-validator-rewards-pool <validator-addr> <amount>", args: ["validator_address", "amount"], about: "Fund the validator rewards pool with the specified amount" },
      { method: "FundCommunityPool", use: "fund-community-pool <amount>", args: ["amount"], about: "Funds the community pool with the specified amount" },
      { method: "CommunityPoolSpend", use: "community-pool-spend-proposal <recipient> <amount>", args: ["recipient", "amount"], accounts: ["recipient"], about: "Submit a proposal to spend from the community pool" },
    ],
  },
};
