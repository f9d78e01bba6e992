/** `tx broadcast`, `tx encode`, `tx decode` and `tx simulate`: what is done with transactions in files. */
import { Option } from "commander";
import type { Command } from "commander";
import { toBase64, toHex, parseHex, parseBase64 } from "../../../chain/primitives/index.js";
import { SimulateRequest, SimulateResponse } from "../../../proto/gen/cosmos/tx/v1beta1.js";
import { EdgeFailure } from "../../errors.js";
import { clientSettingsOf } from "../common-options.js";
import type { CommandContext, OutputOptions } from "../common-options.js";
import { readTextFile } from "../file-argument.js";
import { printMessage } from "../print-message.js";
import { queryState } from "../query/query-state.js";
import { createRpc } from "../rpc.js";
import { broadcast, reportBroadcast } from "./broadcast.js";
import { signerInfo } from "./sign.js";
import { knownKey, queryAccount, senderOfOptions, txRpc } from "./signer.js";
import { decodeTx, encodeTx, formatTx, parseTxJson } from "./tx-json.js";
import type { LooseTx } from "./tx-json.js";
import { BROADCAST_MODES, withSigning } from "./tx-options.js";
import type { BroadcastMode, SigningOptions } from "./tx-options.js";

interface NodeOptions extends OutputOptions {
  readonly node?: string;
  readonly broadcastMode?: BroadcastMode;
}

function addBroadcast(tx: Command, context: CommandContext): void {
  const command = tx
    .command("broadcast")
    .summary("Broadcast transactions generated offline")
    .description('Sends signed transactions of a file, one on a line, to a node; "-" reads them from standard input.')
    .argument("<file>")
    .addOption(new Option("-b, --broadcast-mode <mode>", "transaction broadcasting mode (default: that of client.toml)").choices(BROADCAST_MODES))
    .addHelpText("after", "\nExample:\n  openledgerd tx broadcast signed.json");
  withSigning(command).action(async (file: string, _: unknown, self: Command) => {
    const options = self.optsWithGlobals<NodeOptions>();
    const settings = clientSettingsOf(options, context);
    const lines = readTextFile(file).trim().split("\n");
    const txs = (lines.length === 1 || lines.every((line) => /^\s*\{.*\}\s*$/.test(line)) ? lines : [lines.join("\n")]).map((text) => parseTxJson(text, file));
    const rpc = createRpc(options.node ?? settings.node);
    for (const signed of txs) {
      if (signed.signatures.length === 0) throw new EdgeFailure("config", `${file} is not signed; \`openledgerd tx sign\` signs it`);
      const answer = await broadcast(rpc, encodeTx(signed), options.broadcastMode ?? settings.broadcastMode, AbortSignal.timeout(60_000));
      reportBroadcast(answer, options, context);
    }
    context.done(0);
  });
}

function addEncode(tx: Command, context: CommandContext): void {
  const command = tx
    .command("encode")
    .description("Encode a transaction of a JSON file to its bytes in base64, or hex")
    .argument("<file>")
    .option("-x, --hex", "print hex", false)
    .addHelpText("after", "\nExample:\n  openledgerd tx encode signed.json");
  withSigning(command).action((file: string, _: unknown, self: Command) => {
    const { hex } = self.optsWithGlobals<{ readonly hex: boolean }>();
    const bytes = encodeTx(parseTxJson(readTextFile(file), file));
    context.terminal.out(`${hex ? toHex(bytes) : toBase64(bytes)}\n`);
    context.done(0);
  });
}

function bytesOf(text: string, isHex: boolean): Uint8Array {
  try {
    return isHex ? parseHex(text.toLowerCase()) : parseBase64(text);
  } catch (cause) {
    throw new EdgeFailure("malformed", `the transaction must be ${isHex ? "hex" : "base64; --hex reads hex"}`, {}, cause);
  }
}

function addDecode(tx: Command, context: CommandContext): void {
  const command = tx
    .command("decode")
    .description("Decode the bytes of a transaction, in base64 or hex, to JSON")
    .argument("<bytes>", '"-" reads them from standard input')
    .option("-x, --hex", "treat input as hexadecimal instead of base64", false)
    .addHelpText("after", "\nExample:\n  openledgerd tx decode CpEBCo4B...");
  withSigning(command).action((given: string, _: unknown, self: Command) => {
    const { hex } = self.optsWithGlobals<{ readonly hex: boolean }>();
    const text = given === "-" ? readTextFile(given).trim() : given;
    context.terminal.out(formatTx(decodeTx(bytesOf(text, hex))));
    context.done(0);
  });
}

/** Where it is not signed, the account of --from stands in. */
async function forSimulation(tx: LooseTx, options: SigningOptions, context: CommandContext): Promise<LooseTx> {
  if (tx.authInfo.signerInfos.length > 0) return tx;
  const sender = await senderOfOptions(options, context);
  const record = await knownKey(sender, options, context);
  const { sequence } = await queryAccount(txRpc(options, context), sender.account, AbortSignal.timeout(60_000));
  const info = signerInfo(record?.publicKey, 1, options.sequence ?? sequence);
  return { ...tx, authInfo: { ...tx.authInfo, signerInfos: [info] } };
}

function addSimulate(tx: Command, context: CommandContext): void {
  const command = tx
    .command("simulate")
    .description("Simulate the gas usage of a transaction of a file, which need not be signed")
    .argument("<file>")
    .addHelpText("after", "\nExample:\n  openledgerd tx simulate tx.json --from ada");
  withSigning(command).action(async (file: string, _: unknown, self: Command) => {
    const options = self.optsWithGlobals<SigningOptions>();
    const whole = await forSimulation(parseTxJson(readTextFile(file), file), options, context);
    const signatures = whole.authInfo.signerInfos.map((_info, i) => whole.signatures[i] ?? new Uint8Array(64));
    const request = SimulateRequest.encode(SimulateRequest.create({ txBytes: encodeTx({ ...whole, signatures }) }));
    const query = { path: "/cosmos.tx.v1beta1.Service/Simulate", request, height: 0n };
    const bytes = await queryState(txRpc(options, context), query, AbortSignal.timeout(60_000));
    printMessage(SimulateResponse, SimulateResponse.decode(bytes, { unknown: "ignore" }), options, context);
    context.done(0);
  });
}

export function addFileCommands(tx: Command, context: CommandContext): void {
  addBroadcast(tx, context);
  addEncode(tx, context);
  addDecode(tx, context);
  addSimulate(tx, context);
}
