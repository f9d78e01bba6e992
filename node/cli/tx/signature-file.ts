/** Signatures on their own, in the file that `tx sign --signature-only` of any Cosmos daemon writes. */
import { fromJson, toJson } from "../../../chain/codec/index.js";
import { parseBase64, toBase64 } from "../../../chain/primitives/index.js";
import { Any } from "../../../proto/gen/google/protobuf.js";
import { EdgeFailure } from "../../errors.js";
import { TYPES } from "../codecs.js";
import { MODES } from "./sign.js";

/** cosmos.tx.signing.v1beta1.SignatureDescriptor with a single signature. */
export interface LooseSignature {
  readonly publicKey: Any;
  readonly mode: number;
  readonly signature: Uint8Array;
  readonly sequence: bigint;
}

const MODE_NAMES: Readonly<Record<string, number>> = {
  SIGN_MODE_DIRECT: MODES.direct,
  SIGN_MODE_LEGACY_AMINO_JSON: MODES["amino-json"],
};

/** {"signatures": [...]}, one line. */
export function formatSignatures(signatures: readonly LooseSignature[]): string {
  const list = signatures.map(({ publicKey, mode, signature, sequence }) => ({
    public_key: toJson(Any, publicKey, TYPES),
    data: { single: { mode: Object.keys(MODE_NAMES).find((name) => MODE_NAMES[name] === mode) ?? mode, signature: toBase64(signature) } },
    sequence: sequence.toString(),
  }));
  return `${JSON.stringify({ signatures: list })}\n`;
}

interface Descriptor {
  readonly public_key?: unknown;
  readonly data?: { readonly single?: { readonly mode?: unknown; readonly signature?: unknown } };
  readonly sequence?: unknown;
}

function parseOne({ public_key, data, sequence }: Descriptor): LooseSignature {
  const single = data?.single;
  const mode = typeof single?.mode === "string" ? MODE_NAMES[single.mode] : undefined;
  if (mode === undefined || typeof single?.signature !== "string") throw new EdgeFailure("malformed", "it holds no single signature, direct or in amino JSON");
  const digits = typeof sequence === "string" || typeof sequence === "number" ? String(sequence) : "";
  if (!/^\d{1,20}$/.test(digits)) throw new EdgeFailure("malformed", "it has no sequence");
  return { publicKey: fromJson(Any, public_key, { registry: TYPES }), mode, signature: parseBase64(single.signature), sequence: BigInt(digits) };
}

/** @throws EdgeFailure "malformed" naming the file. */
export function parseSignatures(text: string, file: string): readonly LooseSignature[] {
  try {
    const { signatures } = JSON.parse(text) as { readonly signatures?: unknown };
    if (!Array.isArray(signatures) || signatures.length === 0) throw new EdgeFailure("malformed", 'it has no list "signatures"');
    return signatures.map((one) => parseOne(one as Descriptor));
  } catch (cause) {
    throw new EdgeFailure("malformed", `${file} is no file of signatures: ${cause instanceof Error ? cause.message : ""}`, {}, cause);
  }
}
