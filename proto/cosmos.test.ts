import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import type { AnyCodec, FieldTable } from "../chain/codec/index.js";
import { utf8 } from "../chain/primitives/index.js";
import * as auth from "./gen/cosmos/auth/v1beta1.js";
import * as authz from "./gen/cosmos/authz/v1beta1.js";
import * as bank from "./gen/cosmos/bank/v1beta1.js";
import * as abci from "./gen/cosmos/base/abci/v1beta1.js";
import * as node from "./gen/cosmos/base/node/v1beta1.js";
import * as reflection from "./gen/cosmos/base/reflection/v1beta1.js";
import * as comet from "./gen/cosmos/base/tendermint/v1beta1.js";
import * as consensus from "./gen/cosmos/consensus/v1.js";
import * as ed25519 from "./gen/cosmos/crypto/ed25519.js";
import * as multisig from "./gen/cosmos/crypto/multisig.js";
import * as multisigV1 from "./gen/cosmos/crypto/multisig/v1beta1.js";
import * as secp256k1 from "./gen/cosmos/crypto/secp256k1.js";
import * as distribution from "./gen/cosmos/distribution/v1beta1.js";
import * as evidence from "./gen/cosmos/evidence/v1beta1.js";
import * as feegrant from "./gen/cosmos/feegrant/v1beta1.js";
import * as genutil from "./gen/cosmos/genutil/v1beta1.js";
import * as gov from "./gen/cosmos/gov/v1.js";
import * as govV1beta1 from "./gen/cosmos/gov/v1beta1.js";
import * as mint from "./gen/cosmos/mint/v1beta1.js";
import * as params from "./gen/cosmos/params/v1beta1.js";
import * as slashing from "./gen/cosmos/slashing/v1beta1.js";
import * as staking from "./gen/cosmos/staking/v1beta1.js";
import * as tx from "./gen/cosmos/tx/v1beta1.js";
import * as upgrade from "./gen/cosmos/upgrade/v1beta1.js";
import * as vesting from "./gen/cosmos/vesting/v1beta1.js";

/**
 * Every message of cosmos.* against the encodings of cosmjs-types, which were generated from the SDK's own sources. The
 * peer's bytes are decoded rather than compared, because it writes empty packed lists; and it garbles an int64 from
 * 2^31 to 2^32, so none is generated.
 */

interface Peer {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
}

const load = createRequire(import.meta.url);
const root = join(dirname(load.resolve("cosmjs-types/cosmos/tx/v1beta1/tx")), "../../..");

function peers(folder: string): ReadonlyMap<string, Peer> {
  const found = new Map<string, Peer>();
  for (const file of readdirSync(join(root, folder)).filter((f) => f.endsWith(".js"))) {
    const exported = load(join(root, folder, file)) as Record<string, Peer>;
    for (const [name, value] of Object.entries(exported))
      if (typeof value.encode === "function") found.set(name, value);
  }
  return found;
}

const int = (low: bigint, high: bigint): fc.Arbitrary<bigint> =>
  fc.bigInt({ min: low, max: high }).map((n) => (n >= 1n << 31n && n < 1n << 32n ? n - (1n << 31n) : n));

function scalar(field: FieldTable): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case "string":
      return field.decimal === true
        ? int(0n, 10n ** 20n).map(String)
        : fc.string({ unit: "grapheme", maxLength: 12 });
    case "bytes":
      if (field.decimal === true) return int(0n, 10n ** 20n).map((n) => utf8(String(n)));
      return fc.uint8Array({ maxLength: 40 });
    case "bool":
      return fc.boolean();
    case "enum":
      return fc.constantFrom(...Object.values(field.names?.() ?? { none: 0 }));
    case "int64":
      return int(-(1n << 63n), (1n << 63n) - 1n);
    case "uint64":
      return int(0n, (1n << 64n) - 1n);
    case "uint32":
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case "int32":
      return fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    default:
      throw new Error(`no generator for ${field.kind}`);
  }
}

/** google.protobuf.Timestamp of the years 1 to 9999: what a peer may hold as a date. */
const timestamp = fc.record({
  seconds: int(-62135596800n, 253402300799n),
  nanos: fc.integer({ min: 0, max: 999_999_999 }),
});

function message(codec: AnyCodec, depth: number): fc.Arbitrary<unknown> {
  if (codec.typeName === "google.protobuf.Timestamp") return timestamp;
  const shape: Record<string, fc.Arbitrary<unknown>> = {};
  const oneof = codec.fields.filter((f) => f.oneof === true);
  for (const field of codec.fields) shape[field.name] = fieldOf(field, depth);
  return fc.tuple(fc.record(shape), fc.nat({ max: oneof.length })).map(([value, chosen]) => {
    const kept = Object.entries(value).filter(([k]) => !oneof.some((f, i) => f.name === k && i !== chosen));
    return codec.create(Object.fromEntries(kept) as never);
  });
}

function fieldOf(field: FieldTable, depth: number): fc.Arbitrary<unknown> {
  const type = field.type?.();
  const one =
    type === undefined
      ? scalar(field)
      : depth > 3 && field.always !== true
        ? fc.constant(undefined)
        : message(type, depth + 1);
  if (field.repeated === true)
    return type !== undefined && depth > 2 ? fc.constant([]) : fc.array(one, { maxLength: 3 });
  return field.optional === true ? fc.option(one, { nil: undefined }) : one;
}

const PACKAGES: readonly (readonly [folder: string, exported: object])[] = [
  ["cosmos/auth/v1beta1", auth],
  ["cosmos/authz/v1beta1", authz],
  ["cosmos/bank/v1beta1", bank],
  ["cosmos/base/abci/v1beta1", abci],
  ["cosmos/base/node/v1beta1", node],
  ["cosmos/base/reflection/v1beta1", reflection],
  ["cosmos/base/tendermint/v1beta1", comet],
  ["cosmos/consensus/v1", consensus],
  ["cosmos/crypto/ed25519", ed25519],
  ["cosmos/crypto/multisig", multisig],
  ["cosmos/crypto/multisig/v1beta1", multisigV1],
  ["cosmos/crypto/secp256k1", secp256k1],
  ["cosmos/distribution/v1beta1", distribution],
  ["cosmos/evidence/v1beta1", evidence],
  ["cosmos/feegrant/v1beta1", feegrant],
  ["cosmos/genutil/v1beta1", genutil],
  ["cosmos/gov/v1", gov],
  ["cosmos/gov/v1beta1", govV1beta1],
  ["cosmos/mint/v1beta1", mint],
  ["cosmos/params/v1beta1", params],
  ["cosmos/slashing/v1beta1", slashing],
  ["cosmos/staking/v1beta1", staking],
  ["cosmos/tx/v1beta1", tx],
  ["cosmos/upgrade/v1beta1", upgrade],
  ["cosmos/vesting/v1beta1", vesting],
];

describe("cosmos messages", () => {
  for (const [folder, exported] of PACKAGES) {
    it(`of ${folder} mean the same to cosmjs-types`, () => {
      const known = peers(folder);
      const codecs = Object.values(exported).filter(
        (v): v is AnyCodec => typeof (v as AnyCodec).encode === "function",
      );
      expect(codecs).to.not.be.empty;
      for (const codec of codecs) {
        const name = codec.typeName.slice(folder.length + 1).replaceAll(".", "_");
        const peer = known.get(name);
        if (peer === undefined) throw new Error(`${codec.typeName} is not in cosmjs-types`);
        const same = fc.property(message(codec, 0), (value) => {
          const bytes = codec.encode(value as never);
          const back = peer.encode(peer.decode(bytes)).finish();
          expect(codec.encode(codec.decode(back) as never), codec.typeName).to.deep.equal(bytes);
          expect(codec.encode(codec.decode(bytes) as never), codec.typeName).to.deep.equal(bytes);
        });
        fc.assert(same, { numRuns: 40 });
      }
    });
  }
});
