import { formatAddress } from "../../../chain/codec/index.js";
import { GOV_AUTHORITY } from "../../../chain/kernel/index.js";
import type { Context, MessageRunner } from "../../../chain/kernel/index.js";
import { Reject, equalBytes } from "../../../chain/primitives/index.js";
import type { Any } from "../../../proto/gen/google/protobuf.js";
import { GovError } from "../errors.js";
import type { ExecContent } from "../messages.js";

/** Runs the message that carries the content out. What fails is told in the SDK's words. */
function carryOut(ctx: Context, runner: MessageRunner, { route, message }: { route: string; message: Any }): void {
  try {
    const { events } = runner.run(ctx, runner.parse(message));
    for (const event of events) ctx.emit(event);
  } catch (error) {
    if (!(error instanceof Reject) || (error.codespace === "sdk" && error.code === 11)) throw error;
    throw GovError.InvalidContent(`failed to run legacy handler ${route}, ${error.message}`);
  }
}

/** Content of an old proposal, on behalf of governance. @throws Reject gov/5, 9 or 13. */
export function execLegacyContent(ctx: Context, runner: MessageRunner, { authority, content }: ExecContent): void {
  if (!equalBytes(authority, GOV_AUTHORITY))
    throw GovError.InvalidSigner(`expected ${formatAddress(GOV_AUTHORITY)} got ${formatAddress(authority)}`);
  const { action, route } = content;
  if (action.kind === "unhandled") throw GovError.NoHandler(route);
  if (action.kind === "message") carryOut(ctx, runner, { route, message: action.message });
}
