import { expect } from "chai";
import { moduleAddress } from "../../chain/crypto/index.js";
import { Fault, toUopen } from "../../chain/primitives/index.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import { testKey } from "../../chain/testkit/validators.js";
import { createTokenService } from "../token/index.js";
import { BANK_STORE, bankState } from "../token/state.js";
import { createAuthService } from "./service.js";

/** Whoever knows the name of a module to come can put an account at its address; nobody can have its key. */

const NAME = "later";
const address = moduleAddress(NAME);
const LOCKED = { kind: "permanent", original: toUopen(50n) } as const;

function lab() {
  const ctx = createScratchContext();
  const auth = createAuthService();
  return { ctx, auth, token: createTokenService(auth) };
}

describe("an account at the address of a module", () => {
  it("becomes the module's when it first acts, whatever it was, with its number", () => {
    for (const occupy of ["base", "vesting"] as const) {
      const { ctx, auth } = lab();
      if (occupy === "base") auth.ensure(ctx, address);
      else auth.createVesting(ctx, address, LOCKED);
      expect(auth.isOccupied(ctx, NAME)).to.equal(true);
      expect(auth.ensureModule(ctx, NAME, ["burner"])).to.deep.equal(address);
      expect(auth.isOccupied(ctx, NAME)).to.equal(false);
      const expected = { address, publicKey: undefined, number: 0n, sequence: 0n, kind: "module", name: NAME, permissions: ["burner"] };
      expect(auth.account(ctx, address)).to.deep.equal(expected);
    }
  });

  it("stays as it is when it is the module's already", () => {
    const { ctx, auth } = lab();
    auth.ensureModule(ctx, NAME, ["burner"]);
    auth.ensureModule(ctx, NAME, []);
    const account = auth.account(ctx, address);
    expect(account?.kind === "module" && account.permissions).to.deep.equal(["burner"]);
    expect([auth.isOccupied(ctx, NAME), auth.isOccupied(ctx, "nobody")]).to.deep.equal([false, false]);
  });

  it("that has a key stops the node: such a key would be a second preimage", () => {
    const { ctx, auth } = lab();
    auth.ensure(ctx, address);
    auth.setPublicKey(ctx, address, { typeUrl: "/key", value: testKey(0).publicKey });
    expect(() => auth.ensureModule(ctx, NAME, [])).to.throw(Fault, "the account of a key stands at a module's address");
  });

  it("gives the coins that lay there to the community when the module is claimed, locked ones too, once", () => {
    const { ctx, auth, token } = lab();
    auth.createVesting(ctx, address, LOCKED);
    bankState.open(ctx.store(BANK_STORE)).balances.set(address, toUopen(70n));
    token.claimModule(ctx, NAME);
    expect([token.moduleBalance(ctx, NAME), token.moduleBalance(ctx, "community_pool")]).to.deep.equal([0n, 70n]);
    bankState.open(ctx.store(BANK_STORE)).balances.set(address, toUopen(3n));
    token.claimModule(ctx, NAME);
    expect(token.moduleBalance(ctx, NAME), "what a module's account holds is the module's").to.equal(3n);
  });

  it("is not made where a claimed module has none", () => {
    const { ctx, auth, token } = lab();
    token.claimModule(ctx, NAME);
    expect(auth.account(ctx, address)).to.equal(undefined);
  });
});
