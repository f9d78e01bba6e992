import { ed25519 } from "@noble/curves/ed25519.js";
import { expect } from "chai";
import fc from "fast-check";
import type { CommitInfo, ExtendedCommitInfo, ExtendedVoteInfo } from "../abci/index.js";
import { voteExtensionSignBytes } from "../block/index.js";
import { ed25519Address } from "../crypto/index.js";
import { Reject, toHeight, toHex, toVotingPower } from "../primitives/index.js";
import { createMultiBranch } from "../store/index.js";
import { createScratchContext } from "../testkit/scratch-context.js";
import { VoteExtension } from "../../proto/gen/openledger/attest/v1.js";
import { checkInjection, encodeInjection, parseInjection, pruneCommit } from "./injection.js";
import type { InjectionRules } from "./injection.js";
import { setParams } from "./limits.js";
import { defaultParams } from "./params.js";
import { ATTEST_STORE, attestState } from "./state.js";

const keys = [1, 2, 3, 4].map((n) => {
  const secret = new Uint8Array(32).fill(n);
  const publicKey = ed25519.getPublicKey(secret);
  return { secret, publicKey, address: ed25519Address(publicKey) };
});
const CHAIN = "test-1";
const HEIGHT = toHeight(9n);
const nothing = new Uint8Array(0);

const ctx = createScratchContext(CHAIN);
attestState.open(ctx.store(ATTEST_STORE)).params.set(defaultParams);

const rules: InjectionRules = {
  stores: ctx,
  chainId: CHAIN,
  height: HEIGHT,
  validators: {
    members: () => [],
    consensusKey: (_, address) => keys.find((k) => toHex(k.address) === toHex(address))?.publicKey,
  },
};

const someExtension = VoteExtension.encode({
  commitments: [{ taskId: 3n, attempt: 1, hash: new Uint8Array(32).fill(9) }],
  reveals: [],
});

function vote(i: number, extension: Uint8Array, change: Partial<ExtendedVoteInfo> = {}, round = 1): ExtendedVoteInfo {
  const key = keys[i]!;
  const message = voteExtensionSignBytes(CHAIN, { height: HEIGHT, round, extension });
  return {
    validator: { address: key.address, power: toVotingPower(10n) },
    flag: "commit",
    extension,
    extensionSignature: ed25519.sign(message, key.secret),
    ...change,
  };
}

const honest = (): ExtendedCommitInfo => ({ round: 1, votes: keys.map((_, i) => vote(i, i === 0 ? nothing : someExtension)) });
const proposed = (info: ExtendedCommitInfo): CommitInfo => ({
  round: info.round,
  votes: info.votes.map(({ validator, flag }) => ({ validator, flag })),
});
const absent = { flag: "absent", extension: nothing, extensionSignature: nothing } as const;

function replace(info: ExtendedCommitInfo, i: number, change: Partial<ExtendedVoteInfo>): ExtendedCommitInfo {
  return { ...info, votes: info.votes.map((v, j) => (j === i ? { ...v, ...change } : v)) };
}

function refusal(info: ExtendedCommitInfo, last = proposed(honest())): number | undefined {
  try {
    checkInjection(rules, info, last);
    return undefined;
  } catch (error) {
    if (error instanceof Reject && error.codespace === "attest") return error.code;
    throw error;
  }
}

describe("the injected extended commit", () => {
  it("is accepted as its proposer built it", () => {
    const bytes = encodeInjection(pruneCommit(rules, honest()));
    expect(refusal(parseInjection(bytes))).to.equal(undefined);
  });

  const forgeries: readonly (readonly [what: string, info: ExtendedCommitInfo])[] = [
    ["another round", { ...honest(), round: 2 }],
    ["a vote less", { round: 1, votes: honest().votes.slice(1) }],
    ["votes in another order", { round: 1, votes: [...honest().votes].reverse() }],
    ["a vote twice", { round: 1, votes: [0, 0, 2, 3].map((i) => honest().votes[i]!) }],
    ["another power", replace(honest(), 1, { validator: { address: keys[1]!.address, power: toVotingPower(11n) } })],
    ["a changed extension", replace(honest(), 1, { extension: nothing })],
    ["a missing signature", replace(honest(), 1, { extensionSignature: nothing })],
    ["another's signature", replace(honest(), 1, { extensionSignature: honest().votes[2]!.extensionSignature })],
    ["a signature for another round", replace(honest(), 1, vote(1, someExtension, {}, 0))],
    ["an absent vote with an extension", replace(honest(), 1, { flag: "absent", extensionSignature: nothing })],
    ["an absent vote with a signature", replace(honest(), 1, { flag: "absent", extension: nothing })],
    ["a commit turned into nil", replace(honest(), 1, { ...absent, flag: "nil" })],
    ["too little power", replace(replace(honest(), 1, absent), 2, absent)],
    ["a signed but malformed extension", replace(honest(), 1, vote(1, Uint8Array.of(255)))],
  ];
  for (const [what, info] of forgeries) {
    it(`is refused with ${what}`, () => expect(refusal(info)).to.equal(3));
  }

  it("needs more than two thirds of the power, not two thirds", () => {
    const three = (last: Partial<ExtendedVoteInfo>): ExtendedCommitInfo => ({ round: 1, votes: [0, 1, 2].map((i) => vote(i, nothing, i === 2 ? last : {})) });
    const check = (info: ExtendedCommitInfo): void => checkInjection(rules, info, proposed(three({})));
    expect(() => check(three(absent))).to.throw(Reject).with.property("code", 3);
    expect(() => check(three({}))).not.to.throw();
  });

  it("is judged by the parameters that its votes were made by, which the block between may have changed", () => {
    const stores = createMultiBranch(ctx);
    const branch = { ...ctx, store: (name: string) => stores.store(name), block: { ...ctx.block, height: HEIGHT } };
    const tight = { ...defaultParams, maxTasksPerExtension: 1 };
    const two = { taskId: 3n, attempt: 1, hash: new Uint8Array(32).fill(9) };
    const extension = VoteExtension.encode({ commitments: [two, { ...two, taskId: 4n }], reveals: [] });
    const info = { round: 1, votes: keys.map((_, i) => vote(i, extension)) };
    const stands = (height: bigint): boolean => {
      const at = { ...rules, stores: branch, height: toHeight(height) };
      return pruneCommit(at, info).votes.some((v) => v.flag === "commit");
    };
    setParams(branch, { ...tight, maxAttempts: 3 });
    setParams(branch, tight);
    expect(stands(HEIGHT), "two changes in one block").to.equal(true);
    expect(() => checkInjection({ ...rules, stores: branch }, info, proposed(info))).not.to.throw();
    branch.block = { ...branch.block, height: toHeight(HEIGHT + 1n) };
    setParams(branch, tight);
    expect(stands(HEIGHT), "votes of the block after the change").to.equal(false);
  });

  it("may leave a vote out that would not stand", () => {
    expect(refusal(replace(honest(), 1, absent))).to.equal(undefined);
  });

  it("is pruned of late votes that consensus never verified", () => {
    const late = replace(honest(), 3, { extensionSignature: new Uint8Array(64) });
    const pruned = pruneCommit(rules, late);
    expect(pruned.votes[3]!.flag).to.equal("absent");
    expect(refusal(pruned)).to.equal(undefined);
  });

  it("keeps a nil vote without extension as nil", () => {
    const info = replace(honest(), 2, { ...absent, flag: "nil" });
    expect(pruneCommit(rules, info).votes[2]!.flag).to.equal("nil");
  });

  it("counts the power of a validator whose key is already forgotten, if it says nothing", () => {
    const forgetful = { ...rules, validators: { ...rules.validators, consensusKey: () => undefined } };
    const silent = { round: 1, votes: honest().votes.map((v) => ({ ...v, extension: nothing })) };
    expect(() => checkInjection(forgetful, silent, proposed(silent))).not.to.throw();
    expect(() => checkInjection(forgetful, honest(), proposed(honest()))).to.throw().with.property("code", 3);
  });

  it("whatever the bytes, either parses to itself or is refused with a code", () => {
    const good = encodeInjection(honest());
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
        const bytes = cut ? good.slice(0, at) : good.with(at, byte);
        try {
          expect(toHex(encodeInjection(parseInjection(bytes)))).to.equal(toHex(bytes));
        } catch (error) {
          expect(error).to.be.instanceOf(Reject).with.property("code", 3);
        }
      }),
    );
  });

  it("pruning makes any local commit acceptable that still has two thirds of sound votes", () => {
    const damage = fc.record({ signature: fc.boolean(), extension: fc.boolean() });
    fc.assert(
      fc.property(fc.nat(3), damage, (i, { signature, extension }) => {
        const change = {
          ...(signature ? { extensionSignature: new Uint8Array(64).fill(1) } : {}),
          ...(extension ? { extension: Uint8Array.of(1, 2, 3) } : {}),
        };
        expect(refusal(pruneCommit(rules, replace(honest(), i, change)))).to.equal(undefined);
      }),
    );
  });
});
