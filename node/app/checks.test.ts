import { expect } from "chai";
import * as fc from "fast-check";
import type { CheckTxRequest, CheckTxResponse } from "../../chain/abci/index.js";
import { toGas, utf8 } from "../../chain/primitives/index.js";
import { packAsked, packChecks, unpackAsked, unpackChecks } from "./checks.js";
import { sentError } from "./errors.js";

/** Beyond 64 bits too: a fee of all the coins there are, for one unit of gas. */
const number = fc.oneof(fc.bigInt({ min: 0n, max: 9n }), fc.constantFrom(2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 80n));
const gas = fc.constantFrom(0n, 7n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n).map(toGas);
const text = fc.constantFrom("", "", "no", '"\u2028 \u{1f600} \ud800');
const attributes = [{ key: 'a "key"\n', value: "\u{1f600} \ud800", index: false }];
const responses: fc.Arbitrary<CheckTxResponse> = fc
  .record({
    code: fc.constantFrom(0, 0, 0, 5),
    data: fc.constantFrom(new Uint8Array(0), new Uint8Array(0), utf8("x")),
    log: text,
    codespace: text,
    events: fc.constantFrom([], [], [{ type: "t", attributes }]),
    sender: fc.constantFrom("", "ann", "bob"),
    sequence: number,
    priority: number,
    gasWanted: gas,
    gasUsed: gas,
    isUnordered: fc.constantFrom(true, false, undefined),
  })
  .map(({ isUnordered, ...rest }) => (isUnordered === undefined ? rest : { ...rest, isUnordered }));

describe("CheckTx between threads", () => {
  it("answers each transaction with what the application said of it, refusals, events and all", () => {
    const rows = fc.array(fc.oneof({ weight: 9, arbitrary: responses }, { weight: 1, arbitrary: fc.constant({ error: sentError(new Error("x")) }) }), { maxLength: 20 });
    const property = fc.property(rows, (given) => {
      expect(unpackChecks(structuredClone(packChecks(given))).map((row) => ({ ...row }))).to.deep.equal(given);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it("asks each with all that it was asked with", () => {
    const flag = fc.boolean();
    const asked = fc.record({ kind: fc.constantFrom("new", "recheck"), isFirst: flag, withoutEvents: flag, signedFor: fc.constantFrom(undefined, 0n, 7n, 2n ** 62n) });
    const property = fc.property(fc.array(asked, { maxLength: 20 }), (list) => {
      const requests = list.map(({ signedFor, ...rest }, i): CheckTxRequest => ({ ...rest, tx: utf8(`${i}`), ...(signedFor === undefined ? {} : { signedFor }) }));
      const packed = structuredClone(packAsked(requests));
      expect(unpackAsked(packed, requests.map(({ tx }) => tx))).to.deep.equal(requests);
    });
    fc.assert(property, { numRuns: 200 });
  });
});
