import { UOPEN } from "../../../../chain/primitives/index.js";
import { MsgMultiSend } from "../../../../proto/gen/cosmos/bank/v1beta1.js";
import { EdgeFailure } from "../../../errors.js";
import { parseCoinsArgument } from "../../coins-argument.js";
import { textAt, textsAt } from "../custom-tx.js";
import type { CustomTx } from "../custom-tx.js";
import { pack, urlOf } from "./pack.js";

/** Argument 1: the addresses, and the amount last. */
export const MULTI_SEND: CustomTx = {
  module: "bank",
  use: "multi-send <from_key_or_address> <to_addresses_and_amount...>",
  about: "Send funds from one account to two or more accounts: the amount to each, or with --split in equal parts",
  example: "ada open1... open1... 1000000uopen",
  sends: [urlOf(MsgMultiSend)],
  flags: (command) => void command.option("--split", "send the equally split token amount to each address", false),
  from: (args) => textAt(args, 0),
  async build({ args, options, sender, sources }) {
    const texts = textsAt(args, 1);
    const to = texts.slice(0, -1);
    if (to.length < 2) throw new EdgeFailure("config", "multi-send takes two or more addresses, and the amount last; `tx bank send` is for one");
    const amount = parseCoinsArgument(texts.at(-1) ?? "", "amount");
    const { split } = options as { readonly split?: boolean };
    const each = split === true ? amount / BigInt(to.length) : amount;
    if (each === 0n) throw new EdgeFailure("config", `${amount}${UOPEN} cannot be split among ${to.length} addresses`);
    const coins = (value: bigint) => [{ denom: UOPEN, amount: value.toString() }];
    const outputs = [];
    for (const text of to) outputs.push({ address: await sources.address(text, "account"), coins: coins(each) });
    return [pack(MsgMultiSend, { inputs: [{ address: sender.account, coins: coins(each * BigInt(to.length)) }], outputs })];
  },
};
