import { MsgService, QueryService } from "../../../proto/gen/cosmos/auth/v1beta1.js";
import type { ModuleCommands } from "./types.js";

export const AUTH: ModuleCommands = {
  name: "auth",
  about: "accounts",
  query: {
    service: QueryService,
    commands: [
      { method: "Account", use: "account <address>", args: ["address"], about: "Query account by address" },
      { method: "Accounts", use: "accounts", about: "Query all the accounts" },
      { method: "AccountInfo", use: "account-info <address>", args: ["address"], about: "Query account info which is common to all account types" },
      { method: "AccountAddressByID", use: "address-by-acc-num <acc-num>", args: ["account_id"], about: "Query account address by account number" },
      { method: "ModuleAccounts", use: "module-accounts", about: "Query all module accounts" },
      { method: "ModuleAccountByName", use: "module-account <module-name>", args: ["name"], about: "Query module account info by module name" },
      { method: "AddressBytesToString", use: "address-bytes-to-string <address-bytes>", args: ["address_bytes"], about: "Transform an address bytes to string" },
      { method: "AddressStringToBytes", use: "address-string-to-bytes <address-string>", args: ["address_string"], about: "Transform an address string to bytes" },
      { method: "Bech32Prefix", use: "bech32-prefix", about: "Query the chain bech32 prefix" },
      { method: "Params", use: "params", about: "Query the current auth parameters" },
    ],
  },
  tx: { service: MsgService, commands: [] },
};
