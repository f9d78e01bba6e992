import type { Proposal } from "../../proto/gen/cosmos/gov/v1.js";
import type { Event } from "../../chain/abci/index.js";
import { failureOf } from "../../chain/kernel/index.js";
import type { Context, MessageRunner } from "../../chain/kernel/index.js";
import { toGas } from "../../chain/primitives/index.js";
import { createGasMeter, createMultiBranch, meterStore } from "../../chain/store/index.js";
import { holdsDeposits } from "./deposits.js";
import type { Token } from "./ports.js";

/** What the messages of one proposal may use together. Nobody pays for it, so it must end. */
export const EXECUTION_GAS = toGas(100_000_000n);

/** Why a proposal's messages had no effect. */
export interface ExecutionFailure {
  readonly index: number;
  readonly typeUrl: string;
  readonly reason: string;
}

export interface ExecutionPorts {
  readonly token: Token;
  readonly runner: MessageRunner;
}

/**
 * Runs all messages of a passed proposal, or none: a branch is kept only when every one succeeded. A message that would leave the
 * module with less than it holds for depositors fails too; what came to it otherwise is governance's to spend.
 */
export function executeProposal(ctx: Context, ports: ExecutionPorts, proposal: Proposal): ExecutionFailure | undefined {
  const branch = createMultiBranch(ctx);
  const gas = createGasMeter(EXECUTION_GAS);
  const inner: Context = { ...ctx, gas, store: (name) => meterStore(branch.store(name), gas) };
  const events: Event[] = [];
  for (const [index, message] of proposal.messages.entries()) {
    try {
      events.push(...ports.runner.run(inner, ports.runner.parse(message)).events);
    } catch (error) {
      return { index, typeUrl: message.typeUrl, reason: failureOf(error).log };
    }
    if (!holdsDeposits({ ...ctx, store: (name) => branch.store(name) }, ports.token))
      return { index, typeUrl: message.typeUrl, reason: "the deposits of other proposals are not to be touched" };
  }
  branch.flush();
  for (const event of events) ctx.emit(event);
  return undefined;
}
