import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { AminoTypes, createDefaultAminoConverters, defaultRegistryTypes } from "@cosmjs/stargate";
import { serializeSignDoc } from "@cosmjs/amino";
import { Registry } from "@cosmjs/proto-signing";
import { expect } from "chai";
import fc from "fast-check";
import { MsgGrant } from "../../proto/gen/cosmos/authz/v1beta1.js";
import { MsgSend } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { LegacyAminoPubKey } from "../../proto/gen/cosmos/crypto/multisig.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/secp256k1.js";
import { StakeAuthorization } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { AuthInfo, ModeInfo, TxBody } from "../../proto/gen/cosmos/tx/v1beta1.js";
import { parseHex, parseUtf8, utf8 } from "../primitives/index.js";
import type { Reject } from "../primitives/index.js";
import { createAminoNames, fromAminoJson } from "./amino-read.js";
import type { AminoNames } from "./amino-read.js";
import { aminoSignBytes } from "./amino-sign-doc.js";
import { formatAminoJson } from "./amino-text.js";
import { anyToAminoJson, toAminoJson } from "./amino-write.js";
import { createTypeRegistry } from "./json.js";
import type { TypeRegistry } from "./json.js";
import { defineMessage } from "./message.js";
import type { AnyCodec, Codec } from "./message.js";

/** Amino JSON against what the SDK's x/tx makes of the same bytes (vectors/amino.json), and against CosmJS. */

interface Vectors {
  readonly messages: readonly { readonly type_url: string; readonly value: string; readonly amino: string }[];
  readonly transactions: readonly {
    readonly body: string;
    readonly auth_info: string;
    readonly chain_id: string;
    readonly account_number: number;
    readonly sequence: number;
    readonly sign_bytes: string;
  }[];
}

const here = dirname(fileURLToPath(import.meta.url));
const vectors = JSON.parse(readFileSync(join(here, "vectors/amino.json"), "utf8")) as Vectors;
const gen = join(here, "../../proto/gen");

async function everyCodec(): Promise<AnyCodec[]> {
  const files = readdirSync(gen, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".ts"));
  const packages = await Promise.all(
    files.map((f) => import(pathToFileURL(join(gen, f)).href) as Promise<object>),
  );
  const all = packages.flatMap((p) => Object.values(p) as unknown[]);
  return all.filter(
    (v): v is AnyCodec => typeof (v as Partial<AnyCodec>).typeName === "string" && "fields" in (v as object),
  );
}

/** The code of what is thrown. By shape: packages that are imported by path come with a class of their own. */
function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return (error as Partial<Reject>).code;
  }
  return undefined;
}

describe("amino JSON", () => {
  let registry: TypeRegistry;
  let names: AminoNames;
  before(async () => {
    const codecs = await everyCodec();
    registry = createTypeRegistry(codecs);
    names = createAminoNames(codecs);
  });

  it("of every message of the SDK's modules is what the SDK writes", () => {
    expect(new Set(vectors.messages.map((m) => m.type_url)).size).to.be.greaterThan(40);
    for (const { type_url, value, amino } of vectors.messages) {
      const json = anyToAminoJson({ typeUrl: type_url, value: parseHex(value) }, registry);
      expect(formatAminoJson(json), type_url).to.equal(amino);
    }
  });

  it("of every message reads back to a message with the same JSON", () => {
    for (const { type_url, amino } of vectors.messages) {
      const codec = registry.find(type_url);
      if (codec === undefined) throw new Error(type_url);
      const { value } = JSON.parse(amino) as { value: unknown };
      const message = fromAminoJson(codec as Codec<unknown>, value, names);
      const again = codec.decode(codec.encode(message as never));
      expect(toAminoJson(codec as Codec<unknown>, again, registry), type_url).to.deep.equal(value);
    }
  });

  it("that does not fit is refused with a code when read", () => {
    const bad: readonly unknown[] = [
      null,
      [],
      "x",
      { amount: {} },
      { to_address: 1 },
      { more: 1 },
      { amount: [1] },
    ];
    for (const json of bad)
      expect(
        codeOf(() => fromAminoJson(MsgSend, json, names)),
        JSON.stringify(json),
      ).to.equal(35);
    const grant = { grant: { authorization: { type: "cosmos-sdk/None", value: {} } } };
    expect(codeOf(() => fromAminoJson(MsgGrant, grant, names))).to.equal(35);
    let deep: unknown = { type: "cosmos-sdk/MsgSend", value: {} };
    for (let i = 0; i < 80; i++)
      deep = { type: "cosmos-sdk/MsgGrant", value: { grant: { authorization: deep } } };
    expect(codeOf(() => fromAminoJson(MsgGrant, { grant: { authorization: deep } }, names))).to.equal(35);
  });

  it("of whole transactions is what the SDK signs, with payers, granters, timeouts and unordered ones", () => {
    for (const v of vectors.transactions) {
      const { fee } = AuthInfo.decode(parseHex(v.auth_info));
      if (fee === undefined) throw new Error("vector without a fee");
      const doc = {
        chainId: v.chain_id,
        accountNumber: BigInt(v.account_number),
        sequence: BigInt(v.sequence),
        fee,
        body: TxBody.decode(parseHex(v.body)),
      };
      expect(parseUtf8(aminoSignBytes(doc, registry))).to.equal(v.sign_bytes);
    }
    const fees = vectors.transactions.map((v) => AuthInfo.decode(parseHex(v.auth_info)).fee);
    expect(fees.some((f) => f?.payer !== "") && fees.some((f) => f?.granter !== "")).to.equal(true);
    const bodies = vectors.transactions.map((v) => TxBody.decode(parseHex(v.body)));
    expect(bodies.some((b) => b.unordered) && bodies.some((b) => b.timeoutHeight > 0n)).to.equal(true);
    expect(bodies.some((b) => b.timeoutTimestamp !== undefined)).to.equal(true);
  });

  it("goes by the names that CosmJS's converters know, but for one that the SDK has since shortened", () => {
    const shortened = ["/cosmos.distribution.v1beta1.MsgWithdrawValidatorCommission"];
    const ibc = /^\/ibc\./;
    for (const [typeUrl, converter] of Object.entries(createDefaultAminoConverters())) {
      if (ibc.test(typeUrl) || shortened.includes(typeUrl)) continue;
      expect(registry.find(typeUrl)?.options.aminoName, typeUrl).to.equal(converter.aminoType);
    }
    expect(registry.find(shortened[0] ?? "")?.options.aminoName).to.equal(
      "cosmos-sdk/MsgWithdrawValCommission",
    );
  });

  it("writes oneofs with the type of the member, and null for none", () => {
    const grant = (authorization: StakeAuthorization): unknown =>
      toAminoJson(StakeAuthorization, authorization, registry);
    expect(
      grant(StakeAuthorization.create({ allowList: { address: ["x"] }, authorizationType: 1 })),
    ).to.deep.equal({
      Validators: {
        type: "cosmos-sdk/StakeAuthorization/AllowList",
        value: { allow_list: { address: ["x"] } },
      },
      authorization_type: 1,
    });
    const limited = StakeAuthorization.create({ denyList: { address: ["y"] } });
    expect(fromAminoJson(StakeAuthorization, grant(limited), names)).to.deep.equal(limited);
    expect(grant(StakeAuthorization.create({}))).to.deep.equal({ Validators: null });
  });

  it("of a multisig key has its threshold as a text", () => {
    const inner = {
      typeUrl: "/cosmos.crypto.secp256k1.PubKey",
      value: PubKey.encode({ key: Uint8Array.of(2, 3) }),
    };
    const value = LegacyAminoPubKey.encode({ threshold: 2, publicKeys: [inner] });
    expect(
      anyToAminoJson({ typeUrl: "/cosmos.crypto.multisig.LegacyAminoPubKey", value }, registry),
    ).to.deep.equal({
      type: "tendermint/PubKeyMultisigThreshold",
      value: { pubkeys: [{ type: "tendermint/PubKeySecp256k1", value: "AgM=" }], threshold: "2" },
    });
    const read = fromAminoJson(
      LegacyAminoPubKey,
      toAminoJson(LegacyAminoPubKey, LegacyAminoPubKey.decode(value), registry),
      names,
    );
    expect(LegacyAminoPubKey.encode(read)).to.deep.equal(value);
  });

  it("puts JSON in bytes into the document, sorted, where a field asks for it", () => {
    interface Execute {
      readonly msg: Uint8Array;
    }
    const codec: Codec<Execute> = defineMessage<Execute>("test.Execute", [
      { no: 1, name: "msg", json: "msg", kind: "bytes", aminoEncoding: "inline_json" },
    ]);
    const written = toAminoJson(codec, { msg: utf8('{"b": [2, {"d":1,"c":"<"}], "a": null}') }, registry);
    expect(formatAminoJson(written)).to.equal('{"msg":{"a":null,"b":[2,{"c":"\\u003c","d":1}]}}');
    expect(codeOf(() => toAminoJson(codec, { msg: utf8("{") }, registry))).to.equal(35);
  });

  it("is refused, with a code, where a message has none", () => {
    const unknown = { typeUrl: "/no.Such", value: new Uint8Array() };
    expect(codeOf(() => anyToAminoJson(unknown, registry))).to.equal(35);
    const torn = { typeUrl: "/cosmos.bank.v1beta1.MsgSend", value: Uint8Array.of(0x0a) };
    expect(codeOf(() => anyToAminoJson(torn, registry))).to.equal(2);
    expect(codeOf(() => toAminoJson(ModeInfo, ModeInfo.create({}), registry))).to.equal(35);
  });

  it("is bounded in depth", () => {
    let any = { typeUrl: "/cosmos.bank.v1beta1.MsgSend", value: MsgSend.encode(MsgSend.create({})) };
    for (let i = 0; i < 80; i++) {
      const value = MsgGrant.encode(
        MsgGrant.create({ grant: { authorization: any, expiration: undefined } }),
      );
      any = { typeUrl: "/cosmos.authz.v1beta1.MsgGrant", value };
    }
    expect(codeOf(() => anyToAminoJson(any, registry))).to.equal(35);
  });

  it("agrees with CosmJS on whole sign documents of any text", () => {
    const types = new AminoTypes(createDefaultAminoConverters());
    const cosmjs = new Registry(defaultRegistryTypes);
    const text = fc.string({ unit: "grapheme", maxLength: 20 }).filter((s) => !/[\u2028\u2029]/.test(s));
    const amount = fc.bigInt({ min: 1n, max: 1n << 100n }).map(String);
    fc.assert(
      fc.property(
        fc.record({ memo: text, to: text, coins: amount, gas: fc.nat(), granted: fc.boolean() }),
        (given) => {
          const { memo, to, coins, gas, granted } = given;
          const value = { fromAddress: "from", toAddress: to, amount: [{ denom: "uopen", amount: coins }] };
          const message = { typeUrl: "/cosmos.bank.v1beta1.MsgSend", value };
          const who = granted ? { granter: "g", payer: "p" } : {};
          const theirs = serializeSignDoc({
            chain_id: "openledger-1",
            account_number: "7",
            sequence: "9",
            fee: { amount: [{ denom: "uopen", amount: coins }], gas: gas.toString(), ...who },
            memo,
            msgs: [
              to === ""
                ? { type: "cosmos-sdk/MsgSend", value: { from_address: "from", amount: value.amount } }
                : types.toAmino(message),
            ],
          });
          const ours = aminoSignBytes(
            {
              chainId: "openledger-1",
              accountNumber: 7n,
              sequence: 9n,
              fee: {
                amount: [{ denom: "uopen", amount: coins }],
                gasLimit: BigInt(gas),
                payer: granted ? "p" : "",
                granter: granted ? "g" : "",
              },
              body: TxBody.create({
                memo,
                messages: [{ typeUrl: message.typeUrl, value: cosmjs.encode(message) }],
              }),
            },
            registry,
          );
          expect(parseUtf8(ours)).to.equal(parseUtf8(theirs));
        },
      ),
    );
  });
});
