import { expect } from "chai";
import fc from "fast-check";
import { formatAddress } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { TOTAL_SUPPLY, toTimeNs, toUopen } from "../../chain/primitives/index.js";
import { rejectOf, rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import { createSigner } from "../../chain/testkit/signer.js";
import { GenesisState } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { createAuthService } from "../auth/index.js";
import { bankGenesis } from "./genesis.js";
import { bankInvariants } from "./invariants.js";
import { createTokenService } from "./service.js";
import { BANK_STORE, bankState } from "./state.js";

const [a, b] = ["a", "b"].map((name) => createSigner(name).address) as [ReturnType<typeof createSigner>["address"], ReturnType<typeof createSigner>["address"]];
const SECOND = 1_000_000_000n;
const text = formatAddress;

/** a has 100 uopen, of which a schedule locks 60 until the second 1,700,000,100; a module "pool" has 50. */
function lab() {
  const ctx = createScratchContext();
  const auth = createAuthService();
  const token = createTokenService(auth);
  auth.createVesting(ctx, a, { kind: "delayed", original: toUopen(60n), end: 1_700_000_100n });
  auth.ensureModule(ctx, "pool", ["burner"]);
  const { balances, supply } = bankState.open(ctx.store(BANK_STORE));
  balances.set(a, toUopen(100n));
  balances.set(moduleAddress("pool"), toUopen(50n));
  supply.set(toUopen(150n));
  const of = (): readonly bigint[] => [token.balance(ctx, a), token.balance(ctx, b), token.moduleBalance(ctx, "pool"), token.supply(ctx)];
  const said = (): readonly string[] => ctx.events.map(({ type, attributes }) => `${type} ${attributes.map((x) => x.value).join(" ")}`);
  const broken = (): readonly string[] => bankInvariants(auth).flatMap(({ name, holds }) => (holds(ctx) === true ? [] : [name]));
  return { ctx, auth, token, of, said, broken };
}

describe("coins that one account sends another", () => {
  it("move once, make the receiver an account, and are told of as the SDK does", () => {
    const { ctx, auth, token, of, said } = lab();
    expect(auth.find(ctx, b)).to.equal(undefined);
    token.send(ctx, a, b, toUopen(7n));
    expect(of()).to.deep.equal([93n, 7n, 50n, 150n]);
    expect(auth.find(ctx, b)?.address).to.deep.equal(b);
    expect(said()).to.deep.equal([`coin_spent ${text(a)} 7uopen`, `coin_received ${text(b)} 7uopen`, `transfer ${text(b)} ${text(a)} 7uopen`, `message ${text(a)}`]);
  });

  it("are nobody's business when they are none", () => {
    const { ctx, auth, token, of, said } = lab();
    token.send(ctx, a, b, toUopen(0n));
    token.burn(ctx, "pool", toUopen(0n));
    expect([of(), said(), auth.find(ctx, b)]).to.deep.equal([[100n, 0n, 50n, 150n], [], undefined]);
  });

  it("are what the schedule leaves free, to the last uopen, and all of them once it has ended", () => {
    const { ctx, token, of } = lab();
    expect(token.spendable(ctx, a, ctx.block.time)).to.equal(40n);
    const refused = rejectOf(() => token.send(ctx, a, b, toUopen(41n)));
    expect([refused.codespace, refused.code, refused.message]).to.deep.equal(["sdk", 5, "spendable balance 40uopen is smaller than 41uopen: insufficient funds"]);
    token.send(ctx, a, b, toUopen(40n));
    expect(token.spendable(ctx, a, ctx.block.time)).to.equal(0n);
    expect(rejectOf(() => token.send(ctx, a, b, toUopen(1n))).message).to.match(/^spendable balance 0uopen /);
    ctx.block = { ...ctx.block, time: toTimeNs(1_700_000_100n, 0) };
    token.send(ctx, a, b, toUopen(60n));
    expect(of()).to.deep.equal([0n, 100n, 50n, 150n]);
    expect(bankState.read(ctx.store(BANK_STORE)).balances.has(a), "an empty account has no entry").to.equal(false);
  });
});

describe("coins that go to stake", () => {
  it("may be locked ones, up to all there are, and say no transfer", () => {
    const { ctx, token, of, said, broken } = lab();
    expect(rejectOf(() => token.delegate(ctx, a, "pool", toUopen(101n))).message).to.equal("failed to delegate; 100uopen is smaller than 101uopen: insufficient funds");
    token.delegate(ctx, a, "pool", toUopen(100n));
    expect(of()).to.deep.equal([0n, 0n, 150n, 150n]);
    expect(said()).to.deep.equal([`coin_spent ${text(a)} 100uopen`, `coin_received ${text(moduleAddress("pool"))} 100uopen`]);
    expect(broken()).to.deep.equal([]);
  });

  it("are locked again when they come back", () => {
    const { ctx, token, of } = lab();
    token.delegate(ctx, a, "pool", toUopen(100n));
    token.undelegate(ctx, "pool", a, toUopen(100n));
    expect([of(), token.spendable(ctx, a, ctx.block.time)]).to.deep.equal([[100n, 0n, 50n, 150n], 40n]);
  });

  it("take the locked ones first: what is left can be spent", () => {
    const { ctx, token } = lab();
    token.delegate(ctx, a, "pool", toUopen(60n));
    expect(token.spendable(ctx, a, ctx.block.time)).to.equal(40n);
    token.send(ctx, a, b, toUopen(40n));
    token.undelegate(ctx, "pool", a, toUopen(60n));
    expect(token.spendable(ctx, a, ctx.block.time)).to.equal(0n);
  });

  it("make an account where they come back to one that is none", () => {
    const { ctx, auth, token } = lab();
    token.undelegate(ctx, "pool", b, toUopen(5n));
    expect([auth.find(ctx, b)?.address, token.balance(ctx, b)]).to.deep.equal([b, 5n]);
  });
});

describe("coins of modules", () => {
  it("move between them and go to the fee collector, and no further than they reach", () => {
    const { ctx, token, of } = lab();
    token.moduleToModule(ctx, "pool", "other", toUopen(20n));
    token.fromModule(ctx, "pool", b, toUopen(3n));
    token.toModule(ctx, b, "pool", toUopen(1n));
    token.collect(ctx, b, toUopen(2n));
    expect([...of(), token.moduleBalance(ctx, "other"), token.moduleBalance(ctx, "fee_collector")]).to.deep.equal([100n, 0n, 28n, 150n, 20n, 2n]);
    expect(rejection(() => token.fromModule(ctx, "pool", b, toUopen(29n)))).to.equal("sdk/5");
  });

  it("that are burnt are gone from the supply too, and never more than there are", () => {
    const { ctx, token, of, said, broken } = lab();
    token.burn(ctx, "pool", toUopen(50n));
    expect([of(), broken()]).to.deep.equal([[100n, 0n, 0n, 100n], []]);
    const pool = text(moduleAddress("pool"));
    expect(said()).to.deep.equal([`coin_spent ${pool} 50uopen`, `burn ${pool} 50uopen`]);
    expect(rejection(() => token.burn(ctx, "pool", toUopen(1n)))).to.equal("sdk/5");
  });

  it("neither grow nor shrink whatever is done with them", () => {
    const amount = fc.bigInt({ min: 0n, max: 120n }).map(toUopen);
    const act = fc.record({ kind: fc.constantFrom("send", "delegate", "undelegate", "to", "from", "burn", "wait"), amount });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 20 }), (acts) => {
        const { ctx, token, of, broken } = lab();
        let burnt = 0n;
        for (const { kind, amount: n } of acts) {
          const before = of();
          try {
            if (kind === "send") token.send(ctx, a, b, n);
            else if (kind === "delegate") token.delegate(ctx, a, "pool", n);
            else if (kind === "undelegate" && n <= token.moduleBalance(ctx, "pool")) token.undelegate(ctx, "pool", a, n);
            else if (kind === "to") token.toModule(ctx, a, "pool", n);
            else if (kind === "from") token.fromModule(ctx, "pool", b, n);
            else if (kind === "wait") ctx.block = { ...ctx.block, time: (ctx.block.time + 20n * SECOND) as typeof ctx.block.time };
            else if (kind === "burn") {
              token.burn(ctx, "pool", n);
              burnt += n;
            }
          } catch {
            expect(of(), kind).to.deep.equal(before);
          }
        }
        expect(token.supply(ctx)).to.equal(150n - burnt);
        expect(broken().filter((name) => name.startsWith("the balances"))).to.deep.equal([]);
      }),
      { numRuns: 100 },
    );
  });
});

describe("the books", () => {
  const [SUM, LOCK] = ["the balances sum to the supply, which never exceeds 1,000,000,000 OPEN", "no account holds less than its release schedule still locks"];

  it("are found wrong when coins appear, vanish, are too many, or are fewer than are locked", () => {
    const { ctx, broken } = lab();
    expect(broken()).to.deep.equal([]);
    const { balances, supply } = bankState.open(ctx.store(BANK_STORE));
    for (const odd of [149n, 151n]) {
      supply.set(toUopen(odd));
      expect(broken()).to.deep.equal([SUM]);
    }
    balances.set(b, toUopen(TOTAL_SUPPLY - 150n));
    supply.set(TOTAL_SUPPLY);
    expect(broken()).to.deep.equal([]);
    balances.set(b, toUopen(TOTAL_SUPPLY - 149n));
    supply.set(toUopen(TOTAL_SUPPLY + 1n));
    expect(broken()).to.deep.equal([SUM]);
    balances.set(a, toUopen(60n));
    expect(broken()).to.deep.equal([SUM]);
    balances.set(a, toUopen(59n));
    expect(broken()).to.deep.equal([SUM, LOCK]);
  });

  it("begin with balances that sum to the supply, each account once, and no more than there may be", () => {
    const coins = (amount: bigint) => [{ denom: "uopen", amount: amount.toString() }];
    const begin = (change: Partial<GenesisState>): string => {
      const ctx = createScratchContext();
      const state = { ...bankGenesis.defaults(), balances: [{ address: text(a), coins: coins(5n) }, { address: text(b), coins: coins(6n) }], ...change };
      try {
        bankGenesis.init(ctx, GenesisState.create(state));
      } catch {
        return rejection(() => bankGenesis.init(createScratchContext(), GenesisState.create(state)));
      }
      return `supply ${bankState.read(ctx.store(BANK_STORE)).supply.getOrFail()}`;
    };
    expect(begin({})).to.equal("supply 11");
    expect(begin({ supply: coins(11n) })).to.equal("supply 11");
    expect(begin({ balances: [] })).to.equal("supply 0");
    expect(begin({ supply: coins(12n) })).to.equal("sdk/18");
    expect(begin({ balances: [{ address: text(a), coins: coins(5n) }, { address: text(a), coins: coins(6n) }] })).to.equal("sdk/18");
    expect(begin({ balances: [{ address: text(a), coins: coins(TOTAL_SUPPLY) }] })).to.equal(`supply ${TOTAL_SUPPLY}`);
    expect(begin({ balances: [{ address: text(a), coins: coins(TOTAL_SUPPLY + 1n) }] })).to.equal("sdk/18");
    expect(begin({ params: { defaultSendEnabled: true, sendEnabled: [{ denom: "uopen", enabled: true }] } })).to.equal("sdk/18");
  });
});
