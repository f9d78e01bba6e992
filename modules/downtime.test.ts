import { expect } from "chai";
import type { CommitInfo, FinalizeBlockResponse } from "../chain/abci/index.js";
import { formatAddress, formatOperatorAddress, toJson } from "../chain/codec/index.js";
import { toHex, toUopen, toVotingPower } from "../chain/primitives/index.js";
import { TEST_GENESIS_TIME, createTestChain } from "../chain/testkit/chain.js";
import { anyOf, createSigner } from "../chain/testkit/signer.js";
import { testKey } from "../chain/testkit/validators.js";
import { MsgUnjail, Params } from "../proto/gen/cosmos/slashing/v1beta1.js";
import { MsgDelegate, MsgUndelegate } from "../proto/gen/cosmos/staking/v1beta1.js";
import { createCoreModules } from "./app.js";
import { buildGenesis } from "./genesis.js";
import { DEFAULT_PARAMS } from "./slashing/index.js";

const operators = [0, 1, 2, 3].map((i) => createSigner(`down ${i}`));
const alice = createSigner("alice");
const WINDOW = 10;

/** Four validators of 10 OPEN, real stake, a window of ten blocks. */
function start() {
  const core = createCoreModules();
  const keys = operators.map((_, i) => testKey(i));
  const validators = operators.map(({ address: operator }, i) => ({ operator, publicKey: keys[i]!.publicKey, power: 10n, moniker: `v${i}` }));
  const accounts = [...operators, alice].map(({ address }) => ({ address, amount: toUopen(100_000_000n), from: "community" as const }));
  const params = toJson(Params, { ...DEFAULT_PARAMS, signedBlocksWindow: BigInt(WINDOW), downtimeJailDuration: { seconds: 60n, nanos: 0 } });
  const appState = { ...buildGenesis({ time: TEST_GENESIS_TIME, validators, accounts }), slashing: { params } };
  const chain = createTestChain({ modules: core.modules, accounts: core.auth, fees: core.token, appState });
  chain.nextBlock();
  const view = (i: number) => core.staking.byOperator(chain.read(), operators[i]!.address)!;
  const commit = (absent: readonly number[]): CommitInfo => ({
    round: 0,
    votes: keys.flatMap(({ address }, i) => {
      const { stakedPower, status } = view(i);
      if (status !== "bonded") return [];
      return [{ validator: { address, power: toVotingPower(stakedPower) }, flag: absent.includes(i) ? ("absent" as const) : ("commit" as const) }];
    }),
  });
  const next = (absent: readonly number[] = [], txs: readonly Uint8Array[] = []): FinalizeBlockResponse => chain.nextBlock(txs, commit(absent));
  const blocks = (count: number, absent: readonly number[] = []): FinalizeBlockResponse[] => Array.from({ length: count }, () => next(absent));
  const send = (signer: typeof alice, message: ReturnType<typeof anyOf>): void => {
    const [result] = next([], [chain.sign(signer, [message])]).txResults;
    expect(result?.log).to.equal("");
  };
  const stake = (type: "delegate" | "undelegate", amount: string): void => {
    const value = { delegatorAddress: formatAddress(alice.address), validatorAddress: formatOperatorAddress(operators[1]!.address), amount: { denom: "uopen", amount } };
    send(alice, type === "delegate" ? anyOf(MsgDelegate, value) : anyOf(MsgUndelegate, value));
  };
  const unjail = (i: number): FinalizeBlockResponse =>
    next([], [chain.sign(operators[i]!, [anyOf(MsgUnjail, { validatorAddr: formatOperatorAddress(operators[i]!.address) })])]);
  const held = (module: string): bigint => core.token.moduleBalance(chain.read(), module);
  return { chain, core, keys, view, next, blocks, stake, unjail, held };
}

const kinds = ({ events }: FinalizeBlockResponse): string[] => events.map((e) => e.type).filter((type) => ["slash", "liveness", "jail_refused"].includes(type));

describe("a validator that is down, with real stake behind it", () => {
  it("pays with its delegators into the community pool, leaves the engine's set, and comes back with what is left", () => {
    const { chain, core, keys, view, blocks, stake, unjail, held } = start();
    stake("delegate", "10000000");
    blocks(WINDOW);
    expect(view(1).tokens).to.equal(20_000_000n);
    const [supply, pool] = [core.token.supply(chain.read()), held("community_pool")];

    const responses = blocks(WINDOW / 2 + 1, [1]);
    const last = responses.at(-1)!;
    expect(kinds(last)).to.deep.equal(["liveness", "slash"]);
    expect(last.validatorUpdates).to.deep.equal([{ publicKey: keys[1]!.publicKey, power: 0n }]);
    expect(view(1)).to.deep.include({ isJailed: true, status: "unbonding", tokens: 19_800_000n, power: 0n });
    expect(held("community_pool") - pool, "one hundredth of both stakes").to.equal(200_000n);
    expect(core.token.supply(chain.read())).to.equal(supply);
    expect(core.staking.members(chain.read()).map((m) => toHex(m.validator))).not.to.include(toHex(keys[1]!.address));

    expect(unjail(1).txResults[0]?.code, "sixty seconds are twelve blocks").to.equal(4);
    blocks(WINDOW + 2);
    const back = unjail(1);
    expect(back.txResults[0]?.log).to.equal("");
    expect(back.validatorUpdates).to.deep.equal([{ publicKey: keys[1]!.publicKey, power: 19n }]);
    blocks(WINDOW + 1);
    expect(view(1)).to.deep.include({ isJailed: false, status: "bonded" });
  });

  it("makes those pay too who withdrew when it was down already, and not those who withdrew before", () => {
    const leaving = (missedBefore: number): bigint => {
      const { chain, core, blocks, stake, view } = start();
      stake("delegate", "20000000");
      blocks(WINDOW);
      blocks(missedBefore, [1]);
      stake("undelegate", "10000000");
      for (let n = 0; n < WINDOW && !view(1).isJailed; n++) blocks(1, [1]);
      expect(view(1).status).to.equal("unbonding");
      // What the pool holds beside the validator's own, which came there when it left the set.
      return core.token.moduleBalance(chain.read(), "not_bonded_tokens_pool") - view(1).tokens;
    };
    expect(leaving(0), "six heights before the one it is punished for").to.equal(10_000_000n);
    expect(leaving(WINDOW / 2), "at that very height or later").to.equal(9_900_000n);
  });

  it("stays when all others are in jail, slashed all the same, and the engine keeps a set", () => {
    const { blocks, view, next } = start();
    blocks(WINDOW);
    // One after the other, since each of those who stay must have signed what they decided.
    for (const i of [1, 2, 3]) {
      for (let n = 0; n < 3 * WINDOW && !view(i).isJailed; n++) next([i]);
      expect(view(i).isJailed, `validator ${i}`).to.equal(true);
    }
    let refused: string[] = [];
    for (let n = 0; n < 3 * WINDOW && refused.length === 0; n++) refused = kinds(next([0])).filter((type) => type === "jail_refused");
    expect(refused).to.deep.equal(["jail_refused"]);
    expect(view(0)).to.deep.include({ isJailed: false, status: "bonded" });
    expect(view(0).tokens < 10_000_000n).to.equal(true);
  });
});
