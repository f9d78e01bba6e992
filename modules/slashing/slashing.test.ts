import { expect } from "chai";
import fc from "fast-check";
import { MsgUnjail } from "../../proto/gen/cosmos/slashing/v1beta1.js";
import type { ValidatorUpdate } from "../../chain/abci/index.js";
import { formatOperatorAddress } from "../../chain/codec/index.js";
import { ed25519Address } from "../../chain/crypto/index.js";
import type { Context, Module } from "../../chain/kernel/index.js";
import { toHeight, toHex, toPpm } from "../../chain/primitives/index.js";
import { TEST_GENESIS_TIME, createTestChain } from "../../chain/testkit/chain.js";
import type { TestChain } from "../../chain/testkit/chain.js";
import { passes, rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import { anyOf, createSigner } from "../../chain/testkit/signer.js";
import { createCoreModules } from "../app.js";
import { buildGenesis } from "../genesis.js";
import { SlashingError } from "./errors.js";
import { mayLeave } from "./rules/may-leave.js";

const operators = [0, 1, 2, 3].map((i) => createSigner(`operator ${i}`));
const key = (i: number): Uint8Array => new Uint8Array(32).fill(i + 1);
const consensus = (i: number) => ed25519Address(key(i));

/** A chain on which a test can act as a module that found a validator wrong. */
function court(powers: readonly bigint[]) {
  const core = createCoreModules();
  const due: ((ctx: Context) => void)[] = [];
  const judge: Module = {
    name: "judge",
    messages: [],
    queries: [],
    genesis: { defaults: () => ({}), init: () => [], export: () => ({}) },
    beginBlock: (ctx) => due.splice(0).forEach((act) => act(ctx)),
    invariants: [],
    tasks: [],
  };
  const validators = powers.map((power, i) => ({ operator: operators[i]!.address, publicKey: key(i), power, moniker: `v${i}` }));
  const accounts = operators.map(({ address }) => ({ address, amount: 1_000_000n as never, from: "community" as const }));
  const modules = [judge, ...core.modules];
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators, accounts });
  const chain = createTestChain({ modules, accounts: core.auth, fees: core.token, appState });
  chain.nextBlock();
  const next = (...acts: ((ctx: Context) => void)[]): readonly ValidatorUpdate[] => {
    due.push(...acts);
    return chain.nextBlock().validatorUpdates;
  };
  const jail = (i: number, blocks = 10n, out: boolean[] = []) => (ctx: Context) =>
    void out.push(core.slashing.jail(ctx, consensus(i), toHeight(ctx.block.height + blocks)));
  const members = (): string[] => core.staking.members(chain.read()).map((m) => toHex(m.validator));
  return { core, chain, next, jail, members };
}

function unjail(chain: TestChain, i: number): string {
  const signer = operators[i]!;
  const message = anyOf(MsgUnjail, { validatorAddr: formatOperatorAddress(signer.address) });
  const { code, codespace } = chain.deliver(signer, [message]);
  return code === 0 ? "ok" : `${codespace}/${code}`;
}

describe("slashing stake", () => {
  it("moves the share to the asking module and keeps the supply, and the engine learns the new power", () => {
    const { core, chain, next } = court([10n, 10n, 10n, 10n]);
    const supply = core.token.supply(chain.read());
    const taken: bigint[] = [];
    const updates = next((ctx) => void taken.push(core.slashing.slash(ctx, consensus(1), toPpm(10_000n), "community_pool")));
    expect(taken).to.deep.equal([100_000n]);
    expect(core.token.moduleBalance(chain.read(), "community_pool")).to.equal(100_000n);
    expect(core.token.moduleBalance(chain.read(), "bonded_tokens_pool")).to.equal(39_900_000n);
    expect(core.token.supply(chain.read())).to.equal(supply);
    expect(updates).to.deep.equal([{ publicKey: key(1), power: 9n }]);
    expect(next()).to.deep.equal([]);
  });

  it("never takes the last OPEN, nor anything from a validator that is not known", () => {
    const { core, next } = court([1n, 2n, 10n, 10n]);
    const taken: bigint[] = [];
    const whole = toPpm(1_000_000n);
    next((ctx) => {
      for (const i of [0, 1, 9]) taken.push(core.slashing.slash(ctx, consensus(i), whole, "community_pool"));
    });
    expect(taken).to.deep.equal([0n, 1_000_000n, 0n]);
  });
});

describe("jailing a validator", () => {
  it("takes it off committees at once and out of the engine's set, until it returns after its time", () => {
    const { chain, next, jail, members, core } = court([10n, 10n, 10n, 10n]);
    expect(next(jail(2))).to.deep.equal([{ publicKey: key(2), power: 0n }]);
    expect(members()).not.to.include(toHex(consensus(2)));
    expect(core.staking.consensusKey(chain.read(), consensus(2)), "its last votes can still be checked").to.deep.equal(key(2));
    const until = chain.height() + 10n;
    expect(unjail(chain, 1)).to.equal("slashing/5");
    while (chain.height() < until - 2n) next();
    expect(unjail(chain, 2)).to.equal("slashing/4");
    expect(unjail(chain, 2)).to.equal("ok");
    expect(chain.height()).to.equal(until);
    expect(members()).to.include(toHex(consensus(2)));
    expect(unjail(chain, 2)).to.equal("slashing/5");
  });

  it("tells the engine of a return with the power of that time", () => {
    const { core, chain, next, jail } = court([10n, 10n, 10n, 10n]);
    next(jail(2, 1n));
    expect(next((ctx) => void core.slashing.slash(ctx, consensus(2), toPpm(100_000n), "community_pool"))).to.deep.equal([]);
    const message = anyOf(MsgUnjail, { validatorAddr: formatOperatorAddress(operators[2]!.address) });
    const { validatorUpdates } = chain.nextBlock([chain.sign(operators[2]!, [message])]);
    expect(validatorUpdates).to.deep.equal([{ publicKey: key(2), power: 9n }]);
  });

  it("is refused while those who serve a sentence would hold more than a third", () => {
    const { next, jail, members } = court([10n, 10n, 10n, 10n]);
    const done: boolean[] = [];
    next(jail(0, 10n, done), jail(1, 10n, done));
    next(jail(2, 10n, done));
    expect(done).to.deep.equal([true, false, false]);
    expect(members()).to.have.length(3);
  });

  it("has room again when a sentence is served, whether or not its validator came back", () => {
    const { next, jail, members } = court([10n, 10n, 10n, 10n]);
    const done: boolean[] = [];
    next(jail(0, 3n, done));
    for (let i = 0; i < 3; i++) next();
    next(jail(1, 3n, done));
    expect(done).to.deep.equal([true, true]);
    for (let i = 0; i < 3; i++) next();
    next(jail(2, 3n, done));
    expect(done, "one of two is more than a third").to.deep.equal([true, true, false]);
    expect(members()).to.have.length(2);
  });

  it("lengthens a sentence and never shortens it", () => {
    const { chain, next, jail } = court([10n, 10n, 10n, 10n]);
    next(jail(2, 10n));
    next(jail(2, 2n));
    const until = chain.height() + 9n;
    while (chain.height() < until - 2n) next();
    expect(unjail(chain, 2)).to.equal("slashing/4");
    expect(unjail(chain, 2)).to.equal("ok");
  });

  it("does nothing to a validator that is not known, and refuses the unknown who ask to return", () => {
    const { chain, next, jail } = court([10n, 10n]);
    const done: boolean[] = [];
    expect(next(jail(9, 1n, done))).to.deep.equal([]);
    expect(done).to.deep.equal([false]);
    expect(unjail(chain, 3)).to.equal("slashing/2");
  });

  it("exports what it imports, with a validator in jail", () => {
    const { core, chain, next, jail } = court([10n, 10n, 10n, 10n]);
    next(jail(2));
    const exported = core.modules.map((m) => m.genesis.export(chain.read()));
    const fresh = createScratchContext();
    core.modules.forEach((m, i) => m.genesis.init(fresh, exported[i]));
    expect(core.modules.map((m) => m.genesis.export(fresh))).to.deep.equal(exported);
    const slashing = core.modules.find((m) => m.name === "slashing")!;
    expect(rejection(() => slashing.genesis.init(createScratchContext(), exported[core.modules.indexOf(slashing)]))).to.equal("slashing/100");
  });
});

describe("the share of power in jail", () => {
  const power = fc.bigInt({ min: 1n, max: 1_000_000_000n });
  it("stays at most a third of all, and someone is always left, whoever is accused in whatever order", () => {
    fc.assert(
      fc.property(fc.array(power, { minLength: 1, maxLength: 12 }), fc.array(fc.nat(11), { maxLength: 30 }), (powers, accused) => {
        const jailed = new Set<number>();
        const sum = (of: (i: number) => boolean): bigint => powers.reduce((t, p, i) => t + (of(i) ? p : 0n), 0n);
        for (const i of accused.filter((n) => n < powers.length && !jailed.has(n))) {
          const outlook = { leaving: powers[i]!, active: sum((j) => !jailed.has(j)), serving: sum((j) => jailed.has(j)) };
          if (mayLeave(outlook)) jailed.add(i);
        }
        const inJail = sum((j) => jailed.has(j));
        return inJail * 3n <= sum(() => true) && jailed.size < powers.length;
      }),
    );
  });
  it("allows exactly a third", () => {
    expect(mayLeave({ leaving: 10n, active: 30n, serving: 0n })).to.equal(true);
    expect(mayLeave({ leaving: 11n, active: 31n, serving: 0n })).to.equal(false);
    expect(mayLeave({ leaving: 10n, active: 10n, serving: 0n })).to.equal(false);
  });
});

describe("stake at genesis", () => {
  it("is real coins, out of the ecosystem's launched part", () => {
    const { core, chain } = court([10n, 10n]);
    expect(core.token.moduleBalance(chain.read(), "bonded_tokens_pool")).to.equal(20_000_000n);
    expect(core.token.supply(chain.read())).to.equal(1_000_000_000_000_000n);
    const validators = [{ operator: operators[0]!.address, publicKey: key(0), power: 20_000_001n, moniker: "greedy" }];
    expect(passes(() => buildGenesis({ time: TEST_GENESIS_TIME, validators, accounts: [] }))).to.equal(false);
  });
  it("is refused when the bonded pool holds something else", () => {
    const core = createCoreModules();
    const { chain } = court([10n]);
    const staking = core.modules.find((m) => m.name === "staking")!;
    const exported = staking.genesis.export(chain.read());
    expect(rejection(() => staking.genesis.init(createScratchContext(), exported))).to.equal("sdk/18");
  });
  it("pins the error codes of slashing", () => {
    expect(Object.values(SlashingError).map((make) => make().code)).to.deep.equal([2, 4, 5, 6, 7, 8, 9, 100]);
  });
});
