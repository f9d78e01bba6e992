import { MsgExecLegacyContent, Proposal } from "../../../proto/gen/cosmos/gov/v1.js";
import type { Any } from "../../../proto/gen/google/protobuf.js";
import { formatAddress } from "../../../chain/codec/index.js";
import { GOV_AUTHORITY } from "../../../chain/kernel/index.js";
import type { Context, MessageRunner, RunnableMessage } from "../../../chain/kernel/index.js";
import { Reject, equalBytes } from "../../../chain/primitives/index.js";
import { STORE_GAS, createMultiBranch } from "../../../chain/store/index.js";
import { addDeposit, minimumOf } from "../deposits.js";
import { GovError } from "../errors.js";
import { votingStarted } from "../events.js";
import type { Submission } from "../messages.js";
import { rulesOf } from "../params.js";
import type { Token } from "../ports.js";
import { createProposal } from "../proposals.js";
import { checkInitialDeposit } from "../rules/deposit.js";

const LEGACY_URL = `/${MsgExecLegacyContent.typeName}`;

export interface SubmitPorts {
  readonly token: Token;
  readonly runner: MessageRunner;
}

function parseMessage(runner: MessageRunner, message: Any): RunnableMessage {
  try {
    return runner.parse(message);
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
    const isUnknown = error.codespace === "sdk" && error.code === 6 && error.message.startsWith("no message handler found");
    if (isUnknown) throw GovError.UnroutableMessage(message.typeUrl.slice(0, 100));
    throw GovError.InvalidMessage(error.message);
  }
}

/** Governance, and nobody else, must be the signer. */
function checkSigner({ signers }: RunnableMessage): void {
  const [signer, ...others] = signers;
  if (signer === undefined || others.length > 0) throw GovError.InvalidSigner();
  if (!equalBytes(signer, GOV_AUTHORITY)) throw GovError.InvalidSigner(formatAddress(signer));
}

/** Out of gas ends the whole transaction; content that nobody handles is named as such. */
function isPassedOn({ codespace, code }: Reject): boolean {
  return (codespace === "sdk" && code === 11) || (codespace === "gov" && code === 9);
}

/** Old content is tried on a branch that is thrown away, as the SDK tries it. */
function tryLegacy(ctx: Context, runner: MessageRunner, message: RunnableMessage): void {
  const branch = createMultiBranch(ctx);
  try {
    runner.run({ ...ctx, store: (name) => branch.store(name), emit: () => undefined }, message);
  } catch (error) {
    if (!(error instanceof Reject) || isPassedOn(error)) throw error;
    throw GovError.InvalidContent(error.message);
  }
}

/** Each message must have a handler and pass the checks that need no state; whether it will succeed is seen when it runs. */
function checkMessages(ctx: Context, runner: MessageRunner, messages: readonly Any[]): void {
  for (const message of messages) {
    const parsed = parseMessage(runner, message);
    checkSigner(parsed);
    if (parsed.typeUrl === LEGACY_URL) tryLegacy(ctx, runner, parsed);
  }
}

/** Returns the new proposal's id. @throws Reject gov/5, 9, 10, 12, 13 or 16, and as a deposit does. */
export function submitProposal(ctx: Context, { token, runner }: SubmitPorts, submission: Submission): bigint {
  const rules = rulesOf(ctx);
  const minimum = minimumOf({ expedited: submission.isExpedited }, rules);
  checkInitialDeposit(submission.deposit, minimum, rules.minInitialDepositRatio);
  checkMessages(ctx, runner, submission.messages);
  const proposal = createProposal(ctx, submission);
  // The SDK's price for what everybody will have to read (its issue 9683).
  ctx.gas.consume(3n * STORE_GAS.writePerByte * BigInt(Proposal.encode(proposal).length), "submit proposal");
  const deposit = { proposalId: proposal.id, depositor: submission.proposer, amount: submission.deposit };
  if (addDeposit(ctx, token, deposit)) ctx.emit(votingStarted("submit_proposal", proposal.id));
  return proposal.id;
}
