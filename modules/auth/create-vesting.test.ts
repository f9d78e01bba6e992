import { expect } from "chai";
import { QueryAccountRequest, QueryAccountResponse } from "../../proto/gen/cosmos/auth/v1beta1.js";
import { MsgSend } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { MsgDelegate, MsgUndelegate } from "../../proto/gen/cosmos/staking/v1beta1.js";
import {
  ContinuousVestingAccount,
  MsgCreatePeriodicVestingAccount,
  MsgCreatePermanentLockedAccount,
  MsgCreateVestingAccount,
} from "../../proto/gen/cosmos/vesting/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import type { ExecTxResult } from "../../chain/abci/index.js";
import { formatAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { moduleTypes } from "../../chain/kernel/index.js";
import { toHeight, toUopen } from "../../chain/primitives/index.js";
import { TEST_CHAIN_ID, TEST_GENESIS_TIME, createTestChain } from "../../chain/testkit/chain.js";
import type { TestChain } from "../../chain/testkit/chain.js";
import { anyOf, createSigner, signTransaction } from "../../chain/testkit/signer.js";
import { createCoreModules } from "../app.js";
import { buildGenesis } from "../genesis.js";

const alice = createSigner("alice");
const bob = createSigner("bob");
const operator = createSigner("operator");
const GENESIS = TEST_GENESIS_TIME / 1_000_000_000n;

const coins = (amount: bigint) => [{ denom: "uopen", amount: amount.toString() }];

interface Started {
  readonly chain: TestChain;
  readonly core: ReturnType<typeof createCoreModules>;
}

function start(): Started {
  const core = createCoreModules();
  const accounts = [{ address: alice.address, amount: toUopen(100_000_000n), from: "community" as const }];
  const validator = { operator: operator.address, publicKey: new Uint8Array(32).fill(9), power: 10n, moniker: "one" };
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators: [validator], accounts });
  return { chain: createTestChain({ modules: core.modules, accounts: core.auth, fees: core.token, appState }), core };
}

const linear = (amount: bigint, seconds: bigint, delayed = false): Any =>
  anyOf(MsgCreateVestingAccount, { fromAddress: alice.text, toAddress: bob.text, amount: coins(amount), endTime: GENESIS + seconds, delayed });
const permanent = (amount: bigint): Any =>
  anyOf(MsgCreatePermanentLockedAccount, { fromAddress: alice.text, toAddress: bob.text, amount: coins(amount) });
const periodic = (startTime: bigint, periods: readonly (readonly [bigint, bigint])[]): Any =>
  anyOf(MsgCreatePeriodicVestingAccount, {
    fromAddress: alice.text,
    toAddress: bob.text,
    startTime,
    vestingPeriods: periods.map(([length, amount]) => ({ length, amount: coins(amount) })),
  });
const send = (amount: bigint): Any => anyOf(MsgSend, { fromAddress: bob.text, toAddress: alice.text, amount: coins(amount) });
const stake = { delegatorAddress: bob.text, validatorAddress: formatOperatorAddress(operator.address) };
const delegate = (amount: bigint): Any => anyOf(MsgDelegate, { ...stake, amount: { denom: "uopen", amount: amount.toString() } });
const undelegate = (amount: bigint): Any => anyOf(MsgUndelegate, { ...stake, amount: { denom: "uopen", amount: amount.toString() } });

function outcome(result: ExecTxResult | undefined): string {
  return result?.code === 0 ? "ok" : `${result?.codespace ?? ""}/${result?.code ?? ""} ${result?.log ?? ""}`;
}

function spendable({ chain, core }: Started): bigint {
  return core.token.spendable(chain.read(), bob.address, chain.time());
}

/** Runs an empty block this many seconds after genesis. */
function at({ chain }: Started, seconds: bigint): void {
  chain.wait(GENESIS + seconds - chain.time() / 1_000_000_000n - 5n);
  chain.nextBlock();
}

describe("an account that a message makes with a schedule", () => {
  it("releases linearly from the block that made it", () => {
    const started = start();
    expect(outcome(started.chain.deliver(alice, [linear(1_000n, 105n)]))).to.equal("ok");
    expect(spendable(started)).to.equal(0n);
    at(started, 55n);
    expect(spendable(started)).to.equal(500n);
    expect(outcome(started.chain.deliver(bob, [send(551n)])), "550 are free").to.match(/^sdk\/5 /);
    expect(outcome(started.chain.deliver(bob, [send(550n)]))).to.equal("ok");
    at(started, 105n);
    expect(spendable(started)).to.equal(450n);
  });

  it("releases all at its end, by periods, or never", () => {
    const delayed = start();
    delayed.chain.deliver(alice, [linear(1_000n, 100n, true)]);
    at(delayed, 99n);
    expect(spendable(delayed)).to.equal(0n);
    at(delayed, 104n);
    expect(spendable(delayed)).to.equal(1_000n);

    const steps = start();
    steps.chain.deliver(alice, [periodic(GENESIS + 20n, [[30n, 100n], [50n, 900n]])]);
    for (const [seconds, free] of [[45n, 0n], [50n, 100n], [95n, 100n], [100n, 1_000n]] as const) {
      at(steps, seconds);
      expect(spendable(steps), `${seconds} s`).to.equal(free);
    }

    const never = start();
    never.chain.deliver(alice, [permanent(1_000n)]);
    at(never, 10n ** 9n);
    expect(spendable(never)).to.equal(0n);
  });

  it("can sign, and is queried as the SDK's account", () => {
    const { chain, core } = start();
    chain.deliver(alice, [linear(50_000n, 10_000n)]);
    const path = "/cosmos.auth.v1beta1.Query/Account";
    const data = QueryAccountRequest.encode({ address: bob.text });
    const { value } = chain.app.query({ path, data, height: toHeight(0n), prove: false });
    const { account } = QueryAccountResponse.decode(value);
    expect(account?.typeUrl).to.equal(`/${ContinuousVestingAccount.typeName}`);
    const wire = ContinuousVestingAccount.decode(account?.value ?? new Uint8Array(0));
    expect([wire.startTime, wire.baseVestingAccount?.endTime]).to.deep.equal([GENESIS + 5n, GENESIS + 10_000n]);
    expect(outcome(chain.deliver(bob, [delegate(1_000n)]))).to.equal("ok");
    expect(core.auth.find(chain.read(), bob.address)?.sequence).to.equal(1n);
  });

  it("is refused by code for each way it can be wrong", () => {
    const { chain } = start();
    const to = (toAddress: string): Any =>
      anyOf(MsgCreatePermanentLockedAccount, { fromAddress: alice.text, toAddress, amount: coins(1n) });
    const cases: readonly (readonly [string, Any, RegExp])[] = [
      ["no end", linear(1n, -GENESIS), /^sdk\/18 invalid end time/],
      ["no coins", linear(0n, 9n), /^sdk\/10 /],
      ["an account that exists", to(alice.text), /^sdk\/18 .*account open1\w+ already exists/],
      ["a module", to(formatAddress(moduleAddress("fee_collector"))), /^sdk\/4 .*is not allowed to receive funds/],
      ["more than there is", permanent(100_000_001n), /^sdk\/5 /],
      ["no start", periodic(0n, [[1n, 1n]]), /^sdk\/18 invalid start time of 0, length must be greater than 0/],
      ["no periods", periodic(1n, []), /^sdk\/18 /],
      ["an empty period", periodic(1n, [[1n, 1n], [0n, 1n]]), /^sdk\/18 invalid period length of 0 in period 1, length must be greater than 0/],
      ["a period without coins", periodic(1n, [[1n, 0n]]), /^sdk\/10 /],
      ["too many periods", periodic(1n, Array.from({ length: 257 }, () => [1n, 1n] as const)), /^sdk\/18 /],
      ["an end beyond time", periodic(1n, [[(1n << 63n) - 1n, 1n]]), /^sdk\/18 /],
    ];
    for (const [what, message, expected] of cases) expect(outcome(chain.deliver(alice, [message])), what).to.match(expected);
    expect(outcome(chain.deliver(alice, [permanent(1n)])), "nothing of these stayed").to.equal("ok");
  });

  it("may be asked for in amino JSON", () => {
    for (const message of [linear(5n, 60n, true), permanent(5n), periodic(GENESIS, [[9n, 5n]])]) {
      const { chain, core } = start();
      const { number: accountNumber = 0n, sequence = 0n } = core.auth.find(chain.read(), alice.address) ?? {};
      const options = { chainId: TEST_CHAIN_ID, accountNumber, sequence, gas: 500_000n, fee: 0n, amino: moduleTypes(core.modules) };
      expect(outcome(chain.nextBlock([signTransaction(alice, [message], options)]).txResults[0])).to.equal("ok");
    }
  });
});

describe("coins that are locked", () => {
  it("may be staked, and are locked again when they come back", () => {
    const started = start();
    const { chain, core } = started;
    chain.deliver(alice, [linear(5_000_000n, 1_000_000_000n, true)]);
    chain.deliver(alice, [anyOf(MsgSend, { fromAddress: alice.text, toAddress: bob.text, amount: coins(1_000_000n) })]);
    expect(spendable(started)).to.equal(1_000_000n);
    expect(outcome(chain.deliver(bob, [delegate(6_000_001n)]))).to.match(/^sdk\/5 .*failed to delegate/);
    expect(outcome(chain.deliver(bob, [delegate(2_000_000n)]))).to.equal("ok");
    expect(spendable(started), "locked coins were staked first").to.equal(1_000_000n);
    expect(outcome(chain.deliver(bob, [delegate(3_500_000n)]))).to.equal("ok");
    expect(spendable(started)).to.equal(500_000n);
    const account = core.auth.account(chain.read(), bob.address);
    expect(account?.kind === "vesting" && account.delegated).to.deep.equal({ free: 500_000n, vesting: 5_000_000n });
    expect(outcome(chain.deliver(bob, [undelegate(1_500_000n)]))).to.equal("ok");
    chain.wait(30n * 86_400n);
    chain.nextBlock();
    expect(core.token.balance(chain.read(), bob.address)).to.equal(2_000_000n);
    expect(spendable(started), "the free half million came first").to.equal(1_000_000n);
  });

  it("keep what is tracked through export and import", () => {
    const { chain } = start();
    chain.deliver(alice, [permanent(9_000n)]);
    chain.deliver(bob, [delegate(4_000n)]);
    const appState = chain.app.exportGenesis();
    const core = createCoreModules();
    const copy = createTestChain({ modules: core.modules, accounts: core.auth, fees: core.token, appState });
    expect(copy.app.exportGenesis()["auth"]).to.deep.equal(appState["auth"]);
    const account = core.auth.account(copy.read(), bob.address);
    expect(account?.kind === "vesting" && account.delegated).to.deep.equal({ free: 0n, vesting: 4_000n });
  });
});
