import type { MsgMultiSend, MsgSend } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { parseAddress } from "../../chain/codec/index.js";
import { parseCoins } from "../../chain/kernel/index.js";
import { sumUopen } from "../../chain/primitives/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import { BankError } from "./errors.js";

export interface Send {
  readonly from: Address;
  readonly to: Address;
  readonly amount: Uopen;
}

/** One payer, many receivers. */
export interface MultiSend {
  readonly from: Address;
  readonly outputs: readonly { readonly to: Address; readonly amount: Uopen }[];
}

/** @throws Reject sdk/7 on an address, sdk/10 or sdk/5 on the coins. */
export function parseSend(wire: MsgSend): Send {
  return {
    from: parseAddress(wire.fromAddress),
    to: parseAddress(wire.toAddress),
    amount: parseCoins(wire.amount),
  };
}

/** @throws Reject bank/2, 3, 4 or 9, and as `parseSend`. */
export function parseMultiSend(wire: MsgMultiSend): MultiSend {
  const [input] = wire.inputs;
  if (input === undefined) throw BankError.NoInputs();
  if (wire.inputs.length > 1) throw BankError.MultipleSenders();
  if (wire.outputs.length === 0) throw BankError.NoOutputs();
  const outputs = wire.outputs.map((o) => ({ to: parseAddress(o.address), amount: parseCoins(o.coins) }));
  if (parseCoins(input.coins) !== sumUopen(outputs.map((o) => o.amount)))
    throw BankError.InputOutputMismatch();
  return { from: parseAddress(input.address), outputs };
}
