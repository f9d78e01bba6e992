import { MsgCreatePeriodicVestingAccount } from "../../../../proto/gen/cosmos/vesting/v1beta1.js";
import { EdgeFailure } from "../../../errors.js";
import { textAt } from "../custom-tx.js";
import type { CustomTx } from "../custom-tx.js";
import { coinOf, fieldText, jsonFile, pack, urlOf } from "./pack.js";
import type { JsonMap } from "./pack.js";

function wholeIn(json: JsonMap, name: string): bigint {
  const text = fieldText(json, name);
  if (/^\d{1,15}$/.test(text)) return BigInt(text);
  throw new EdgeFailure("malformed", `the field "${name}" must be a whole number of seconds`);
}

function periodOf(json: unknown): { readonly length: bigint; readonly amount: readonly { readonly denom: string; readonly amount: string }[] } {
  if (typeof json !== "object" || json === null) throw new EdgeFailure("malformed", "a period looks like {\"coins\": \"1000000uopen\", \"length_seconds\": 2592000}");
  return { length: wholeIn(json as JsonMap, "length_seconds"), amount: [coinOf(fieldText(json as JsonMap, "coins"), "coins")] };
}

/** The file that simd reads. */
export const CREATE_PERIODIC: CustomTx = {
  module: "vesting",
  use: "create-periodic-vesting-account <to_address> <periods.json>",
  about: [
    "Create a new vesting account funded with an allocation of tokens that is released in periods. The file holds",
    '  {"start_time": 1830000000, "periods": [{"coins": "1000000uopen", "length_seconds": 2592000}]}',
  ].join("\n"),
  example: "open1... periods.json --from ada",
  sends: [urlOf(MsgCreatePeriodicVestingAccount)],
  async build({ args, sender, sources }) {
    const toAddress = await sources.address(textAt(args, 0), "account");
    const path = textAt(args, 1);
    const json = jsonFile(sources.file(path), path, ["start_time", "periods"]);
    const { periods } = json;
    if (!Array.isArray(periods) || periods.length === 0) throw new EdgeFailure("malformed", `${path}: "periods" must be a list`);
    const message = { fromAddress: sender.account, toAddress, startTime: wholeIn(json, "start_time"), vestingPeriods: periods.map(periodOf) };
    return [pack(MsgCreatePeriodicVestingAccount, message)];
  },
};
