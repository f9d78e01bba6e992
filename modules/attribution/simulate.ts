import { MsgClaimRewards, MsgDisputeAttribution } from "../../proto/gen/openledger/attribution/v1.js";
import type { Factory } from "../../chain/testkit/draw.js";

const claim: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgClaimRewards.typeName}`,
  value: MsgClaimRewards.encode({ account: accounts[draw(accounts.length)] ?? "" }),
});

const dispute: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgDisputeAttribution.typeName}`,
  value: MsgDisputeAttribution.encode({ challenger: accounts[draw(accounts.length)] ?? "", inferenceId: BigInt(draw(12)) + 1n }),
});

/** One factory per message. */
export const factories: readonly Factory[] = [claim, dispute];
