import { expect } from "chai";
import { EMPTY_BYTES, toHeight } from "../../chain/primitives/index.js";
import type { Vote } from "../../chain/block/index.js";
import { markVerified } from "../../chain/consensus/index.js";
import { TEST_CHAIN, testBlockId, testValidators, testVote } from "../../chain/testkit/validators.js";
import type { TestKey } from "../../chain/testkit/validators.js";
import { verifyCertificate, verifyVote } from "./verifier.js";
import type { VerifierContext } from "./verifier.js";

const { set, keys } = testValidators([10, 10, 10, 10]);
const [first, second] = keys as [TestKey, TestKey];
const ON: VerifierContext = { chainId: TEST_CHAIN, validators: set, isExtended: true };
const OFF: VerifierContext = { ...ON, isExtended: false };
const EXTENSION = Uint8Array.of(1, 2, 3);

const taking = { verifyVoteExtension: () => Promise.resolve("accept" as const) };
const refusing = { verifyVoteExtension: () => Promise.resolve("reject" as const) };
const unasked = { verifyVoteExtension: () => Promise.reject(new TypeError("the application was asked")) };

const extended = testVote(first, { extension: EXTENSION }, true);
const plain = testVote(first);

async function verdict(vote: Vote, context: VerifierContext, app: Parameters<typeof verifyVote>[2]): Promise<string> {
  const answer = await verifyVote(vote, context, app);
  return answer === "forged" || answer === "refused" ? answer : "verified";
}

describe("a vote before it is counted", () => {
  const cases: readonly (readonly [string, Vote, VerifierContext, Parameters<typeof verifyVote>[2], string])[] = [
    ["with an extension where they are on", extended, ON, taking, "verified"],
    ["with an empty extension that is signed", testVote(first, {}, true), ON, taking, "verified"],
    ["whose extension the application refuses", extended, ON, refusing, "refused"],
    ["without a signature of its extension where they are on", plain, ON, unasked, "forged"],
    ["with an extension where they are off (0.38.11)", extended, OFF, unasked, "forged"],
    ["with a signed empty extension where they are off", testVote(first, {}, true), OFF, unasked, "forged"],
    ["without extension where they are off", plain, OFF, unasked, "verified"],
    ["for nil with an extension", testVote(first, { blockId: null, extension: EXTENSION }, true), ON, unasked, "forged"],
    ["for nil without", testVote(first, { blockId: null }), ON, unasked, "verified"],
    ["that is a prevote with an extension", testVote(first, { type: "prevote", extension: EXTENSION }, true), ON, unasked, "forged"],
    ["that is a prevote without", testVote(first, { type: "prevote" }), ON, unasked, "verified"],
    ["with an extension that was changed after it was signed", { ...extended, extension: Uint8Array.of(9) }, ON, unasked, "forged"],
    ["with the extension signature of another height", { ...extended, extensionSignature: testVote(first, { extension: EXTENSION, height: toHeight(6n) }, true).extensionSignature }, ON, unasked, "forged"],
    ["with the extension signature of another validator", { ...extended, extensionSignature: testVote(second, { extension: EXTENSION }, true).extensionSignature }, ON, unasked, "forged"],
    ["signed by another validator", { ...plain, signature: testVote(second).signature }, OFF, unasked, "forged"],
    ["of another chain", plain, { ...OFF, chainId: "other" }, unasked, "forged"],
    ["with an index beyond the set (ASA-2024-011)", testVote(first, { index: 4 }), OFF, unasked, "forged"],
    ["with an index far beyond (ASA-2024-011)", testVote(first, { index: 9_999 }), OFF, unasked, "forged"],
    ["with the index of another validator", testVote(first, { index: 1 }), OFF, unasked, "forged"],
    ["with the address of another validator", { ...plain, validator: second.address }, OFF, unasked, "forged"],
    ["without a signature", { ...plain, signature: EMPTY_BYTES }, OFF, unasked, "forged"],
  ];
  for (const [what, vote, context, app, expected] of cases)
    it(`${what} is ${expected}`, async () => {
      expect(await verdict(vote, context, app)).to.equal(expected);
    });

  it("is checked the same way when it is late or comes in a certificate: one bad vote spoils it (cometbft #2361)", async () => {
    const late = testVote(second, { index: 1, extension: EXTENSION }, true);
    const certificate = (votes: readonly Vote[]) => ({ type: "precommit" as const, height: toHeight(7n), round: 1, blockId: testBlockId(1), votes });
    expect(await verifyCertificate(certificate([extended, late]), ON, taking)).to.deep.equal(markVerified(certificate([extended, late])));
    expect(await verifyCertificate(certificate([extended, late]), ON, refusing)).to.equal("refused");
    expect(await verifyCertificate(certificate([extended, { ...late, extension: EMPTY_BYTES }]), ON, taking)).to.equal("forged");
  });
});
