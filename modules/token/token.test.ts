import { expect } from "chai";
import fc from "fast-check";
import { MsgMultiSend, MsgSend } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { formatAddress } from "../../chain/codec/index.js";
import { Reject, toUopen } from "../../chain/primitives/index.js";
import { createTestChain, TEST_GENESIS_TIME } from "../../chain/testkit/chain.js";
import type { TestChain } from "../../chain/testkit/chain.js";
import { anyOf, createSigner } from "../../chain/testkit/signer.js";
import { createCoreModules } from "../app.js";
import { bucketAddress, buildGenesis } from "../genesis.js";
import { parseMultiSend, parseSend } from "./messages.js";
import type { TokenService } from "./service.js";

const people = ["a", "b", "c"].map(createSigner);
const START = 1_000_000n;

function start(sendEnabled = true): { chain: TestChain; token: TokenService } {
  const core = createCoreModules();
  const accounts = people.map(({ address }) => ({
    address,
    amount: toUopen(START),
    from: "liquidity" as const,
  }));
  const genesis = buildGenesis({ time: TEST_GENESIS_TIME, validators: [], accounts });
  const bank = { ...(genesis["bank"] as object), params: { default_send_enabled: sendEnabled } };
  const appState = { ...genesis, bank };
  return {
    chain: createTestChain({ modules: core.modules, accounts: core.auth, fees: core.token, appState }),
    token: core.token,
  };
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Reject) return `${error.codespace}/${error.code}`;
    throw error;
  }
  return "none";
}

const [a, b, c] = people as [
  ReturnType<typeof createSigner>,
  ReturnType<typeof createSigner>,
  ReturnType<typeof createSigner>,
];
const coins = (amount: string, denom = "uopen") => [{ denom, amount }];

describe("token messages", () => {
  it("are refused by code for each way they can be malformed", () => {
    const send = (to: string, amount: { denom: string; amount: string }[]) =>
      codeOf(() => parseSend({ fromAddress: a.text, toAddress: to, amount }));
    expect(send(b.text, coins("1"))).to.equal("none");
    expect(send("x", coins("1"))).to.equal("sdk/7");
    for (const bad of ["0", "-1", "01", "1.5", "", "1e3"])
      expect(send(b.text, coins(bad)), bad).to.equal("sdk/10");
    expect(send(b.text, coins("1", "x"))).to.equal("sdk/10");
    expect(send(b.text, coins("1", "uatom"))).to.equal("sdk/5");
    expect(send(b.text, [])).to.equal("sdk/10");
    expect(send(b.text, [...coins("1"), ...coins("2")])).to.equal("sdk/10");
    expect(send(b.text, coins("9".repeat(39)))).to.equal("sdk/10");
  });

  it("to many receivers must balance and have one payer", () => {
    const input = { address: a.text, coins: coins("3") };
    const out = (amount: string) => ({ address: b.text, coins: coins(amount) });
    expect(codeOf(() => parseMultiSend({ inputs: [input], outputs: [out("1"), out("2")] }))).to.equal("none");
    expect(codeOf(() => parseMultiSend({ inputs: [input], outputs: [out("1")] }))).to.equal("bank/4");
    expect(codeOf(() => parseMultiSend({ inputs: [], outputs: [out("3")] }))).to.equal("bank/2");
    expect(codeOf(() => parseMultiSend({ inputs: [input, input], outputs: [out("6")] }))).to.equal("bank/9");
    expect(codeOf(() => parseMultiSend({ inputs: [input], outputs: [] }))).to.equal("bank/3");
  });
});

describe("token", () => {
  it("neither makes nor loses a uopen, whatever is sent to whom", () => {
    const { chain, token } = start();
    const model = new Map(people.map((p) => [p.text, START]));
    const step = fc.record({ from: fc.nat(2), to: fc.nat(2), amount: fc.bigInt({ min: 1n, max: 700_000n }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), (steps) => {
        for (const { from, to, amount } of steps) {
          const [payer, payee] = [people[from] ?? a, people[to] ?? a];
          const message = MsgSend.create({
            fromAddress: payer.text,
            toAddress: payee.text,
            amount: coins(amount.toString()),
          });
          const result = chain.deliver(payer, [anyOf(MsgSend, message)]);
          const can = (model.get(payer.text) ?? 0n) >= amount;
          expect(result.code).to.equal(can ? 0 : 5);
          if (!can) continue;
          model.set(payer.text, (model.get(payer.text) ?? 0n) - amount);
          model.set(payee.text, (model.get(payee.text) ?? 0n) + amount);
        }
        for (const p of people) expect(token.balance(chain.read(), p.address)).to.equal(model.get(p.text));
      }),
      { numRuns: 15 },
    );
    expect(token.supply(chain.read())).to.equal(1_000_000_000_000_000n);
  });

  it("pays many receivers from one", () => {
    const { chain, token } = start();
    const outputs = [b, c].map((p) => ({ address: p.text, coins: coins("10") }));
    const message = MsgMultiSend.create({ inputs: [{ address: a.text, coins: coins("20") }], outputs });
    expect(chain.deliver(a, [anyOf(MsgMultiSend, message)]).code).to.equal(0);
    expect([a, b, c].map((p) => token.balance(chain.read(), p.address))).to.deep.equal([
      START - 20n,
      START + 10n,
      START + 10n,
    ]);
  });

  it("refuses transfers while they are switched off", () => {
    const { chain } = start(false);
    const message = MsgSend.create({ fromAddress: a.text, toAddress: b.text, amount: coins("1") });
    const result = chain.deliver(a, [anyOf(MsgSend, message)]);
    expect([result.codespace, result.code]).to.deep.equal(["bank", 5]);
  });

  it("cannot spend what a release schedule holds back", () => {
    const { chain, token } = start();
    const owner = bucketAddress("team");
    expect(token.balance(chain.read(), owner)).to.equal(150_000_000_000_000n);
    expect(token.spendable(chain.read(), owner, chain.read().block.time)).to.equal(0n);
    expect(formatAddress(owner)).to.match(/^open1/);
  });
});
