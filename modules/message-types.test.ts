import { expect } from "chai";
import { silentSource } from "../chain/attest/index.js";
import { createModules } from "./app.js";
import { MESSAGE_CODECS, MESSAGE_SERVICES } from "./message-types.js";

describe("the types of messages", () => {
  it("are those of every message that some module handles", () => {
    const known = new Set(MESSAGE_CODECS.map((codec) => `/${codec.typeName}`));
    const handled = createModules(silentSource).modules.flatMap((m) => m.messages.map((r) => r.typeUrl));
    expect(handled.filter((typeUrl) => !known.has(typeUrl))).to.deep.equal([]);
    expect(handled.length).to.be.greaterThan(50);
  });

  it("name their signers, each once, so that governance and grants can tell who acts", () => {
    const names = MESSAGE_SERVICES.flatMap(({ methods }) => methods.map((m) => m.request.typeName));
    expect(new Set(names).size).to.equal(names.length);
    const unsigned = MESSAGE_SERVICES.flatMap(({ methods }) => methods.map((m) => m.request)).filter(
      ({ options }) => (options.signers ?? []).length === 0,
    );
    expect(unsigned.map((codec) => codec.typeName)).to.deep.equal([]);
  });

  it("of ours have amino names that a Ledger can show", () => {
    for (const { options, typeName } of MESSAGE_SERVICES.flatMap(({ methods }) => methods.map((m) => m.request)))
      if (typeName.startsWith("openledger."))
        expect(options.aminoName?.length, typeName).to.be.within("openledger/".length, 39);
  });
});
