import { expect } from "chai";
import fc from "fast-check";
import { formatOperatorAddress } from "../../chain/codec/index.js";
import { DEC_ONE, MAX_INT64, UOPEN_PER_OPEN, parseDec, toDec, toHeight, toPpm, toUopen } from "../../chain/primitives/index.js";
import { brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import { createStakes } from "../../chain/testkit/stakes.js";
import { MsgUnjail, MsgUnjailResponse } from "../../proto/gen/cosmos/slashing/v1beta1.js";
import { slashFault, stakedAt } from "./leave.js";
import { clearMissed, isMissed, missedIndices, setMissed } from "./missed-blocks.js";
import { createSlashingModule } from "./module.js";
import { DEFAULT_PARAMS, checkParams, rulesOf } from "./params.js";
import { punishablePower } from "./rules/last-validator.js";
import { mayLeave } from "./rules/may-leave.js";
import { newSigningInfo } from "./signing-info.js";
import { SLASHING_STORE, slashingState } from "./state.js";

/** Validators of these powers at height 10. */
function bench(powers: readonly bigint[]) {
  const stakes = createStakes(powers);
  const ctx = createScratchContext();
  const module = createSlashingModule(stakes.port);
  module.genesis.init(ctx, module.genesis.defaults());
  ctx.block = { ...ctx.block, height: toHeight(10n) };
  const told = () => ctx.events.map(({ type, attributes }) => `${type} ${attributes.map((a) => a.value).join(" ")}`);
  return { stakes, ctx, module, told, state: slashingState.open(ctx.store(SLASHING_STORE)) };
}

describe("the missed blocks of a window", () => {
  it("are those that were set, in whatever chunk, and of that validator", () => {
    const index = fc.bigInt({ min: 0n, max: 5_000n });
    fc.assert(
      fc.property(fc.uniqueArray(index, { maxLength: 30 }), fc.uniqueArray(index, { maxLength: 10 }), (set, cleared) => {
        const { ctx, stakes } = bench([1n, 1n]);
        const [a, b] = [stakes.at(0).consensusAddress, stakes.at(1).consensusAddress];
        for (const i of set) setMissed(ctx, a, i, true);
        for (const i of cleared) setMissed(ctx, a, i, false);
        setMissed(ctx, b, 7n, true);
        const left = set.filter((i) => !cleared.includes(i)).toSorted((x, y) => (x < y ? -1 : 1));
        expect(missedIndices(ctx, a)).to.deep.equal(left);
        for (const i of [...set, ...cleared]) expect(isMissed(ctx, a, i)).to.equal(left.includes(i));
        clearMissed(ctx, a);
        expect([missedIndices(ctx, a), missedIndices(ctx, b)]).to.deep.equal([[], [7n]]);
      }),
      { numRuns: 30 },
    );
  });
});

describe("the last validator", () => {
  it("answers for the most power that leaves it what it needs, and not for one more", () => {
    const fraction = fc.bigInt({ min: 1n, max: DEC_ONE }).map(toDec);
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 9n }), fraction, fc.bigInt({ min: 0n, max: 10n ** 15n }), (power, part, spare) => {
        const taken = (p: bigint): bigint => (p * UOPEN_PER_OPEN * part) / DEC_ONE;
        const most = punishablePower({ power, fraction: part }, spare);
        expect(most <= power && taken(most) <= spare).to.equal(true);
        if (most < power) expect(taken(most + 1n) > spare).to.equal(true);
      }),
    );
    expect(punishablePower({ power: 9n, fraction: toDec(0n) }, 0n)).to.equal(9n);
  });

  it("is spared when it is the last, and neither when there is another nor when it has left", () => {
    const asked = (change: (b: ReturnType<typeof bench>) => void, powers: readonly bigint[] = [3n]): readonly bigint[] => {
      const b = bench(powers);
      change(b);
      const taken = slashFault(b.ctx, b.stakes.port, b.stakes.at(0), { height: 9n, power: 3n, fraction: DEC_ONE });
      const [slash] = b.stakes.slashes;
      return [slash?.power ?? -1n, slash?.infractionHeight ?? -1n, taken];
    };
    expect(asked(() => undefined)).to.deep.equal([2n, 8n, 2_000_000n]);
    expect(asked(() => undefined, [3n, 1n])).to.deep.equal([3n, 8n, 3_000_000n]);
    expect(asked(({ stakes }) => stakes.change(0, { isJailed: true }))).to.deep.equal([3n, 8n, 3_000_000n]);
    expect(asked(({ stakes }) => stakes.change(0, { tokens: toUopen(UOPEN_PER_OPEN) }))).to.deep.equal([0n, 8n, 0n]);
    expect(asked(({ stakes }) => stakes.change(0, { tokens: toUopen(UOPEN_PER_OPEN - 1n) }))).to.deep.equal([0n, 8n, 0n]);
    expect([0n, 1n, 2n].map((h) => stakedAt(h))).to.deep.equal([0n, 0n, 1n]);
  });

  it("leaves room as long as those in jail are a third, the ones in jail already counted", () => {
    expect(mayLeave({ leaving: 1n, active: 7n, serving: 2n })).to.equal(true);
    expect(mayLeave({ leaving: 1n, active: 6n, serving: 2n })).to.equal(false);
    expect(mayLeave({ leaving: 1n, active: 1n, serving: 0n })).to.equal(false);
  });
});

describe("what modules ask for", () => {
  it("is told: a slash, a sentence, a refusal", () => {
    const { ctx, module, stakes, told } = bench([10n, 10n, 10n]);
    const [a, b] = [stakes.at(0), stakes.at(1)];
    expect(module.service.slash(ctx, a.consensusAddress, toPpm(100_000n), "community_pool")).to.equal(1_000_000n);
    expect(module.service.jail(ctx, a.consensusAddress, toHeight(20n))).to.equal(true);
    expect(module.service.jail(ctx, b.consensusAddress, toHeight(20n)), "two of three").to.equal(false);
    const [nameA, nameB] = [a, b].map((s) => formatOperatorAddress(s.operator));
    expect(told()).to.deep.equal([`slash ${nameA} 0 1000000`, `jail ${nameA} 20`, `jail_refused ${nameB}`]);
  });

  it("lengthens the sentence of one who is in jail, whether or not there is room", () => {
    const { ctx, module, stakes, state } = bench([10n, 10n, 10n]);
    const { consensusAddress, operator } = stakes.at(0);
    expect(module.service.jail(ctx, consensusAddress, toHeight(20n))).to.equal(true);
    stakes.change(1, { tokens: toUopen(0n) });
    stakes.change(2, { tokens: toUopen(0n) });
    expect(module.service.jail(ctx, consensusAddress, toHeight(30n))).to.equal(true);
    expect(state.sentences.getOrFail(operator)).to.equal(30n);
    expect(module.service.jail(ctx, consensusAddress, toHeight(25n))).to.equal(true);
    expect(state.sentences.getOrFail(operator)).to.equal(30n);
  });

  it("has room again at the height at which a sentence is over, and not the one before", () => {
    for (const [height, expected] of [[19n, false], [20n, true]] as const) {
      const { ctx, module, stakes } = bench([10n, 10n, 10n]);
      module.service.jail(ctx, stakes.at(0).consensusAddress, toHeight(20n));
      stakes.change(2, { tokens: toUopen(20n * UOPEN_PER_OPEN) });
      ctx.block = { ...ctx.block, height: toHeight(height) };
      expect(module.service.jail(ctx, stakes.at(1).consensusAddress, toHeight(50n)), `at ${height}`).to.equal(expected);
    }
  });

  it("ends with the operator's return, which is told and forgotten, at its height and not before", () => {
    const { ctx, module, stakes, state, told } = bench([10n, 10n, 10n]);
    const { consensusAddress, operator } = stakes.at(0);
    module.service.jail(ctx, consensusAddress, toHeight(20n));
    const message = { validatorAddr: formatOperatorAddress(operator) };
    const unjail = () => deliver(ctx, [module], { codec: MsgUnjail, message, response: MsgUnjailResponse });
    ctx.block = { ...ctx.block, height: toHeight(19n) };
    expect(rejection(unjail)).to.equal("slashing/4");
    ctx.block = { ...ctx.block, height: toHeight(20n) };
    unjail();
    expect([stakes.at(0).isJailed, state.sentences.has(operator), told().at(-1)]).to.deep.equal([false, false, `unjail ${message.validatorAddr}`]);
  });
});

describe("the time in jail", () => {
  const jail = (seconds: bigint, nanos: number) => ({ ...DEFAULT_PARAMS, downtimeJailDuration: { seconds, nanos } });

  it("is from a nanosecond to as many as a time has", () => {
    expect(rulesOf(jail(1n, 5)).jailNs).to.equal(1_000_000_005n);
    const [most, rest] = [MAX_INT64 / 1_000_000_000n, Number(MAX_INT64 % 1_000_000_000n)];
    for (const good of [jail(0n, 1), jail(1n, 0), jail(0n, 999_999_999), jail(most, rest)]) checkParams(good);
    for (const bad of [jail(0n, 0), jail(-1n, 0), jail(-1n, 999_999_999), jail(5n, -1), jail(0n, 1_000_000_000), jail(most, rest + 1)]) expect(rejection(() => checkParams(bad))).to.equal("sdk/18");
  });

  it("and what is signed and slashed are fractions, none and all included", () => {
    const wire = (text: string) => new TextEncoder().encode(parseDec(text).toString());
    for (const name of ["minSignedPerWindow", "slashFractionDoubleSign", "slashFractionDowntime"] as const) {
      for (const good of ["0", "1"]) checkParams({ ...DEFAULT_PARAMS, [name]: wire(good) });
      for (const bad of ["-0.000000000000000001", "1.000000000000000001"]) expect(rejection(() => checkParams({ ...DEFAULT_PARAMS, [name]: wire(bad) })), `${name} ${bad}`).to.equal("sdk/18");
    }
  });
});

describe("records of signing", () => {
  it("are begun by genesis for validators with power alone", () => {
    const stakes = createStakes([1n, 1n, 0n]);
    stakes.change(1, { isJailed: true });
    const ctx = createScratchContext();
    createSlashingModule(stakes.port).genesis.init(ctx, createSlashingModule(stakes.port).genesis.defaults());
    const { infos } = slashingState.read(ctx.store(SLASHING_STORE));
    expect([0, 1, 2].map((i) => infos.has(stakes.at(i).consensusAddress))).to.deep.equal([true, false, false]);
  });

  it("are found wrong when one is missing, and when a counter or a mark is", () => {
    const broken = (damage: (b: ReturnType<typeof bench>) => void): string | undefined => {
      const b = bench([1n, 0n]);
      expect(brokenInvariant(b.ctx, [b.module])).to.equal(undefined);
      damage(b);
      return brokenInvariant(b.ctx, [b.module]);
    };
    const info = (b: ReturnType<typeof bench>, over: object) => {
      const { consensusAddress } = b.stakes.at(0);
      b.state.infos.set(consensusAddress, { ...newSigningInfo(consensusAddress, toHeight(1n)), ...over });
    };
    expect(broken((b) => b.state.infos.delete(b.stakes.at(0).consensusAddress))).to.match(/^how a validator/);
    expect(broken((b) => info(b, { missedBlocksCounter: 1n }))).to.match(/^a validator's counter/);
    expect(broken((b) => setMissed(b.ctx, b.stakes.at(0).consensusAddress, 1n, true))).to.match(/^a validator's counter/);
    const marked = (index: bigint) => (b: ReturnType<typeof bench>) => {
      info(b, { missedBlocksCounter: 1n });
      setMissed(b.ctx, b.stakes.at(0).consensusAddress, index, true);
    };
    expect(broken(marked(DEFAULT_PARAMS.signedBlocksWindow - 1n))).to.equal(undefined);
    expect(broken(marked(DEFAULT_PARAMS.signedBlocksWindow))).to.match(/^a validator's counter/);
    expect(broken((b) => b.state.sentences.set(b.stakes.at(0).operator, toHeight(5n)))).to.match(/^only jailed validators/);
  });

  it("come in with counters that are some and blocks inside of the window", () => {
    const b = bench([1n]);
    const document = b.module.genesis.export(b.ctx) as { signing_infos: { address: string; validator_signing_info: object }[] };
    const [first] = document.signing_infos;
    if (first === undefined) return expect.fail("no record");
    const missed = (counter: string, blocks: readonly object[]) => ({
      signing_infos: [{ ...first, validator_signing_info: { ...first.validator_signing_info, missed_blocks_counter: counter } }],
      missed_blocks: [{ address: first.address, missed_blocks: blocks }],
    });
    const begin = (change: object) => () => void b.module.genesis.init(createScratchContext(), { ...document, ...change });
    begin(missed("2", [{ index: "0", missed: true }, { index: "99", missed: true }]))();
    begin(missed("0", [{ index: "5", missed: false }]))();
    for (const index of ["-1", "100"]) expect(rejection(begin(missed("1", [{ index, missed: true }])))).to.equal("slashing/100");
    for (const name of ["index_offset", "missed_blocks_counter", "start_height"]) {
      expect(rejection(begin({ signing_infos: [{ ...first, validator_signing_info: { ...first.validator_signing_info, [name]: "-1" } }] })), name).to.equal("slashing/100");
    }
  });
});
