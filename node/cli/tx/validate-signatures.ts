/** `tx validate-signatures`: who signed, and whether the signatures are good. */
import type { Command } from "commander";
import { formatAddress } from "../../../chain/codec/index.js";
import { parseAccountKey } from "../../../chain/kernel/index.js";
import type { AccountKey } from "../../../chain/kernel/index.js";
import type { Address } from "../../../chain/primitives/index.js";
import { MultiSignature } from "../../../proto/gen/cosmos/crypto/multisig/v1beta1.js";
import type { ModeInfo, SignerInfo } from "../../../proto/gen/cosmos/tx/v1beta1.js";
import { EdgeFailure } from "../../errors.js";
import type { CommandContext } from "../common-options.js";
import { readTextFile } from "../file-argument.js";
import { requiredSigners } from "./required-signers.js";
import { isSignatureOf, signHash } from "./sign.js";
import type { SignFor } from "./sign.js";
import { accountOf, chainIdOf } from "./signer.js";
import { parseTxJson } from "./tx-json.js";
import type { LooseTx } from "./tx-json.js";
import { withSigning } from "./tx-options.js";
import type { SigningOptions } from "./tx-options.js";

interface Given {
  readonly mode: ModeInfo | undefined;
  readonly signature: Uint8Array;
}

function isBitSet(elems: Uint8Array, i: number): boolean {
  return ((elems[i >> 3] ?? 0) & (128 >> (i & 7))) !== 0;
}

/** What is wrong with a signature; undefined when nothing is. */
function complaint(tx: LooseTx, key: AccountKey, { mode, signature }: Given, signFor: SignFor): string | undefined {
  if (key.kind !== "multisig") {
    const single = mode?.single?.mode;
    if (single === undefined) return "it has no sign mode";
    return isSignatureOf(key.bytes, signHash(tx, single, signFor), signature) ? undefined : "the signature is wrong";
  }
  const { bitarray, modeInfos = [] } = mode?.multi ?? {};
  if (bitarray === undefined) return "a multisig signs with a list of signatures";
  const { signatures } = MultiSignature.decode(signature);
  const signed = key.keys.filter((_, i) => isBitSet(bitarray.elems, i));
  if (signed.length < key.threshold) return `${signed.length} of ${key.threshold} signatures`;
  const wrong = signed.flatMap((inner, i) => complaint(tx, inner, { mode: modeInfos[i], signature: signatures[i] ?? new Uint8Array(0) }, signFor) ?? []);
  return wrong[0];
}

async function judge(tx: LooseTx, [i, signer]: readonly [number, Address], options: SigningOptions, context: CommandContext): Promise<string> {
  const info: SignerInfo | undefined = tx.authInfo.signerInfos[i];
  const signature = tx.signatures[i];
  const account = formatAddress(signer);
  if (info === undefined || signature === undefined) return "[MISSING]";
  if (info.publicKey === undefined) return "[ERROR] it tells no public key";
  const key = parseAccountKey(info.publicKey);
  if (formatAddress(key.address) !== account) return `[ERROR] it is of ${formatAddress(key.address)}`;
  const signal = AbortSignal.timeout(60_000);
  const { number } = await accountOf({ account, operator: "" }, { ...options, sequence: info.sequence }, context, signal);
  const chainId = await chainIdOf(options, context, signal);
  const wrong = complaint(tx, key, { mode: info.modeInfo, signature }, { chainId, number, sequence: info.sequence });
  return wrong === undefined ? "[OK]" : `[ERROR] ${wrong}`;
}

async function validate(file: string, options: SigningOptions, context: CommandContext): Promise<void> {
  const tx = parseTxJson(readTextFile(file), file);
  const signers = requiredSigners(tx);
  const lines = ["Signers:", ...signers.map((signer, i) => `  ${i}: ${formatAddress(signer)}`), "", "Signatures:"];
  const judgements: string[] = [];
  for (const entry of signers.entries()) judgements.push(await judge(tx, entry, options, context));
  context.terminal.out(`${[...lines, ...judgements.map((says, i) => `  ${i}: ${formatAddress(signers[i] as Address)}\t\t${says}`)].join("\n")}\n`);
  const extra = tx.authInfo.signerInfos.length - signers.length;
  if (extra > 0) throw new EdgeFailure("config", `signatures validation failed: ${extra} more signatures than signers`);
  if (judgements.some((says) => says !== "[OK]")) throw new EdgeFailure("config", "signatures validation failed");
}

export function addValidateSignatures(tx: Command, context: CommandContext): void {
  const command = tx
    .command("validate-signatures")
    .summary("Validate transactions signatures")
    .description("Prints who must sign a transaction, and whether each has. Offline, --account-number is that of all signers.")
    .argument("<file>")
    .addHelpText("after", "\nExample:\n  openledgerd tx validate-signatures signed.json");
  withSigning(command).action(async (file: string, _: unknown, self: Command) => {
    await validate(file, self.optsWithGlobals<SigningOptions>(), context);
    context.done(0);
  });
}
