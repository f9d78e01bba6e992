import { expect } from "chai";
import { GenericAuthorization } from "../../proto/gen/cosmos/authz/v1beta1.js";
import { MsgSend, SendAuthorization } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { formatAddress } from "../../chain/codec/index.js";
import { toAddress, toTimeNs, toUopen } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { asTx } from "../../chain/testkit/ledger.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import type { ScratchContext } from "../../chain/testkit/scratch-context.js";
import { anyOf } from "../../chain/testkit/signer.js";
import { createAuthService } from "../auth/index.js";
import { authorizationFromAny } from "./authorization-wire.js";
import { deleteExpired, findGrant, setGrant } from "./grants.js";
import { exec } from "./handlers/exec.js";
import { saveGrant } from "./handlers/save-grant.js";
import { authzInvariants } from "./invariants.js";
import { SEND_URL } from "./rules/authorization.js";
import type { Authorization } from "./rules/authorization.js";
import { AUTHZ_STORE, authzState } from "./state.js";

const addressOf = (n: number): Address => toAddress(new Uint8Array(20).fill(n));
const [a, b, c] = [addressOf(1), addressOf(2), addressOf(3)] as const;
const at = (seconds: bigint) => toTimeNs(seconds, 0);
const KEY = { granter: a, grantee: b, message: SEND_URL };
const anything: Authorization = { kind: "generic", message: SEND_URL };
const sending = (limit: bigint, allowed: readonly Address[] = []): Authorization => ({ kind: "send", limit: toUopen(limit), allowed });

function now(seconds = 100n): ScratchContext {
  const ctx = createScratchContext();
  ctx.block = { ...ctx.block, time: at(seconds) };
  return ctx;
}

const queued = (ctx: ScratchContext): readonly bigint[] => [...authzState.read(ctx.store(AUTHZ_STORE)).queue.keys()].map(([time]) => time / 1_000_000_000n);
/** Handles all messages, and what it runs answers nothing. */
const messages = { handles: (url: string) => url === SEND_URL, run: () => ({ response: { typeUrl: "", value: new Uint8Array(0) }, events: [] }), parse: () => expect.fail("nothing is parsed") };

describe("authorizations as they come in", () => {
  const isTaken = (run: () => unknown): string => {
    try {
      run();
      return "taken";
    } catch {
      return rejection(run);
    }
  };

  it("name no more than so many addresses, and no longer a type", () => {
    const list = (n: number) => Array.from({ length: n }, (_, i) => formatAddress(toAddress(new Uint8Array(20).fill(i % 256).with(0, i >> 8))));
    const named = (n: number) => () => authorizationFromAny(anyOf(SendAuthorization, { spendLimit: [{ denom: "uopen", amount: "1" }], allowList: list(n) }));
    const typed = (n: number) => () => authorizationFromAny(anyOf(GenericAuthorization, { msg: "x".repeat(n) }));
    expect([named(256), named(257), typed(256), typed(257)].map(isTaken)).to.deep.equal(["taken", "sdk/18", "taken", "sdk/18"]);
  });
});

describe("grants that are kept", () => {
  const save = (ctx: ScratchContext, seconds: bigint | undefined, blocked: readonly Address[] = []) =>
    saveGrant(asTx(ctx, [a]), { accounts: { ...createAuthService(), isBlocked: (x) => blocked.includes(x) }, messages }, { key: KEY, grant: { authorization: anything, expiration: seconds === undefined ? undefined : at(seconds) } });

  it("end after now, or never", () => {
    for (const end of [99n, 100n]) expect(rejection(() => save(now(), end))).to.equal("authz/3");
    for (const end of [101n, undefined]) save(now(), end);
  });

  it("are not of modules' coins, nor for modules without an account", () => {
    for (const blocked of [a, b]) expect(rejection(() => save(now(), undefined, [blocked]))).to.equal("sdk/4");
    const ctx = now();
    createAuthService().ensure(ctx, b);
    save(ctx, undefined, [b]);
  });

  it("leave the queue of the end that they had before", () => {
    const ctx = now();
    const put = (end: bigint | undefined) => {
      setGrant(ctx, KEY, { authorization: anything, expiration: end === undefined ? undefined : at(end) });
      return queued(ctx);
    };
    expect([put(200n), put(200n), put(300n), put(undefined), put(150n)]).to.deep.equal([[200n], [200n], [300n], [], [150n]]);
  });

  it("are deleted in the block of their end, and not before", () => {
    const ctx = now();
    for (const [grantee, end] of [[b, 100n], [c, 101n]] as const) setGrant(ctx, { ...KEY, grantee }, { authorization: anything, expiration: at(end) });
    deleteExpired(ctx, 10);
    expect(queued(ctx)).to.deep.equal([101n]);
  });

  it("have an invariant that notices each index that lacks one, or has one too many, and a grant under another message", () => {
    const broken = (damage: (state: ReturnType<typeof authzState.open>) => void): boolean => {
      const ctx = now();
      setGrant(ctx, KEY, { authorization: anything, expiration: at(200n) });
      damage(authzState.open(ctx.store(AUTHZ_STORE)));
      return authzInvariants.some(({ holds }) => holds(ctx) !== true);
    };
    expect(broken(() => undefined)).to.equal(false);
    expect(broken((s) => s.byGrantee.delete([b, a, SEND_URL]))).to.equal(true);
    expect(broken((s) => s.byGrantee.add([c, a, SEND_URL]))).to.equal(true);
    expect(broken((s) => s.queue.delete([at(200n), [a, b, SEND_URL]]))).to.equal(true);
    expect(broken((s) => s.queue.add([at(201n), [a, b, SEND_URL]]))).to.equal(true);
    expect(broken((s) => s.grants.set([a, b, SEND_URL], { authorization: { kind: "generic", message: "/other" }, expiration: at(200n) }))).to.equal(true);
  });
});

describe("acting for another", () => {
  const act = (ctx: ScratchContext, amount: bigint, target = c) => {
    const message = { typeUrl: SEND_URL, signers: [a], value: MsgSend.encode(MsgSend.create({})) };
    return exec(asTx(ctx, [b]), messages, { grantee: b, actions: [{ granter: a, use: { target, amount: toUopen(amount) }, message: message as never }] });
  };

  it("lasts to the end of the grant, its block included", () => {
    const during = (seconds: bigint): ScratchContext => {
      const ctx = now(seconds);
      setGrant(ctx, KEY, { authorization: anything, expiration: at(200n) });
      return ctx;
    };
    expect(act(during(200n), 1n)).to.have.length(1);
    expect(rejection(() => act(during(201n), 1n))).to.equal("authz/6");
  });

  it("takes what was used off the limit, once, and ends with its last uopen", () => {
    const ctx = now();
    setGrant(ctx, KEY, { authorization: sending(10n), expiration: undefined });
    act(ctx, 4n);
    expect(findGrant(ctx, KEY)?.authorization).to.deep.equal(sending(6n));
    expect(rejection(() => act(ctx, 7n))).to.equal("sdk/5");
    act(ctx, 6n);
    expect(findGrant(ctx, KEY)).to.equal(undefined);
  });

  it("costs ten units for each address that it compares", () => {
    const used = (allowed: readonly Address[]): bigint => {
      const ctx = now();
      setGrant(ctx, KEY, { authorization: sending(10n, allowed), expiration: undefined });
      const before = ctx.gas.consumed;
      act(ctx, 1n);
      return ctx.gas.consumed - before;
    };
    expect(used([c, a, b]) - used([])).to.equal(30n);
  });
});
