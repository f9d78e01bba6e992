/** `tx sign` and `tx sign-batch`: signatures over transactions that were written to files. */
import type { Command } from "commander";
import { formatAddress } from "../../../chain/codec/index.js";
import { parseAccountKey } from "../../../chain/kernel/index.js";
import { equalBytes } from "../../../chain/primitives/index.js";
import type { Address } from "../../../chain/primitives/index.js";
import type { SignerInfo } from "../../../proto/gen/cosmos/tx/v1beta1.js";
import { EdgeFailure } from "../../errors.js";
import { addressOf } from "../../keyring/index.js";
import type { KeyRecord } from "../../keyring/index.js";
import { addressArgument } from "../address-argument.js";
import type { CommandContext } from "../common-options.js";
import { readTextFile } from "../file-argument.js";
import { writeNewFile } from "../new-file.js";
import { requiredSigners } from "./required-signers.js";
import { MODES, signHash, signHashed, signerInfo } from "./sign.js";
import { accountOf, chainIdOf, signingKey } from "./signer.js";
import type { AccountOnChain } from "./signer.js";
import { formatSignatures } from "./signature-file.js";
import type { LooseSignature } from "./signature-file.js";
import { formatTx, parseTxJson } from "./tx-json.js";
import type { LooseTx } from "./tx-json.js";
import { withSigning } from "./tx-options.js";
import type { SigningOptions } from "./tx-options.js";

export interface SignOptions extends SigningOptions {
  readonly multisig?: string;
  readonly overwrite: boolean;
  readonly signatureOnly: boolean;
  readonly outputDocument?: string;
}

/** Standard output, or the file of --output-document, which is not overwritten. */
export function writeDocument(text: string, { outputDocument }: { readonly outputDocument?: string }, { terminal }: CommandContext): void {
  if (outputDocument === undefined) terminal.out(text);
  else writeNewFile(outputDocument, text);
}

interface Signing {
  readonly key: KeyRecord & { readonly secret: Uint8Array };
  /** Whose signature it is: the key's own, or that of a multisig of which it is a part. */
  readonly account: string;
  readonly chainId: string;
  readonly onChain: AccountOnChain;
  readonly mode: number;
}

async function prepare(options: SignOptions, context: CommandContext): Promise<Signing> {
  if (options.from === undefined) throw new EdgeFailure("config", "who signs? name a key with --from; `openledgerd keys list` names those there are");
  const signal = AbortSignal.timeout(60_000);
  const key = await signingKey(options.from, options, context);
  const account = options.multisig === undefined ? formatAddress(addressOf(key)) : await addressArgument(options.multisig, "account", options, context);
  if (options.multisig !== undefined && options.signMode === "direct") throw new EdgeFailure("config", "a part of a multisig signs amino JSON: leave --sign-mode out");
  const chainId = await chainIdOf(options, context, signal);
  const onChain = await accountOf({ account, operator: "" }, options, context, signal);
  return { key, account, chainId, onChain, mode: MODES[options.multisig === undefined ? (options.signMode ?? "direct") : "amino-json"] };
}

function checkSigner(signers: readonly Address[], account: string): void {
  if (signers.some((address) => formatAddress(address) === account)) return;
  throw new EdgeFailure("config", `${account} has nothing to sign here; the transaction is for ${signers.map(formatAddress).join(", ")}`);
}

/** The index of whose key it is among the signers; those whose key is not told come last. */
function placeOf({ publicKey }: SignerInfo, signers: readonly Address[]): number {
  const at = publicKey === undefined ? -1 : signers.findIndex((address) => equalBytes(address, parseAccountKey(publicKey).address));
  return at === -1 ? signers.length : at;
}

/** Puts a signature where its signer stands, in place of an older one. @throws EdgeFailure "config" when it is signed already. */
export function insertSignature(tx: LooseTx, info: SignerInfo, signature: Uint8Array, overwrite: boolean): LooseTx {
  const signers = requiredSigners(tx);
  const place = placeOf(info, signers);
  const all = tx.authInfo.signerInfos.map((other, i) => ({ info: other, signature: tx.signatures[i] ?? new Uint8Array(0) }));
  const others = all.filter((one) => placeOf(one.info, signers) !== place);
  if (others.length < all.length && !overwrite && all.some((one) => placeOf(one.info, signers) === place && one.signature.length > 0)) {
    throw new EdgeFailure("config", "it is signed by this account already; --overwrite signs it again");
  }
  const sorted = [...others, { info, signature }].toSorted((a, b) => placeOf(a.info, signers) - placeOf(b.info, signers));
  return { ...tx, authInfo: { ...tx.authInfo, signerInfos: sorted.map((one) => one.info) }, signatures: sorted.map((one) => one.signature) };
}

interface SignedTx {
  readonly tx: LooseTx;
  readonly loose: LooseSignature;
}

function signOne(tx: LooseTx, { key, account, chainId, onChain, mode }: Signing, { multisig, overwrite }: SignOptions): SignedTx {
  const signers = requiredSigners(tx);
  checkSigner(signers, account);
  if (mode === MODES.direct && signers.length > 1) {
    throw new EdgeFailure("config", `${signers.length} accounts sign this transaction, so none of them can sign its bytes alone; each uses --sign-mode amino-json`);
  }
  const sequence = tx.body.unordered ? 0n : onChain.sequence;
  const info = signerInfo(key.publicKey, mode, sequence);
  const base: LooseTx = mode === MODES.direct ? { ...tx, authInfo: { ...tx.authInfo, signerInfos: [info] } } : tx;
  const signature = signHashed(signHash(base, mode, { chainId, number: onChain.number, sequence }), key.secret);
  const loose = { publicKey: key.publicKey, mode, signature, sequence };
  return { tx: multisig === undefined ? insertSignature(tx, info, signature, overwrite) : tx, loose };
}

function textOf({ tx, loose }: SignedTx, { multisig, signatureOnly }: SignOptions): string {
  return multisig !== undefined || signatureOnly ? formatSignatures([loose]) : formatTx(tx);
}

function withFile(command: Command): Command {
  return withSigning(command)
    .option("--multisig <name-or-address>", "the multisig account on behalf of which the transaction shall be signed")
    .option("--signature-only", "print only the signature", false)
    .option("--output-document <file>", "write to this new file instead of standard output");
}

function addSign(tx: Command, context: CommandContext): void {
  const command = tx
    .command("sign")
    .summary("Sign a transaction generated offline")
    .description('Signs a transaction that --generate-only wrote, and prints it with the signature. "-" reads it from standard input.')
    .argument("<file>")
    .option("--overwrite", "overwrite an existing signature of this account", false)
    .addHelpText("after", "\nExample:\n  openledgerd tx sign tx.json --from ada --output-document signed.json\n  openledgerd tx sign tx.json --from ada --multisig team --output-document ada.json");
  withFile(command).action(async (file: string, _: unknown, self: Command) => {
    const options = self.optsWithGlobals<SignOptions>();
    const unsigned = parseTxJson(readTextFile(file), file);
    writeDocument(textOf(signOne(unsigned, await prepare(options, context), options), options), options, context);
    context.done(0);
  });
}

/** Most transactions of one batch. */
const MAX_BATCH = 10_000;

/** One JSON per line, as `tx sign-batch` of other daemons reads them. */
function batchOf(files: readonly string[]): readonly LooseTx[] {
  const lines = files.flatMap((file) => readTextFile(file).split("\n").map((line, i) => ({ line: line.trim(), place: `${file}, line ${i + 1}` })));
  const found = lines.filter(({ line }) => line !== "");
  if (found.length === 0) throw new EdgeFailure("malformed", `${files.join(", ")}: no transactions; each stands on a line of its own`);
  if (found.length > MAX_BATCH) throw new EdgeFailure("too-large", `a batch has at most ${MAX_BATCH} transactions`);
  return found.map(({ line, place }) => parseTxJson(line, place));
}

function addSignBatch(tx: Command, context: CommandContext): void {
  const command = tx
    .command("sign-batch")
    .summary("Sign transaction batch files")
    .description("Signs the transactions of files, one on a line, with sequences that follow each other, and prints them one on a line.")
    .argument("<files...>")
    .option("--overwrite", "overwrite existing signatures of this account", false)
    .addHelpText("after", "\nExample:\n  openledgerd tx sign-batch txs.json --from ada --output-document signed.json");
  withFile(command).action(async (files: readonly string[], _: unknown, self: Command) => {
    const options = self.optsWithGlobals<SignOptions>();
    const batch = batchOf(files);
    const signing = await prepare(options, context);
    const texts = batch.map((unsigned, i) => {
      const onChain = { ...signing.onChain, sequence: signing.onChain.sequence + BigInt(i) };
      return textOf(signOne(unsigned, { ...signing, onChain }, options), options);
    });
    writeDocument(texts.join(""), options, context);
    context.done(0);
  });
}

export function addSignCommands(tx: Command, context: CommandContext): void {
  addSign(tx, context);
  addSignBatch(tx, context);
}
