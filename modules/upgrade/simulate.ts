import { MsgCancelUpgrade, MsgSoftwareUpgrade, Plan } from "../../proto/gen/cosmos/upgrade/v1beta1.js";
import type { Draw, Factory } from "../../chain/testkit/draw.js";

const oneOf = (draw: Draw, accounts: readonly string[]): string => accounts[draw(accounts.length)] ?? "";

/** Of somebody who may not: a plan that passed would stop the chain. */
const schedule: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgSoftwareUpgrade.typeName}`,
  value: MsgSoftwareUpgrade.encode({
    authority: oneOf(draw, accounts),
    plan: Plan.create({ name: draw(4) === 0 ? "" : "next", height: BigInt(draw(100)) }),
  }),
});

const cancel: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgCancelUpgrade.typeName}`,
  value: MsgCancelUpgrade.encode({ authority: oneOf(draw, accounts) }),
});

export const factories: readonly Factory[] = [schedule, cancel];
