import { readFileSync } from "node:fs";
import { serializeSignDoc } from "@cosmjs/amino";
import { Registry } from "@cosmjs/proto-signing";
import type { EncodeObject } from "@cosmjs/proto-signing";
import { AminoTypes, createDefaultAminoConverters, defaultRegistryTypes } from "@cosmjs/stargate";
import { expect } from "chai";
import { silentSource } from "../chain/attest/index.js";
import { aminoSignBytes, createTypeRegistry } from "../chain/codec/index.js";
import type { AnyCodec } from "../chain/codec/index.js";
import { moduleTypes } from "../chain/kernel/index.js";
import { parseHex, toHex } from "../chain/primitives/index.js";
import { createModules } from "../modules/app.js";
import { TextProposal } from "../proto/gen/cosmos/gov/v1beta1.js";
import { MsgCreateDatanet, Modality } from "../proto/gen/openledger/datanet/v1.js";
import { createAminoConverters, createAminoTypes } from "./amino.js";
import { CARRIED_CODECS, MESSAGE_CODECS } from "./message-types.js";
import { createRegistry } from "./registry.js";

/** What wallets sign by amino, against the SDK's x/tx (chain/codec/vectors/amino.json), against CosmJS, and against the chain. */

interface Vectors {
  readonly messages: readonly { readonly type_url: string; readonly value: string; readonly amino: string }[];
}

const vectors = JSON.parse(readFileSync(new URL("../chain/codec/vectors/amino.json", import.meta.url), "utf8")) as Vectors;
const ours = createAminoTypes();
const registry = createRegistry();
const theirs = new AminoTypes(createDefaultAminoConverters());
const theirRegistry = new Registry(defaultRegistryTypes);
const known = new Set(MESSAGE_CODECS.map((codec) => `/${codec.typeName}`));

/** As CosmJS holds a message between form and signature. */
function decoded(types: Registry, typeUrl: string, value: string): EncodeObject {
  return { typeUrl, value: types.decode({ typeUrl, value: parseHex(value) }) as unknown };
}

/** CosmJS's own name of it is older than any chain that runs (ADR 0111). */
const MISNAMED = "/cosmos.distribution.v1beta1.MsgWithdrawValidatorCommission";

describe("the client's amino converters", () => {
  it("write every message of the SDK's modules as the SDK does, whatever made it, and read it back to the same bytes", () => {
    const used = vectors.messages.filter(({ type_url }) => known.has(type_url));
    expect(new Set(used.map((v) => v.type_url)).size).to.be.greaterThan(45);
    for (const { type_url, value, amino } of used) {
      const written = ours.toAmino(decoded(registry, type_url, value));
      expect(written, type_url).to.deep.equal(JSON.parse(amino));
      const back = ours.fromAmino(written);
      expect(back.typeUrl).to.equal(type_url);
      expect(ours.toAmino(back), type_url).to.deep.equal(written);
      expect(ours.toAmino(decoded(registry, type_url, toHex(registry.encode(back)))), type_url).to.deep.equal(written);
    }
  });

  it("agree with CosmJS's own on every message that it knows, but for the one that it misnames", () => {
    const samples = standardMessages();
    for (const message of samples) {
      const { typeUrl } = message;
      const [expected, written] = [theirs.toAmino(message), ours.toAmino(message)];
      if (typeUrl === MISNAMED) expect([expected.type, written.type]).to.deep.equal(["cosmos-sdk/MsgWithdrawValidatorCommission", "cosmos-sdk/MsgWithdrawValCommission"]);
      else expect(written.type, typeUrl).to.equal(expected.type);
      expect(written.value, typeUrl).to.deep.equal(JSON.parse(JSON.stringify(expected.value)));
      const bytes = toHex(theirRegistry.encode({ typeUrl, value: theirs.fromAmino(expected).value as unknown }));
      expect(toHex(theirRegistry.encode({ typeUrl, value: ours.fromAmino(written).value as unknown })), typeUrl).to.equal(bytes);
      expect(toHex(registry.encode(message)), typeUrl).to.equal(bytes);
    }
    const standard = Object.keys(createDefaultAminoConverters()).filter((typeUrl) => !typeUrl.startsWith("/ibc."));
    expect(new Set(samples.map((m) => m.typeUrl))).to.deep.equal(new Set(standard));
  });

  it("cover every message that the application handles, each under a name of its own", () => {
    const { modules } = createModules(silentSource);
    const handled = modules.flatMap((m) => m.messages.map((route) => route.typeUrl));
    expect(handled.filter((typeUrl) => !known.has(typeUrl))).to.deep.equal([]);
    const names = Object.values(createAminoConverters()).map((converter) => converter.aminoType);
    expect(new Set(names).size).to.equal(names.length);
    for (const { aminoType } of Object.values(createAminoConverters())) expect(aminoType.length, aminoType).to.be.lessThan(80);
  });

  it("know whatever may stand in an Any of a message, as the chain does", () => {
    const { modules } = createModules(silentSource);
    const chain = moduleTypes(modules);
    const client = createTypeRegistry([...MESSAGE_CODECS, ...CARRIED_CODECS]);
    for (const codec of CARRIED_CODECS) expect(chain.find(`/${codec.typeName}`), codec.typeName).not.to.equal(undefined);
    const wanted = new Set(MESSAGE_CODECS.flatMap((codec) => interfacesOf(codec)));
    const offered = new Set([...MESSAGE_CODECS, ...CARRIED_CODECS].flatMap((c) => c.options.implements ?? []));
    const unmet = [...wanted].filter((name) => !offered.has(name) && !MESSAGE_INTERFACES.has(name));
    expect(unmet).to.deep.equal([]);
    expect(client.find("/x.Y")).to.equal(undefined);
  });

  it("sign the very document that the chain verifies, of a message of ours", () => {
    const message = MsgCreateDatanet.create({
      owner: "open1dktlra0g8phdc0tnm7nndczjqq7ey2terngl2u",
      name: "a <datanet> & more",
      modality: Modality.MODALITY_TEXT,
      license: { spdx: "CC0-1.0", commercialUse: true, derivatives: false, expiresAt: 5n },
    });
    const typeUrl = `/${MsgCreateDatanet.typeName}`;
    const msgs = [ours.toAmino({ typeUrl, value: message })];
    const fee = { amount: [{ denom: "uopen", amount: "7" }], gas: "200000" };
    const document = { account_number: "3", chain_id: "c", fee, memo: "m", msgs, sequence: "9" };
    const { modules } = createModules(silentSource);
    const verified = aminoSignBytes(
      {
        chainId: "c",
        accountNumber: 3n,
        sequence: 9n,
        fee: { amount: fee.amount, gasLimit: 200_000n, payer: "", granter: "" },
        body: {
          messages: [{ typeUrl, value: MsgCreateDatanet.encode(message) }],
          memo: "m",
          timeoutHeight: 0n,
          unordered: false,
          timeoutTimestamp: undefined,
        },
      },
      moduleTypes(modules),
    );
    expect(toHex(serializeSignDoc(document))).to.equal(toHex(verified));
  });
});

/** One of each that CosmJS has a converter for, with nothing empty: there the SDK leaves out what CosmJS writes. */
function standardMessages(): EncodeObject[] {
  const [alice, bob] = ["open1dktlra0g8phdc0tnm7nndczjqq7ey2terngl2u", "open1g88fk0s3efqfh2smgtsvzhqkdrd7xhzjlxsdqe"];
  const [one, two] = ["openvaloper1dktlra0g8phdc0tnm7nndczjqq7ey2tekt8mtn", "openvaloper1g88fk0s3efqfh2smgtsvzhqkdrd7xhzjt7ywjl"];
  const coin = { denom: "uopen", amount: "1234567" };
  const description = { moniker: "<m> & n", identity: "i", website: "w", securityContact: "s", details: "d" };
  const rates = { rate: "100000000000000000", maxRate: "200000000000000000", maxChangeRate: "10000000000000000" };
  const pubkey = { typeUrl: "/cosmos.crypto.ed25519.PubKey", value: Uint8Array.from([10, 32, ...new Uint8Array(32).fill(7)]) };
  const content = { typeUrl: "/cosmos.gov.v1beta1.TextProposal", value: TextProposal.encode({ title: "t", description: "d" }) };
  const of = (module: string, name: string, value: object): EncodeObject => ({ typeUrl: `/cosmos.${module}.v1beta1.Msg${name}`, value });
  return [
    of("bank", "Send", { fromAddress: alice, toAddress: bob, amount: [coin] }),
    of("bank", "MultiSend", { inputs: [{ address: alice, coins: [coin] }], outputs: [{ address: bob, coins: [coin] }] }),
    of("distribution", "FundCommunityPool", { amount: [coin], depositor: alice }),
    of("distribution", "SetWithdrawAddress", { delegatorAddress: alice, withdrawAddress: bob }),
    of("distribution", "WithdrawDelegatorReward", { delegatorAddress: alice, validatorAddress: one }),
    of("distribution", "WithdrawValidatorCommission", { validatorAddress: one }),
    of("gov", "Deposit", { proposalId: 5n, depositor: alice, amount: [coin] }),
    of("gov", "Vote", { proposalId: 5n, voter: alice, option: 1 }),
    of("gov", "VoteWeighted", { proposalId: 5n, voter: alice, options: [{ option: 1, weight: "700000000000000000" }, { option: 2, weight: "300000000000000000" }] }),
    of("gov", "SubmitProposal", { content, initialDeposit: [coin], proposer: alice }),
    of("staking", "BeginRedelegate", { delegatorAddress: alice, validatorSrcAddress: one, validatorDstAddress: two, amount: coin }),
    of("staking", "CreateValidator", { description, commission: rates, minSelfDelegation: "1", delegatorAddress: alice, validatorAddress: one, pubkey, value: coin }),
    of("staking", "Delegate", { delegatorAddress: alice, validatorAddress: one, amount: coin }),
    of("staking", "EditValidator", { description, validatorAddress: one, commissionRate: "150000000000000000", minSelfDelegation: "2" }),
    of("staking", "Undelegate", { delegatorAddress: alice, validatorAddress: one, amount: coin }),
    of("staking", "CancelUnbondingDelegation", { delegatorAddress: alice, validatorAddress: one, amount: coin, creationHeight: 77n }),
    of("vesting", "CreateVestingAccount", { fromAddress: alice, toAddress: bob, amount: [coin], endTime: 99n, delayed: true }),
  ];
}

/** Messages, keys and evidence: their tables do not say what they implement. */
const MESSAGE_INTERFACES = new Set(["cosmos.base.v1beta1.Msg", "sdk.Msg", "cosmos.crypto.PubKey", "cosmos.evidence.v1beta1.Evidence"]);

/** Interfaces that the Anys of a message ask for. */
function interfacesOf(codec: AnyCodec, seen = new Set<AnyCodec>()): string[] {
  if (seen.has(codec)) return [];
  seen.add(codec);
  return codec.fields.flatMap((field) => {
    const inner = field.type?.();
    return [...(field.accepts === undefined ? [] : [field.accepts]), ...(inner === undefined ? [] : interfacesOf(inner, seen))];
  });
}
