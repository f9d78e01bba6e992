import { Fault, defineErrors } from "../../chain/primitives/index.js";

/** Codespace `upgrade`; numbers and texts of the SDK's. Append-only. */
export const UpgradeError = defineErrors("upgrade", {
  NoModuleVersionFound: { code: 2, text: "module version not found" },
  NoUpgradePlanFound: { code: 3, text: "upgrade plan not found" },
  InvalidSigner: { code: 6, text: "expected authority account as only signer for proposal message" },
});

/** What a plan asks of the operator, and what tools that run a node are told of it. */
export interface HaltPlan {
  readonly name: string;
  /** Of the block that this program may not run. */
  readonly height: bigint;
  readonly info: string;
}

/**
 * This program is the wrong one for the next block. No fault of anybody's, but the same to the kernel: the block is not run, nothing
 * is written, the node stops. The message is the SDK's, which cosmovisor and operators know.
 *
 * - `needed`: the plan's height is here, and the program does not know the plan.
 * - `too-early`: the program knows a plan whose height is still to come, so it may be built for the state after it.
 * - `too-old`: the state went through a plan that the program does not know.
 */
export class UpgradeHalt extends Fault {
  readonly reason: "needed" | "too-early" | "too-old";
  readonly plan: HaltPlan;

  constructor(reason: UpgradeHalt["reason"], plan: HaltPlan, message: string) {
    super(message, { reason, plan: plan.name, height: plan.height });
    this.reason = reason;
    this.plan = plan;
  }
}
