import { MsgService, QueryService } from "../../../proto/gen/cosmos/bank/v1beta1.js";
import type { ModuleCommands } from "./types.js";

export const BANK: ModuleCommands = {
  name: "bank",
  about: "balances and transfers",
  query: {
    service: QueryService,
    commands: [
      { method: "Balance", use: "balance <address> <denom>", args: ["address", "denom"], about: "Query an account balance by address and denom" },
      { method: "AllBalances", use: "balances <address>", args: ["address"], about: "Query for account balances by address" },
      { method: "SpendableBalances", use: "spendable-balances <address>", args: ["address"], about: "Query for account spendable balances by address" },
      { method: "SpendableBalanceByDenom", use: "spendable-balance <address> <denom>", args: ["address", "denom"], about: "Query the spendable balance of a single denom for a single account" },
      { method: "TotalSupply", use: "total-supply", aliases: ["total"], about: "Query the total supply of coins of the chain" },
      { method: "SupplyOf", use: "total-supply-of <denom>", args: ["denom"], about: "Query the supply of a single coin denom" },
      { method: "Params", use: "params", about: "Query the current bank parameters" },
      { method: "DenomMetadata", use: "denom-metadata <denom>", args: ["denom"], about: "Query the client metadata of a given coin denomination" },
      { method: "DenomMetadataByQueryString", use: "denom-metadata-by-query-string <denom>", args: ["denom"], about: "The same, as another REST route serves it" },
      { method: "DenomsMetadata", use: "denoms-metadata", about: "Query the client metadata for all registered coin denominations" },
      { method: "DenomOwners", use: "denom-owners <denom>", args: ["denom"], about: "Query for all account addresses that own a particular token denomination" },
      { method: "DenomOwnersByQuery", use: "denom-owners-by-query <denom>", args: ["denom"], about: "The same, as another REST route serves it" },
      { method: "SendEnabled", use: "send-enabled [denoms...]", args: ["denoms"], about: "Query for send enabled entries" },
    ],
  },
  tx: {
    service: MsgService,
    elsewhere: { MultiSend: "multi-send" },
    commands: [
      { method: "Send", use: "send <from_key_or_address> <to_address> <amount>", args: ["from_address", "to_address", "amount"], about: "Send funds from one account to another", example: "ada open1... 1000000uopen" },
      { method: "SetSendEnabled", use: "set-send-enabled-proposal [send_enabled...]", args: ["send_enabled"], about: "Submit a proposal to set/update/delete send enabled entries" },
    ],
  },
};
