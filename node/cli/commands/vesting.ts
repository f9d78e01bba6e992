import { MsgService } from "../../../proto/gen/cosmos/vesting/v1beta1.js";
import type { ModuleCommands } from "./types.js";

export const VESTING: ModuleCommands = {
  name: "vesting",
  about: "accounts whose coins are locked for a time",
  tx: {
    service: MsgService,
    elsewhere: { CreatePeriodicVestingAccount: "create-periodic-vesting-account" },
    commands: [
      { method: "CreateVestingAccount", use: "create-vesting-account <to_address> <amount> <end_time>", args: ["to_address", "amount", "end_time"], about: "Create a new vesting account funded with an allocation of tokens", example: "open1... 1000000uopen 1830000000" },
      { method: "CreatePermanentLockedAccount", use: "create-permanent-locked-account <to_address> <amount>", args: ["to_address", "amount"], about: "Create a new permanently locked account funded with an allocation of tokens" },
    ],
  },
};
