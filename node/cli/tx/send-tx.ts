/** From messages to a transaction that is printed, simulated, or signed and sent: what every `tx <module> <verb>` ends in. */
import { toTimestamp, formatAddress } from "../../../chain/codec/index.js";
import { toTimeNs } from "../../../chain/primitives/index.js";
import { SignMode } from "../../../proto/gen/cosmos/tx/signing/v1beta1.js";
import { AuthInfo, TxBody } from "../../../proto/gen/cosmos/tx/v1beta1.js";
import type { Any } from "../../../proto/gen/google/protobuf.js";
import type { ClientSettings } from "../../config/client-settings.js";
import { EdgeFailure } from "../../errors.js";
import { addressOf } from "../../keyring/index.js";
import { addressArgument } from "../address-argument.js";
import { clientSettingsOf } from "../common-options.js";
import type { CommandContext } from "../common-options.js";
import { parseDurationNanos } from "../fields/time-json.js";
import { confirm } from "../terminal.js";
import { broadcast, reportBroadcast } from "./broadcast.js";
import { adjustGas, feeOf, gasOf } from "./fee.js";
import { MODES, signHash, signHashed, signerInfo } from "./sign.js";
import { accountOf, chainIdOf, knownKey, senderOfOptions, signingKey, txRpc } from "./signer.js";
import type { Sender } from "./signer.js";
import { simulateGas } from "./simulate.js";
import { encodeTx, formatTx } from "./tx-json.js";
import type { LooseTx } from "./tx-json.js";
import type { TxOptions } from "./tx-options.js";

const NODE_MS = 60_000;

/** Everything that one command needs again and again. */
interface Job {
  readonly options: TxOptions;
  readonly context: CommandContext;
  readonly settings: ClientSettings;
  readonly signal: AbortSignal;
  readonly sender: Sender;
  readonly body: TxBody;
}

function bodyOf(messages: readonly Any[], { note, timeoutHeight, timeoutDuration, unordered, sequence }: TxOptions): TxBody {
  if (timeoutHeight !== undefined && timeoutDuration !== undefined) throw new EdgeFailure("config", "--timeout-height excludes --timeout-duration");
  if (unordered && timeoutDuration === undefined) throw new EdgeFailure("config", "--unordered needs --timeout-duration, like 5m: how long it may wait");
  if (unordered && sequence !== undefined) throw new EdgeFailure("config", "--unordered excludes --sequence: it has none");
  const until = timeoutDuration === undefined ? undefined : BigInt(Date.now()) * 1_000_000n + parseDurationNanos(timeoutDuration);
  const timeoutTimestamp = until === undefined ? undefined : toTimestamp(toTimeNs(until / 1_000_000_000n, Number(until % 1_000_000_000n)));
  return TxBody.create({ messages, memo: note, timeoutHeight: timeoutHeight ?? 0n, unordered, timeoutTimestamp });
}

async function feeWho({ feePayer, feeGranter }: TxOptions, job: Pick<Job, "options" | "context">): Promise<{ readonly payer: string; readonly granter: string }> {
  const address = (text: string | undefined): Promise<string> =>
    text === undefined ? Promise.resolve("") : addressArgument(text, "account", job.options, job.context);
  return { payer: await address(feePayer), granter: await address(feeGranter) };
}

/** The transaction as it is simulated: with the account's key where it is at hand, and nothing signed. */
async function simulated({ body, sender, options, context, signal }: Job): Promise<bigint> {
  const account = await accountOf(sender, options, context, signal);
  const record = await knownKey(sender, options, context).catch(() => undefined);
  const key = record?.publicKey;
  const info = signerInfo(key, SignMode.SIGN_MODE_DIRECT, body.unordered ? 0n : account.sequence);
  const authInfo = AuthInfo.create({ signerInfos: [info], fee: { amount: [], gasLimit: 0n, ...(await feeWho(options, { options, context })) } });
  return simulateGas({ body, authInfo, signatures: [] }, txRpc(options, context), signal);
}

async function authInfoOf(job: Job): Promise<AuthInfo> {
  const { options, settings } = job;
  const gas = gasOf(options, settings) ?? adjustGas(await simulated(job), options, settings);
  return AuthInfo.create({ signerInfos: [], fee: feeOf(gas, await feeWho(options, job), options, settings) });
}

async function signed(job: Job, authInfo: AuthInfo): Promise<LooseTx> {
  const { options, context, signal, sender, body } = job;
  const key = await signingKey(options.from ?? "", options, context);
  if (formatAddress(addressOf(key)) !== sender.account) throw new EdgeFailure("config", `the key of ${sender.account} is not here`);
  const chainId = await chainIdOf(options, context, signal);
  const { number, sequence } = await accountOf(sender, options, context, signal);
  const mode = MODES[options.signMode ?? "direct"];
  const signerInfos = [signerInfo(key.publicKey, mode, body.unordered ? 0n : sequence)];
  const whole: LooseTx = { body, authInfo: { ...authInfo, signerInfos }, signatures: [] };
  const hash = signHash(whole, mode, { chainId, number, sequence: body.unordered ? 0n : sequence });
  return { ...whole, signatures: [signHashed(hash, key.secret)] };
}

/** @throws EdgeFailure "config" when somebody else has to sign as well. */
function checkAlone({ fee }: AuthInfo, { account }: Sender): void {
  if (fee === undefined || fee.payer === "" || fee.payer === account) return;
  throw new EdgeFailure("config", `${fee.payer} pays the fees, so it signs too: write the transaction with --generate-only, and let both sign it (\`openledgerd tx sign --sign-mode amino-json\`); --fee-granter needs no signature`);
}

/** A person sees what will be signed; a script says --yes. */
async function agreed(tx: LooseTx, { options, context: { terminal } }: Job): Promise<void> {
  if (options.yes) return;
  terminal.err(formatTx(tx));
  if (!(await confirm(terminal, "confirm transaction before signing and broadcasting"))) throw new EdgeFailure("aborted", "canceled transaction; nothing was sent");
}

/** @throws EdgeFailure, Reject: one line that says what to do. */
export async function sendTx(messages: readonly Any[], options: TxOptions, context: CommandContext): Promise<void> {
  const settings = clientSettingsOf(options, context);
  const signal = AbortSignal.timeout(NODE_MS);
  const sender = await senderOfOptions(options, context);
  const job: Job = { options, context, settings, signal, sender, body: bodyOf(messages, options) };
  if (options.dryRun) {
    if (options.offline) throw new EdgeFailure("config", "--dry-run asks a node, so it excludes --offline");
    context.terminal.err(`gas estimate: ${adjustGas(await simulated(job), options, settings)}\n`);
    return;
  }
  if (options.generateOnly) {
    context.terminal.out(formatTx({ body: job.body, authInfo: await authInfoOf(job), signatures: [] }));
    return;
  }
  // A key that cannot sign is said before anything is asked of the node.
  await signingKey(options.from ?? "", options, context);
  const authInfo = await authInfoOf(job);
  checkAlone(authInfo, sender);
  await agreed({ body: job.body, authInfo, signatures: [] }, job);
  const tx = await signed(job, authInfo);
  if (options.offline) {
    context.terminal.out(formatTx(tx));
    return;
  }
  const answer = await broadcast(txRpc(options, context), encodeTx(tx), options.broadcastMode ?? settings.broadcastMode, signal);
  reportBroadcast(answer, options, context);
}
