import { expect } from "chai";
import { toAddress, toUopen } from "../../../chain/primitives/index.js";
import type { Reject } from "../../../chain/primitives/index.js";
import { accept } from "./accept.js";
import type { Authorization, StakeAuthorization } from "./authorization.js";

const one = toAddress(new Uint8Array(20).fill(1));
const two = toAddress(new Uint8Array(20).fill(2));
const use = (amount: bigint, target = one) => ({ target, amount: toUopen(amount) });

function codeOf(run: () => unknown): number {
  try {
    run();
  } catch (error) {
    return (error as Reject).code;
  }
  return 0;
}

function stake(limit: bigint | undefined, list: StakeAuthorization["validators"]["list"], operators = [one]): Authorization {
  const validators = { list, operators: list === "none" ? [] : operators };
  return { kind: "stake", action: "delegate", limit: limit === undefined ? undefined : toUopen(limit), validators };
}

describe("an authorization to send", () => {
  const send = (limit: bigint, allowed = [one]): Authorization => ({ kind: "send", limit: toUopen(limit), allowed });

  it("shrinks with each use, and ends with its last uopen", () => {
    expect(accept(send(10n), use(4n))).to.deep.equal(send(6n));
    expect(accept(send(10n), use(10n))).to.equal(undefined);
    expect(codeOf(() => accept(send(10n), use(11n)))).to.equal(5);
  });

  it("is for those it names, or for everybody", () => {
    expect(codeOf(() => accept(send(10n), use(1n, two)))).to.equal(4);
    expect(accept(send(10n, []), use(1n, two))).to.deep.equal(send(9n, []));
  });

  it("is for no other message", () => {
    expect(codeOf(() => accept(send(10n), undefined))).to.equal(29);
  });
});

describe("an authorization to stake", () => {
  it("without a limit stays as it is", () => {
    const unlimited = stake(undefined, "none");
    expect(accept(unlimited, use(1n << 90n, two))).to.equal(unlimited);
  });

  it("shrinks with each use, and ends with its last uopen", () => {
    expect(accept(stake(10n, "allow"), use(4n))).to.deep.equal(stake(6n, "allow"));
    expect(accept(stake(10n, "allow"), use(10n))).to.equal(undefined);
    expect(codeOf(() => accept(stake(10n, "allow"), use(11n)))).to.equal(5);
  });

  it("is for the validators it allows, or for all but those it denies", () => {
    expect(codeOf(() => accept(stake(10n, "allow"), use(1n, two)))).to.equal(4);
    expect(codeOf(() => accept(stake(10n, "deny"), use(1n)))).to.equal(4);
    expect(accept(stake(10n, "deny"), use(1n, two))).to.deep.equal(stake(9n, "deny"));
    expect(accept(stake(10n, "allow", []), use(1n, two)), "an empty list allows all, as in the SDK").to.deep.equal(stake(9n, "allow", []));
  });
});

describe("an authorization for a type of message", () => {
  it("allows every one, and never ends by use", () => {
    const generic: Authorization = { kind: "generic", message: "/x.Y" };
    expect(accept(generic, undefined)).to.equal(generic);
    expect(accept(generic, use(1n))).to.equal(generic);
  });
});
