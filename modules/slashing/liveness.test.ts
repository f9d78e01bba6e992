import { expect } from "chai";
import fc from "fast-check";
import { GOV_AUTHORITY } from "../../chain/kernel/index.js";
import { formatAddress, formatConsensusAddress, formatOperatorAddress, toJson } from "../../chain/codec/index.js";
import { parseDec, toHeight, toTimeNs, utf8 } from "../../chain/primitives/index.js";
import { ask, brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import type { ScratchContext } from "../../chain/testkit/scratch-context.js";
import { createStakes } from "../../chain/testkit/stakes.js";
import type { TestStakes } from "../../chain/testkit/stakes.js";
import {
  MsgUnjail,
  MsgUnjailResponse,
  MsgUpdateParams,
  MsgUpdateParamsResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QuerySigningInfoRequest,
  QuerySigningInfoResponse,
  QuerySigningInfosRequest,
  QuerySigningInfosResponse,
} from "../../proto/gen/cosmos/slashing/v1beta1.js";
import { Params as ParamsCodec } from "../../proto/gen/cosmos/slashing/v1beta1.js";
import type { Params } from "../../proto/gen/cosmos/slashing/v1beta1.js";
import { createSlashingModule } from "./module.js";
import { DEFAULT_PARAMS, MAX_WINDOW, checkParams, rulesOf } from "./params.js";
import { punishablePower } from "./rules/last-validator.js";
import { SLASHING_STORE, slashingState } from "./state.js";

const dec = (text: string): Uint8Array => utf8(parseDec(text).toString());
const PARAMS: Params = { ...DEFAULT_PARAMS, signedBlocksWindow: 10n };

/** Validators of the given powers under a window of ten blocks, of which five may be missed. */
function bench(powers: readonly bigint[], params: Params = PARAMS) {
  const stakes = createStakes(powers);
  const ctx = createScratchContext();
  const module = createSlashingModule(stakes.port);
  setHeight(ctx, 0n);
  module.genesis.init(ctx, { ...(module.genesis.defaults() as object), params: toJson(ParamsCodec, params) });
  return { stakes, ctx, module };
}

function setHeight(ctx: ScratchContext, height: bigint): void {
  ctx.block = { ...ctx.block, height: toHeight(height), time: toTimeNs(1_700_000_000n + 5n * height, 0) };
}

type World = ReturnType<typeof bench>;

/** One block; `absent` names who did not sign the one before. */
function block({ ctx, stakes, module }: World, absent: readonly number[] = [], flag: "nil" | "absent" = "absent"): void {
  setHeight(ctx, ctx.block.height + 1n);
  const votes = stakes.port.validators().filter((v) => v.power > 0n);
  ctx.lastCommit = {
    round: 0,
    votes: votes.map((v) => {
      const { consensusAddress: address, power } = v;
      return { validator: { address, power }, flag: absent.some((i) => stakes.at(i) === v) ? flag : "commit" };
    }),
  };
  module.beginBlock?.(ctx);
  expect(brokenInvariant(ctx, [module])).to.equal(undefined);
}

const blocks = (world: World, count: number, absent: readonly number[] = []): void => {
  for (let i = 0; i < count; i++) block(world, absent);
};

function infoOf({ ctx, stakes }: World, i: number) {
  return slashingState.read(ctx.store(SLASHING_STORE)).infos.getOrFail(stakes.at(i).consensusAddress);
}

const chunksOf = ({ ctx, stakes }: World, i: number): number =>
  [...slashingState.read(ctx.store(SLASHING_STORE)).missed.keys({ prefix: [stakes.at(i).consensusAddress] })].length;

function unjail({ ctx, module, stakes }: World, i: number): string {
  const message = { validatorAddr: formatOperatorAddress(stakes.at(i).operator) };
  return outcome(() => deliver(ctx, [module], { codec: MsgUnjail, message, response: MsgUnjailResponse }));
}

function outcome(run: () => unknown): string {
  try {
    run();
    return "ok";
  } catch (error) {
    return rejection(() => {
      throw error;
    });
  }
}

function update({ ctx, module }: World, params: Partial<Params>, authority = formatAddress(GOV_AUTHORITY)): string {
  const message = { authority, params: { ...PARAMS, ...params } };
  return outcome(() => deliver(ctx, [module], { codec: MsgUpdateParams, message, response: MsgUpdateParamsResponse }));
}

describe("counting signatures", () => {
  it("says at each missed block how many are missing by now, and forgets them as the window moves on", () => {
    const world = bench([10n, 10n, 10n]);
    blocks(world, 2, [1]);
    const address = formatConsensusAddress(world.stakes.at(1).consensusAddress);
    expect(world.ctx.events.map((e) => [e.type, e.attributes.map((a) => [a.key, a.value])])).to.deep.equal([
      ["liveness", [["address", address], ["missed_blocks", "1"], ["height", "1"]]],
      ["liveness", [["address", address], ["missed_blocks", "2"], ["height", "2"]]],
    ]);
    expect(infoOf(world, 1)).to.deep.include({ indexOffset: 2n, missedBlocksCounter: 2n, startHeight: 0n });
    blocks(world, 9);
    expect(infoOf(world, 1).missedBlocksCounter).to.equal(1n);
    block(world);
    expect(infoOf(world, 1)).to.deep.include({ indexOffset: 12n, missedBlocksCounter: 0n });
    expect(infoOf(world, 0)).to.deep.include({ indexOffset: 12n, missedBlocksCounter: 0n });
  });

  it("takes a vote for nothing as a sign of life", () => {
    const world = bench([10n, 10n]);
    for (let i = 0; i < 20; i++) block(world, [1], "nil");
    expect(infoOf(world, 1).missedBlocksCounter).to.equal(0n);
  });

  it("counts in every window as a plain array of bits would, whatever its length and pattern", () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 2100n), fc.array(fc.boolean(), { maxLength: 60 }), (window, pattern) => {
        const world = bench([10n, 10n], { ...PARAMS, signedBlocksWindow: window, minSignedPerWindow: dec("0") });
        // Far into the window, so that indices fall into its later chunks.
        const start = window > 30n ? window - 30n : 0n;
        const infos = slashingState.open(world.ctx.store(SLASHING_STORE)).infos;
        const address = world.stakes.at(1).consensusAddress;
        infos.set(address, { ...infos.getOrFail(address), indexOffset: start });
        const bits = new Map<bigint, boolean>();
        pattern.forEach((isMissed, i) => {
          block(world, isMissed ? [1] : []);
          bits.set((start + BigInt(i)) % window, isMissed);
        });
        expect(infoOf(world, 1).missedBlocksCounter).to.equal(BigInt([...bits.values()].filter(Boolean).length));
      }),
      { numRuns: 30 },
    );
  });
});

describe("a validator that misses too many blocks", () => {
  it("is slashed with the stake of the height it missed, jailed, and starts over", () => {
    const world = bench([10n, 20n, 30n]);
    blocks(world, 5);
    world.ctx.events.length = 0;
    blocks(world, 5, [1]);
    expect(world.stakes.slashes, "ten blocks are the window; it is not over before block 11").to.deep.equal([]);
    block(world, [1]);
    const stake = world.stakes.at(1);
    expect(world.stakes.slashes).to.deep.equal([
      { consensusAddress: stake.consensusAddress, infractionHeight: 9n, power: 20n, fraction: parseDec("0.01") },
    ]);
    expect(stake).to.deep.include({ isJailed: true, tokens: 19_800_000n });
    const address = formatConsensusAddress(stake.consensusAddress);
    const { type, attributes } = world.ctx.events.at(-1)!;
    expect([type, attributes.map((a) => [a.key, a.value])]).to.deep.equal([
      "slash",
      [["address", address], ["power", "20"], ["reason", "missing_signature"], ["jailed", address], ["burned_coins", "200000"]],
    ]);
    const seconds = 1_700_000_000n + 5n * 11n + 600n;
    expect(infoOf(world, 1)).to.deep.include({ missedBlocksCounter: 0n, indexOffset: 0n, jailedUntil: { seconds, nanos: 0 } });
    expect(chunksOf(world, 1)).to.equal(0);
    blocks(world, 3);
    expect(infoOf(world, 1).indexOffset, "in jail nothing is counted").to.equal(0n);
  });

  it("is left alone while it misses exactly what is allowed, and in its first window", () => {
    const world = bench([10n, 10n, 10n]);
    blocks(world, 10, [1]);
    expect(world.stakes.slashes).to.have.length(0);
    const other = bench([10n, 10n, 10n]);
    for (let i = 0; i < 40; i++) block(other, i % 2 === 0 ? [1] : []);
    expect(other.stakes.slashes, "five of ten").to.have.length(0);
  });

  it("gets a window's time again when it is bonded anew, and keeps what it missed", () => {
    const world = bench([10n, 10n, 10n]);
    blocks(world, 8);
    blocks(world, 5, [1]);
    world.module.hooks.afterValidatorBonded(world.ctx, world.stakes.at(1).consensusAddress, world.stakes.at(1).operator);
    expect(infoOf(world, 1)).to.deep.include({ startHeight: 13n, missedBlocksCounter: 5n });
    blocks(world, 5, [1]);
    expect(world.stakes.slashes).to.have.length(0);
    blocks(world, 6, [1]);
    expect(world.stakes.slashes).to.have.length(1);
  });

  it("stays in the set, slashed, when nobody else would be left", () => {
    const world = bench([10n, 10n]);
    world.stakes.change(0, { isJailed: true });
    blocks(world, 11, [1]);
    expect(world.stakes.at(1)).to.deep.include({ isJailed: false, tokens: 9_900_000n });
    expect(world.ctx.events.slice(-2).map((e) => e.type)).to.deep.equal(["slash", "jail_refused"]);
    expect(world.ctx.events.at(-2)?.attributes.map((a) => a.key)).not.to.include("jailed");
    expect(infoOf(world, 1).jailedUntil.seconds).to.equal(0n);
    block(world, [1]);
    expect(world.stakes.slashes, "not again before another window").to.have.length(1);
  });

  it("leaves when the one who stays has no power yet but will have it at the end of the block", () => {
    const world = bench([10n, 10n]);
    world.stakes.change(0, { status: "unbonding" });
    blocks(world, 11, [1]);
    expect(world.stakes.at(1).isJailed).to.equal(true);
  });

  it("is passed over when staking has forgotten it", () => {
    const world = bench([10n, 10n, 10n]);
    const ghost = world.stakes.at(1);
    world.stakes.forget(1);
    world.ctx.lastCommit = { round: 0, votes: [{ validator: { address: ghost.consensusAddress, power: ghost.power }, flag: "absent" }] };
    expect(() => world.module.beginBlock?.(world.ctx)).not.to.throw();
    expect(world.ctx.events).to.deep.equal([]);
  });
});

describe("a double sign", () => {
  const commit = (world: World, i: number, power = 20n): void =>
    world.module.service.punishDoubleSign(world.ctx, { consensusAddress: world.stakes.at(i).consensusAddress, height: 4n, power });

  it("costs a share of the power it was done with, and the place in the set for ever", () => {
    const world = bench([10n, 20n, 30n]);
    blocks(world, 6);
    commit(world, 1);
    const { consensusAddress } = world.stakes.at(1);
    const address = formatConsensusAddress(consensusAddress);
    expect(world.stakes.slashes).to.deep.equal([{ consensusAddress, infractionHeight: 3n, power: 20n, fraction: parseDec("0.05") }]);
    expect(world.ctx.events.map((e) => [e.type, e.attributes.map((a) => [a.key, a.value])])).to.deep.equal([
      ["slash", [["address", address], ["power", "20"], ["reason", "double_sign"], ["burned_coins", "1000000"]]],
      ["slash", [["jailed", address]]],
    ]);
    expect(infoOf(world, 1)).to.deep.include({ tombstoned: true, jailedUntil: { seconds: 253_402_300_799n, nanos: 0 } });
    expect(world.module.service.isTombstoned(world.ctx, consensusAddress)).to.equal(true);
    expect(world.module.service.isTombstoned(world.ctx, world.stakes.at(0).consensusAddress)).to.equal(false);
    expect(unjail(world, 1)).to.equal("slashing/4");
  });

  it("of the last validator is slashed and remembered; it leaves when there is another", () => {
    const world = bench([10n, 20n], { ...PARAMS, slashFractionDoubleSign: dec("1") });
    world.stakes.change(0, { isJailed: true });
    blocks(world, 6);
    commit(world, 1);
    expect(world.stakes.at(1), "one OPEN keeps its power").to.deep.include({ isJailed: false, tokens: 1_000_000n });
    expect(infoOf(world, 1).tombstoned).to.equal(true);
    world.ctx.events.length = 0;
    blocks(world, 2, [1]);
    expect(world.ctx.events, "waiting is silent").to.deep.equal([]);
    world.stakes.change(0, { isJailed: false });
    block(world);
    expect(world.stakes.at(1).isJailed).to.equal(true);
    expect(world.ctx.events.map((e) => e.type)).to.deep.equal(["slash"]);
  });

  it("of one that staking has forgotten changes nothing", () => {
    const world = bench([10n, 20n, 30n]);
    const consensusAddress = world.stakes.at(1).consensusAddress;
    world.stakes.forget(1);
    world.module.service.punishDoubleSign(world.ctx, { consensusAddress, height: 4n, power: 20n });
    expect(world.stakes.slashes).to.deep.equal([]);
  });

  it("never lets the last power go, whatever the fraction and the power", () => {
    const fraction = fc.bigInt(0n, 10n ** 18n);
    fc.assert(
      fc.property(fraction, fc.bigInt(0n, 10n ** 9n), fc.bigInt(0n, 10n ** 15n), (f, power, spare) => {
        const p = punishablePower({ power, fraction: f as never }, spare);
        const taken = (p * 1_000_000n * f) / 10n ** 18n;
        const more = ((p + 1n) * 1_000_000n * f) / 10n ** 18n;
        return p <= power && (f === 0n || taken <= spare) && (p === power || more > spare);
      }),
    );
  });
});

describe("the way back", () => {
  /** Validator 1 of three, in jail for downtime. */
  function jailedWorld(): World {
    const world = bench([10n, 20n, 30n]);
    blocks(world, 11, [1]);
    return world;
  }
  const later = (world: World, seconds: bigint): void =>
    void (world.ctx.block = { ...world.ctx.block, time: toTimeNs(1_700_000_000n + 55n + seconds, 0) });

  it("opens when the time is over and not a second before", () => {
    const world = jailedWorld();
    later(world, 599n);
    expect(unjail(world, 1)).to.equal("slashing/4");
    later(world, 600n);
    expect(unjail(world, 1)).to.equal("ok");
    expect(world.stakes.at(1).isJailed).to.equal(false);
    expect(unjail(world, 1)).to.equal("slashing/5");
  });

  it("is refused to strangers, and to operators with nothing or too little of their own at stake, in the SDK's order", () => {
    const world = jailedWorld();
    const stranger = { validatorAddr: formatOperatorAddress(new Uint8Array(20).fill(99) as never) };
    expect(outcome(() => deliver(world.ctx, [world.module], { codec: MsgUnjail, message: stranger, response: MsgUnjailResponse }))).to.equal("slashing/2");
    world.stakes.shares.delete(0);
    expect(unjail(world, 0), "free, but asked for its stake first").to.equal("slashing/6");
    world.stakes.change(1, { minSelfDelegation: 19_800_001n });
    expect(unjail(world, 1)).to.equal("slashing/7");
    world.stakes.change(1, { minSelfDelegation: 19_800_000n });
    expect(unjail(world, 1)).to.equal("slashing/4");
    const bad = { validatorAddr: "open1nonsense" };
    expect(outcome(() => deliver(world.ctx, [world.module], { codec: MsgUnjail, message: bad, response: MsgUnjailResponse }))).to.equal("sdk/7");
  });

  it("waits for the sentence of a module too", () => {
    const world = jailedWorld();
    world.module.service.jail(world.ctx, world.stakes.at(1).consensusAddress, toHeight(100n));
    later(world, 600n);
    expect(unjail(world, 1)).to.equal("slashing/4");
    setHeight(world.ctx, 150n);
    expect(unjail(world, 1)).to.equal("ok");
  });

  it("has no time to wait for one that never validated", () => {
    const world = bench([10n, 20n, 30n]);
    slashingState.open(world.ctx.store(SLASHING_STORE)).infos.delete(world.stakes.at(1).consensusAddress);
    world.stakes.change(1, { isJailed: true });
    expect(unjail(world, 1)).to.equal("ok");
  });
});

describe("the parameters of slashing", () => {
  it("are the SDK's by default, and change by governance alone", () => {
    const world = bench([10n, 10n]);
    expect(rulesOf(DEFAULT_PARAMS)).to.deep.equal({
      window: 100n,
      maxMissed: 50n,
      jailNs: 600_000_000_000n,
      doubleSignFraction: parseDec("0.05"),
      downtimeFraction: parseDec("0.01"),
    });
    expect(update(world, { slashFractionDowntime: dec("0.02") }, formatAddress(world.stakes.at(0).operator))).to.equal("gov/13");
    expect(update(world, { slashFractionDowntime: dec("0.02") })).to.equal("ok");
    const { params } = ask(world.ctx, [world.module], {
      path: "/cosmos.slashing.v1beta1.Query/Params",
      codec: QueryParamsRequest,
      response: QueryParamsResponse,
    });
    expect(params).to.deep.equal({ ...PARAMS, slashFractionDowntime: dec("0.02") });
  });

  it("have bounds", () => {
    const bad: readonly Partial<Params>[] = [
      { signedBlocksWindow: 0n },
      { signedBlocksWindow: -1n },
      { signedBlocksWindow: MAX_WINDOW + 1n },
      { minSignedPerWindow: dec("-0.1") },
      { minSignedPerWindow: dec("1.000000000000000001") },
      { minSignedPerWindow: utf8("half") },
      { downtimeJailDuration: { seconds: 0n, nanos: 0 } },
      { downtimeJailDuration: { seconds: -1n, nanos: 0 } },
      { downtimeJailDuration: { seconds: 1n, nanos: 1_000_000_000 } },
      { downtimeJailDuration: { seconds: 9_223_372_037n, nanos: 0 } },
      { slashFractionDoubleSign: dec("2") },
      { slashFractionDowntime: dec("-1") },
    ];
    for (const change of bad) expect(rejection(() => checkParams({ ...PARAMS, ...change })), JSON.stringify(Object.keys(change))).to.equal("sdk/18");
    const wide: readonly Partial<Params>[] = [{ minSignedPerWindow: dec("1") }, { slashFractionDoubleSign: dec("0") }, { signedBlocksWindow: MAX_WINDOW }];
    for (const change of wide) checkParams({ ...PARAMS, ...change });
  });

  it("round the blocks that must be signed half to even", () => {
    const maxMissed = (window: bigint, share: string): bigint =>
      rulesOf({ ...PARAMS, signedBlocksWindow: window, minSignedPerWindow: dec(share) }).maxMissed;
    expect([maxMissed(5n, "0.5"), maxMissed(7n, "0.5"), maxMissed(10n, "0.05"), maxMissed(10n, "0.15")]).to.deep.equal([3n, 3n, 10n, 8n]);
  });

  it("start every count over when the window changes", () => {
    const world = bench([10n, 10n, 10n]);
    blocks(world, 9, [1]);
    expect(update(world, { signedBlocksWindow: 4n })).to.equal("ok");
    expect(brokenInvariant(world.ctx, [world.module])).to.equal(undefined);
    expect(infoOf(world, 1)).to.deep.include({ missedBlocksCounter: 0n, indexOffset: 0n, startHeight: 9n });
    blocks(world, 4, [1]);
    expect(world.stakes.slashes).to.have.length(0);
    block(world, [1]);
    expect(world.stakes.slashes).to.have.length(1);
  });
});

describe("asking how validators sign", () => {
  const PATH = "/cosmos.slashing.v1beta1.Query";
  it("finds one by consensus address, all in pages, and says not found in the SDK's words", () => {
    const world = bench([10n, 20n, 30n]);
    blocks(world, 2, [1]);
    const one = (consAddress: string) =>
      ask(world.ctx, [world.module], { path: `${PATH}/SigningInfo`, codec: QuerySigningInfoRequest, message: { consAddress }, response: QuerySigningInfoResponse });
    const address = formatConsensusAddress(world.stakes.at(1).consensusAddress);
    expect(one(address).valSigningInfo).to.deep.include({ address, missedBlocksCounter: 2n });
    expect(rejection(() => one(""))).to.equal("sdk/18");
    const nobody = formatConsensusAddress(new Uint8Array(20) as never);
    expect(() => one(nobody)).to.throw(`SigningInfo not found for validator ${nobody}`);
    const page = (pagination: object) =>
      ask(world.ctx, [world.module], { path: `${PATH}/SigningInfos`, codec: QuerySigningInfosRequest, message: { pagination: pagination as never }, response: QuerySigningInfosResponse });
    const first = page({ key: new Uint8Array(0), offset: 0n, limit: 2n, countTotal: true, reverse: false });
    expect([first.info.length, first.pagination?.total]).to.deep.equal([2, 3n]);
    const rest = page({ key: first.pagination!.nextKey, offset: 0n, limit: 2n, countTotal: false, reverse: false });
    expect([...first.info, ...rest.info].map((i) => i.address).toSorted()).to.deep.equal(
      [0, 1, 2].map((i) => formatConsensusAddress(world.stakes.at(i).consensusAddress)).toSorted(),
    );
  });
});

describe("the records in genesis", () => {
  function exported(): { readonly document: Record<string, unknown>; readonly stakes: TestStakes } {
    const world = bench([10n, 20n, 30n]);
    blocks(world, 3, [1]);
    world.module.service.punishDoubleSign(world.ctx, { consensusAddress: world.stakes.at(2).consensusAddress, height: 2n, power: 30n });
    return { document: world.module.genesis.export(world.ctx) as Record<string, unknown>, stakes: world.stakes };
  }

  it("come out as they went in, missed blocks and tombstones too", () => {
    const { document, stakes } = exported();
    const module = createSlashingModule(stakes.port);
    const fresh = createScratchContext();
    module.genesis.init(fresh, document);
    expect(module.genesis.export(fresh)).to.deep.equal(document);
    expect(brokenInvariant(fresh, [module])).to.equal(undefined);
    expect(module.service.isTombstoned(fresh, stakes.at(2).consensusAddress)).to.equal(true);
  });

  it("are refused when they contradict themselves", () => {
    const { document, stakes } = exported();
    const module = createSlashingModule(stakes.port);
    const init = (change: object): string => rejection(() => module.genesis.init(createScratchContext(), { ...document, ...change }));
    const infos = document["signing_infos"] as { address: string; validator_signing_info: object }[];
    const first = infos[0]!;
    expect(init({ signing_infos: [{ ...first, address: infos[1]!.address }] })).to.equal("slashing/100");
    expect(init({ signing_infos: [{ ...first, validator_signing_info: { ...first.validator_signing_info, index_offset: "-1" } }] })).to.equal("slashing/100");
    expect(init({ missed_blocks: [] })).to.equal("slashing/100");
    expect(init({ missed_blocks: [{ address: first.address, missed_blocks: [{ index: "10", missed: true }] }] })).to.equal("slashing/100");
    expect(init({ params: { ...(document["params"] as object), signed_blocks_window: "0" } })).to.equal("sdk/18");
    expect(init({ sentences: [{ operator: formatOperatorAddress(stakes.at(0).operator), until_height: "5" }] })).to.equal("slashing/100");
  });
});
