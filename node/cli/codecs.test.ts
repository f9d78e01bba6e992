import { expect } from "chai";
import type { AnyCodec } from "../../chain/codec/index.js";
import { CARRIED_CODECS, MESSAGE_CODECS as OF_CLIENT } from "../../client/message-types.js";
import { MESSAGE_CODECS as OF_MODULES, MESSAGE_SERVICES } from "../../modules/message-types.js";
import { AMINO_NAMES, TYPES } from "./codecs.js";

const namesOf = (codecs: readonly AnyCodec[]): readonly string[] => codecs.map((codec) => codec.typeName).toSorted((a, b) => (a < b ? -1 : 1));

describe("the messages that application, client library and command line know", () => {
  it("are the same in the application and in the client", () => {
    const sent = MESSAGE_SERVICES.flatMap(({ methods }) => methods.map(({ request }) => request));
    expect(namesOf(OF_CLIENT)).to.deep.equal(namesOf(sent));
    expect(namesOf(OF_CLIENT)).to.include.members(["openledger.attest.v1.MsgUpdateParams", "openledger.emission.v1.MsgClaimEmission"]);
  });

  it("are read and printed by the command line, with what they carry", () => {
    const all = [...OF_CLIENT, ...CARRIED_CODECS, ...OF_MODULES];
    expect(all.filter((codec) => TYPES.find(`/${codec.typeName}`) === undefined).map(({ typeName }) => typeName)).to.deep.equal([]);
  });

  it("have the same amino names wherever they are listed", () => {
    for (const { typeName, options } of [...OF_CLIENT, ...CARRIED_CODECS]) {
      if (options.aminoName !== undefined) expect(AMINO_NAMES.find(options.aminoName)?.typeName, typeName).to.equal(typeName);
    }
  });
});
