import { parseDuration, parseTimestamp } from "../../../../chain/codec/index.js";
import { AllowedMsgAllowance, BasicAllowance, MsgGrantAllowance, PeriodicAllowance } from "../../../../proto/gen/cosmos/feegrant/v1beta1.js";
import type { Any } from "../../../../proto/gen/google/protobuf.js";
import { EdgeFailure } from "../../../errors.js";
import { durationJson, timestampJson } from "../../fields/time-json.js";
import { textAt } from "../custom-tx.js";
import type { CustomTx } from "../custom-tx.js";
import { coinsOf, pack, urlOf } from "./pack.js";

interface GrantOptions {
  readonly spendLimit?: string;
  readonly expiration?: string;
  readonly period?: string;
  readonly periodLimit?: string;
  readonly allowedMessages?: string;
}

function allowanceOf({ spendLimit, expiration, period, periodLimit }: GrantOptions): Any {
  const basic = {
    spendLimit: coinsOf(spendLimit, "--spend-limit"),
    expiration: expiration === undefined ? undefined : parseTimestamp(timestampJson(expiration)),
  };
  if ((period === undefined) !== (periodLimit === undefined)) throw new EdgeFailure("config", "--period and --period-limit must be given together");
  if (period === undefined) return pack(BasicAllowance, basic);
  const limit = coinsOf(periodLimit, "--period-limit");
  const length = parseDuration(durationJson(/^\d+$/.test(period) ? `${period}s` : period));
  const reset = BigInt(Date.now()) / 1_000n + length.seconds;
  return pack(PeriodicAllowance, { basic, period: length, periodSpendLimit: limit, periodCanSpend: limit, periodReset: { seconds: reset, nanos: 0 } });
}

export const FEEGRANT_GRANT: CustomTx = {
  module: "feegrant",
  use: "grant <granter_key_or_address> <grantee>",
  about: "Grant authorization to pay fees from your address: of all transactions, in a time, or of some messages",
  example: "ada open1... --spend-limit 1000000uopen --expiration 2027-01-31T12:00:00Z",
  sends: [urlOf(MsgGrantAllowance)],
  flags: (command) =>
    void command
      .option("--spend-limit <coins>", "most fees that are paid, without limit when left out")
      .option("--expiration <time>", "when it ends, like 2027-01-31T12:00:00Z")
      .option("--period <duration>", "length of a period, like 24h, or in seconds")
      .option("--period-limit <coins>", "most fees that are paid in a period")
      .option("--allowed-messages <urls>", "set of allowed messages for fee allowance, separated by commas"),
  from: (args) => textAt(args, 0),
  async build({ args, options, sender, sources }) {
    const given = options as GrantOptions;
    const grantee = await sources.address(textAt(args, 1), "account");
    const basic = allowanceOf(given);
    const allowedMessages = (given.allowedMessages ?? "").split(",").filter((url) => url !== "");
    const allowance = allowedMessages.length === 0 ? basic : pack(AllowedMsgAllowance, { allowance: basic, allowedMessages });
    return [pack(MsgGrantAllowance, { granter: sender.account, grantee, allowance })];
  },
};
