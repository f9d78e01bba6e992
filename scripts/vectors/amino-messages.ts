/**
 * Messages of every SDK module, from an empty one to full ones, and transactions around them, as JSON on standard
 * output: what scripts/vectors/amino answers with amino JSON. Seeded: a second run prints the same. See README.md.
 */
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AnyCodec, FieldTable, ServiceTable } from "../../chain/codec/index.js";
import { toHex, utf8 } from "../../chain/primitives/index.js";
import { AuthInfo, TxBody } from "../../proto/gen/cosmos/tx/v1beta1.js";

const gen = join(dirname(fileURLToPath(import.meta.url)), "../../proto/gen/cosmos");
/** Samples of a message: an empty one, then random ones. */
const SAMPLES = 4;
const TEXTS = ["", "openledger", 'a <b> & "c" \\', "tab\tline\nbell\u0007", "é\u2028\u{1F680}", "/x.Y", "0"];

let state = 20260101;
function below(limit: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;

interface Known {
  readonly codecs: readonly AnyCodec[];
  readonly requests: readonly AnyCodec[];
}

async function known(): Promise<Known> {
  const files = readdirSync(gen, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".ts"));
  const packages = await Promise.all(files.sort().map((f) => import(join(gen, f)) as Promise<object>));
  const all = packages.flatMap((p) => Object.values(p) as unknown[]);
  const services = all.filter((v): v is ServiceTable => Array.isArray((v as Partial<ServiceTable>).methods));
  return {
    codecs: all.filter(
      (v): v is AnyCodec =>
        typeof (v as Partial<AnyCodec>).typeName === "string" && "fields" in (v as object),
    ),
    requests: services.filter((s) => s.msg === true).flatMap((s) => s.methods.map((m) => m.request)),
  };
}

/** What may stand in an Any that accepts an interface. */
function candidates(field: FieldTable, { codecs, requests }: Known): readonly AnyCodec[] {
  const named = (names: readonly string[]): AnyCodec[] => codecs.filter((c) => names.includes(c.typeName));
  if (field.accepts === "cosmos.crypto.PubKey")
    return named(["cosmos.crypto.ed25519.PubKey", "cosmos.crypto.secp256k1.PubKey"]);
  const fitting = codecs.filter((c) => c.options.implements?.includes(field.accepts ?? "") === true);
  return fitting.length > 0 ? fitting : requests;
}

function scalar(field: FieldTable): unknown {
  if (field.decimal === true) {
    const digits = pick(["", "0", "100000000000000000", "-5", "1", "123456789012345678901234567890"]);
    return field.kind === "bytes" ? utf8(digits) : digits;
  }
  if (field.integer === true) return pick(["", "0", "7", "340282366920938463463374607431768211455"]);
  switch (field.kind) {
    case "string":
      return pick(TEXTS);
    case "bytes":
      return Uint8Array.from({ length: below(5) }, () => below(256));
    case "bool":
      return below(2) === 1;
    case "enum":
      return pick(Object.values(field.names?.() ?? {}));
    case "int64":
      return pick([0n, 1n, -1n, (1n << 63n) - 1n]);
    case "uint64":
      return pick([0n, 1n, (1n << 64n) - 1n]);
    default:
      return below(1000);
  }
}

function one(field: FieldTable, facts: Known, depth: number): unknown {
  const type = field.type?.();
  if (type === undefined) return scalar(field);
  switch (type.typeName) {
    case "google.protobuf.Any": {
      const codec = pick(candidates(field, facts));
      return {
        typeUrl: `/${codec.typeName}`,
        value: codec.encode(message(codec, facts, depth + 1) as never),
      };
    }
    case "google.protobuf.Timestamp":
      return pick([
        { seconds: 0n, nanos: 0 },
        { seconds: 1767323045n, nanos: 120_000_000 },
        { seconds: -62135596800n, nanos: 1 },
      ]);
    case "google.protobuf.Duration":
      return pick([
        { seconds: 0n, nanos: 0 },
        { seconds: 1209600n, nanos: 5 },
        { seconds: -3n, nanos: -500_000_000 },
      ]);
    default:
      return message(type, facts, depth + 1);
  }
}

function message(codec: AnyCodec, facts: Known, depth: number): unknown {
  const partial: Record<string, unknown> = {};
  const members = codec.fields.filter((f) => f.oneof === true);
  const chosen = members[below(members.length + 1)];
  for (const field of codec.fields) {
    const isLeft =
      field.oneof === true ? field !== chosen : below(4) === 0 || (depth > 4 && field.kind === "message");
    if (isLeft && field.always !== true) continue;
    const count = depth > 4 ? 0 : below(3);
    partial[field.name] =
      field.repeated === true
        ? Array.from({ length: count }, () => one(field, facts, depth))
        : one(field, facts, depth);
  }
  return codec.create(partial as never);
}

const packed = (codec: AnyCodec, value: unknown): { type_url: string; value: string } => ({
  type_url: `/${codec.typeName}`,
  value: toHex(codec.encode(value as never)),
});

function transaction(facts: Known): object {
  const field: FieldTable = { no: 1, name: "messages", json: "messages", kind: "message", repeated: true };
  const messages = Array.from({ length: 1 + below(3) }, () => {
    const codec = pick(candidates(field, facts));
    return { typeUrl: `/${codec.typeName}`, value: codec.encode(message(codec, facts, 3) as never) };
  });
  const body = message(TxBody, facts, 5) as TxBody;
  const authInfo = message(AuthInfo, facts, 0) as AuthInfo;
  const timeoutTimestamp = pick([undefined, { seconds: 1767323045n, nanos: 120_000_000 }]);
  const fee = authInfo.fee ?? { amount: [], gasLimit: 0n, payer: "", granter: "" };
  return {
    body: toHex(
      TxBody.encode({
        ...body,
        messages,
        timeoutTimestamp,
        extensionOptions: [],
        nonCriticalExtensionOptions: [],
      }),
    ),
    auth_info: toHex(AuthInfo.encode({ signerInfos: [], fee, tip: undefined })),
    chain_id: pick(["openledger-1", "<&>"]),
    account_number: below(1000),
    sequence: below(1000),
  };
}

async function main(): Promise<void> {
  const facts = await known();
  const messages = facts.requests.flatMap((codec) => [
    packed(codec, codec.create()),
    ...Array.from({ length: SAMPLES - 1 }, () => packed(codec, message(codec, facts, 0))),
  ]);
  const transactions = Array.from({ length: 24 }, () => transaction(facts));
  process.stdout.write(JSON.stringify({ messages, transactions }));
}

await main();
