/** `tx multi-sign`: signatures of the parts of a multisig become the multisig's. */
import type { Command } from "commander";
import { formatAddress } from "../../../chain/codec/index.js";
import { parseAccountKey } from "../../../chain/kernel/index.js";
import type { MultisigKey } from "../../../chain/kernel/index.js";
import { equalBytes } from "../../../chain/primitives/index.js";
import { MultiSignature } from "../../../proto/gen/cosmos/crypto/multisig/v1beta1.js";
import type { SignerInfo } from "../../../proto/gen/cosmos/tx/v1beta1.js";
import { EdgeFailure } from "../../errors.js";
import { addressOf } from "../../keyring/index.js";
import type { KeyRecord } from "../../keyring/index.js";
import { keyringOf } from "../common-options.js";
import type { CommandContext } from "../common-options.js";
import { readTextFile } from "../file-argument.js";
import { findKey } from "../keys-find.js";
import { insertSignature, writeDocument } from "./sign-command.js";
import type { SignOptions } from "./sign-command.js";
import { MODES, isSignatureOf, signHash } from "./sign.js";
import type { SignFor } from "./sign.js";
import { accountOf, chainIdOf } from "./signer.js";
import { parseSignatures } from "./signature-file.js";
import type { LooseSignature } from "./signature-file.js";
import { formatTx, parseTxJson } from "./tx-json.js";
import type { LooseTx } from "./tx-json.js";
import { withSigning } from "./tx-options.js";

function multisigOf(record: KeyRecord): MultisigKey {
  const key = parseAccountKey(record.publicKey);
  if (key.kind !== "multisig") throw new EdgeFailure("config", `${record.name} is no multisig; \`keys add NAME --multisig A,B,C --multisig-threshold 2\` makes one`);
  return key;
}

/** Bits from the most significant on, one for each key (cosmos-formats.md §7.2). */
export function compactBits(bits: readonly boolean[]): { readonly extraBitsStored: number; readonly elems: Uint8Array } {
  const elems = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((isSet, i) => {
    if (isSet) elems[i >> 3] = (elems[i >> 3] ?? 0) | (128 >> (i & 7));
  });
  return { extraBitsStored: bits.length % 8, elems };
}

interface Part {
  readonly file: string;
  readonly loose: LooseSignature;
}

/** @throws EdgeFailure "config" on a signature that is not of this transaction, or of no key of the multisig. */
function checkPart(tx: LooseTx, { file, loose }: Part, key: MultisigKey, signFor: SignFor): void {
  const inner = parseAccountKey(loose.publicKey);
  if (!key.keys.some((one) => equalBytes(one.address, inner.address))) {
    throw new EdgeFailure("config", `${file}: ${formatAddress(inner.address)} is no part of this multisig`);
  }
  if (loose.mode !== MODES["amino-json"]) throw new EdgeFailure("config", `${file}: a part of a multisig signs amino JSON; sign with --multisig`);
  if (!isSignatureOf(inner.bytes, signHash(tx, loose.mode, signFor), loose.signature)) {
    const { chainId, number, sequence } = signFor;
    throw new EdgeFailure("config", `${file}: the signature is not of this transaction for chain ${chainId}, account number ${number}, sequence ${sequence}`);
  }
}

/** The multisig's signature of at least as many parts as its threshold asks for. @throws EdgeFailure "config". */
function combine(tx: LooseTx, record: KeyRecord, parts: readonly Part[], signFor: SignFor): { readonly info: SignerInfo; readonly signature: Uint8Array } {
  const key = multisigOf(record);
  for (const part of parts) checkPart(tx, part, key, signFor);
  const chosen = key.keys.map((one) => parts.find(({ loose }) => equalBytes(parseAccountKey(loose.publicKey).address, one.address)));
  const given = chosen.filter((part) => part !== undefined);
  if (given.length < key.threshold) {
    throw new EdgeFailure("config", `${record.name} needs ${key.threshold} of ${key.keys.length} signatures, and ${given.length} are given`);
  }
  const single = { single: { mode: MODES["amino-json"] }, multi: undefined };
  const multi = { bitarray: compactBits(chosen.map((part) => part !== undefined)), modeInfos: given.map(() => single) };
  return {
    info: { publicKey: record.publicKey, modeInfo: { single: undefined, multi }, sequence: signFor.sequence },
    signature: MultiSignature.encode({ signatures: given.map(({ loose }) => loose.signature) }),
  };
}

async function multisign([file, name, files]: readonly [string, string, readonly string[]], options: SignOptions, context: CommandContext): Promise<void> {
  const tx = parseTxJson(readTextFile(file), file);
  const parts = files.flatMap((one) => parseSignatures(readTextFile(one), one).map((loose) => ({ file: one, loose })));
  const record = await findKey(keyringOf(options, context), name);
  const signal = AbortSignal.timeout(60_000);
  const chainId = await chainIdOf(options, context, signal);
  const { number, sequence } = await accountOf({ account: formatAddress(addressOf(record)), operator: "" }, options, context, signal);
  const { info, signature } = combine(tx, record, parts, { chainId, number, sequence: tx.body.unordered ? 0n : sequence });
  writeDocument(formatTx(insertSignature(tx, info, signature, options.overwrite)), options, context);
}

export function addMultisignCommand(tx: Command, context: CommandContext): void {
  const command = tx
    .command("multi-sign")
    .aliases(["multisign", "ms"])
    .summary("Generate multisig signatures for transactions generated offline")
    .description("Joins signatures that `tx sign FILE --multisig NAME` wrote to the signature of the multisig, and prints the transaction with it.")
    .argument("<file>")
    .argument("<name>", "of the multisig in the keyring")
    .argument("<signatures...>", "files of signatures")
    .option("--overwrite", "overwrite an existing signature of the multisig", false)
    .option("--output-document <file>", "write to this new file instead of standard output")
    .addHelpText("after", "\nExample:\n  openledgerd tx multi-sign tx.json team ada.json bob.json --output-document signed.json");
  withSigning(command).action(async (...given: readonly unknown[]) => {
    const [file, name, files, , self] = given as readonly [string, string, readonly string[], unknown, Command];
    await multisign([file, name, files], self.optsWithGlobals<SignOptions>(), context);
    context.done(0);
  });
}
