import { expect } from "chai";
import { CometError } from "./errors.js";

describe("the codes of codespace comet", () => {
  it("are pinned: a number is never given to another error", () => {
    const made = Object.entries(CometError).map(([name, reject]) => {
      const { codespace, code, message } = reject();
      return `${codespace}/${code} ${name}: ${message}`;
    });
    expect(made).to.deep.equal([
      "comet/2 MalformedBytes: malformed encoding",
      "comet/3 LimitExceeded: limit exceeded",
      "comet/4 OutOfRange: number out of range",
      "comet/5 InvalidHash: invalid hash length",
      "comet/6 InvalidBlockId: invalid block id",
      "comet/7 InvalidHeader: invalid header",
      "comet/8 InvalidVote: invalid vote",
      "comet/9 InvalidProposal: invalid proposal",
      "comet/10 InvalidCommit: invalid commit",
      "comet/11 InvalidPart: invalid block part",
      "comet/12 InvalidEvidence: invalid evidence",
      "comet/13 InvalidValidators: invalid validator set",
      "comet/14 InvalidParams: invalid consensus parameters",
      "comet/15 InvalidBlock: invalid block",
      "comet/16 WrongSignature: wrong signature",
      "comet/17 InsufficientPower: not enough voting power signed",
      "comet/18 ValidatorMismatch: validator mismatch",
      "comet/19 UntrustedHeader: header cannot be trusted",
    ]);
  });
});
