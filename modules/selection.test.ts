import { expect } from "chai";
import fc from "fast-check";
import { MsgSend } from "../proto/gen/cosmos/bank/v1beta1.js";
import { BasicAllowance, MsgGrantAllowance } from "../proto/gen/cosmos/feegrant/v1beta1.js";
import { silentSource } from "../chain/attest/index.js";
import { toTimestamp } from "../chain/codec/index.js";
import { toHeight, toUopen } from "../chain/primitives/index.js";
import type { TimeNs } from "../chain/primitives/index.js";
import { TEST_CHAIN_ID, TEST_GENESIS_TIME, createTestChain } from "../chain/testkit/chain.js";
import type { TestChain } from "../chain/testkit/chain.js";
import { anyOf, createSigner, signTogether } from "../chain/testkit/signer.js";
import type { Signer } from "../chain/testkit/signer.js";
import { createModules } from "./app.js";
import { buildGenesis } from "./genesis.js";

const SECOND = 1_000_000_000n;
const PEOPLE = ["ann", "ben", "cid"].map((name) => createSigner(name));
/** Enough for two fees of 6. */
const FUNDS = 12n;

interface Counted {
  readonly chain: TestChain;
  /** Fees taken so far, anywhere. */
  readonly fees: () => number;
}

/** Ann pays for Ben, and Ben for Cid, as far as they can. */
function start(): Counted {
  const { modules, accounts, fees, attest, feeGrants } = createModules(silentSource);
  const funded = PEOPLE.map(({ address }) => ({ address, amount: toUopen(FUNDS), from: "community" as const }));
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators: [], accounts: funded });
  let taken = 0;
  const counted: typeof fees = {
    ...fees,
    collect(ctx, payer, fee) {
      taken++;
      fees.collect(ctx, payer, fee);
    },
  };
  const chain = createTestChain({ modules, accounts, fees: counted, feeGrants, attest, appState, checkInvariants: false });
  chain.nextBlock();
  for (const [granter, grantee] of [PEOPLE.slice(0, 2), PEOPLE.slice(1, 3)] as [Signer, Signer][]) {
    const allowance = anyOf(BasicAllowance, { spendLimit: [], expiration: undefined });
    expect(chain.deliver(granter, [anyOf(MsgGrantAllowance, { granter: granter.text, grantee: grantee.text, allowance })]).code).to.equal(0);
  }
  return { chain, fees: () => taken };
}

const drawn = fc.record({
  sender: fc.nat({ max: 2 }),
  /** Beyond the account's. */
  ahead: fc.bigInt({ min: 0n, max: 3n }),
  fee: fc.constantFrom<bigint[]>(0n, 5n, 6n, 12n),
  kind: fc.constantFrom("plain", "plain", "plain", "payer", "granter", "late", "soon", "low"),
  isChecked: fc.boolean(),
  isRechecked: fc.boolean(),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

/** Block times are five seconds apart: "soon" ends between the state and the block that is proposed. */
function bodyOf(chain: TestChain, kind: Drawn["kind"]): object {
  if (kind === "late") return { timeoutTimestamp: toTimestamp((chain.time() + 60n * SECOND) as TimeNs) };
  if (kind === "soon") return { timeoutTimestamp: toTimestamp((chain.time() + 2n * SECOND) as TimeNs) };
  return kind === "low" ? { timeoutHeight: chain.height() } : {};
}

function made(chain: TestChain, accounts: (signer: Signer) => { number: bigint; sequence: bigint }, { sender, ahead, fee, kind }: Drawn): Uint8Array {
  const [from, other] = [PEOPLE[sender], PEOPLE[(sender + 2) % 3]] as [Signer, Signer];
  const signing = (signer: Signer, more: bigint) => ({ signer, accountNumber: accounts(signer).number, sequence: accounts(signer).sequence + more });
  const signings = kind === "payer" ? [signing(from, ahead), signing(other, ahead)] : [signing(from, ahead)];
  const send = anyOf(MsgSend, { fromAddress: from.text, toAddress: other.text, amount: [{ denom: "uopen", amount: "1" }] });
  const paid = kind === "payer" ? { payer: other.text } : kind === "granter" ? { granter: other.text } : {};
  return signTogether(signings, [send], { chainId: TEST_CHAIN_ID, gas: 200_000n, fee, body: bodyOf(chain, kind), ...paid });
}

function propose(chain: TestChain, txs: readonly Uint8Array[]): readonly Uint8Array[] {
  const facts = { misbehavior: [], nextValidatorsHash: new Uint8Array(32), proposer: new Uint8Array(20) };
  const at = { height: toHeight(chain.height() + 1n), time: (chain.time() + 5n * SECOND) as TimeNs };
  return chain.app.prepareProposal({ ...facts, ...at, maxTxBytes: 1_000_000, txs, localLastCommit: { round: 0, votes: [] } }).txs;
}

/** Forgets what CheckTx has passed. */
const forget = (chain: TestChain) => chain.app.checkTx({ tx: Uint8Array.of(1), kind: "new", isFirst: true });

describe("a proposal", () => {
  const { chain, fees } = start();
  const accounts = createModules(silentSource).accounts;
  const account = (signer: Signer) => accounts.find(chain.read(), signer.address) ?? { number: 0n, sequence: 0n };

  it("holds the same whether CheckTx has passed all of it, some or none, in whatever order it comes", () => {
    let [kept, dropped] = [0, 0];
    fc.assert(
      fc.property(fc.array(drawn, { maxLength: 9 }), fc.infiniteStream(fc.nat()), (all, numbers) => {
        const txs = all.map((one) => made(chain, account, one));
        forget(chain);
        for (const [i, { isChecked, isRechecked }] of all.entries())
          if (isChecked) chain.app.checkTx({ tx: txs[i] ?? new Uint8Array(), kind: isRechecked ? "recheck" : "new" });
        const order = txs.toSorted(() => ((numbers.next().value as number) % 3) - 1);
        const proposed = propose(chain, order);
        forget(chain);
        expect(proposed).to.deep.equal(propose(chain, order));
        kept += proposed.length;
        dropped += order.length - proposed.length;
      }),
      { numRuns: 200 },
    );
    expect(Math.min(kept, dropped)).to.be.greaterThan(50);
  });

  it("takes no fee for what CheckTx has passed on the same state, and every fee on another", () => {
    const txs = [0n, 1n, 2n].flatMap((ahead) =>
      [0, 1].map((sender) => made(chain, account, { sender, ahead, fee: 1n, kind: "plain", isChecked: true, isRechecked: false })),
    );
    const taken = (): number => {
      const before = fees();
      expect(propose(chain, txs)).to.deep.equal(txs);
      return fees() - before;
    };
    forget(chain);
    expect(taken()).to.equal(6);
    for (const tx of txs) expect(chain.app.checkTx({ tx, kind: "new" }).code).to.equal(0);
    expect(taken()).to.equal(0);
    chain.nextBlock();
    expect(taken()).to.equal(6);
  });

  it("runs what it took on trust once something that was not checked comes from the same account", () => {
    const [first, second, third] = [0n, 1n, 2n].map((ahead) => made(chain, account, { sender: 2, ahead, fee: 1n, kind: "plain", isChecked: true, isRechecked: false })) as [Uint8Array, Uint8Array, Uint8Array];
    forget(chain);
    for (const tx of [first, second]) expect(chain.app.checkTx({ tx, kind: "new" }).code).to.equal(0);
    const before = fees();
    expect(propose(chain, [first, second, third])).to.deep.equal([first, second, third]);
    expect(fees() - before).to.equal(3);
    expect(propose(chain, [second, first])).to.deep.equal([first]);
  });

  /** Ann's and Ben's accounts hold 12 each, and Ann pays for Ben: each row is what is checked, what is proposed then, and what may stay of it. */
  const ann = (ahead: bigint, fee: bigint) => ({ sender: 0, ahead, fee, kind: "plain" as const });
  const rivals: readonly (readonly [string, Record<string, Omit<Drawn, "isChecked" | "isRechecked">>, string, string, string])[] = [
    ["one that waits behind another's rival", { a: ann(0n, 6n), b: ann(1n, 5n), u: ann(0n, 12n) }, "ab", "ub", "u"],
    ["one whose place another took", { a: ann(0n, 1n), b: ann(1n, 1n), u: ann(1n, 2n) }, "ab", "aub", "au"],
    ["the granter's own, once the grant is spent", { g: { ...ann(0n, 6n), sender: 1, kind: "granter" }, u: ann(0n, 12n) }, "g", "gu", "g"],
    ["the granted one, once the granter has spent", { g: { ...ann(0n, 6n), sender: 1, kind: "granter" }, u: ann(0n, 12n) }, "g", "ug", "u"],
  ];
  for (const [what, txs, checked, asked, expected] of rivals)
    it(`does not hold ${what}`, () => {
      const named = new Map(Object.entries(txs).map(([name, tx]) => [name, made(chain, account, { ...tx, isChecked: true, isRechecked: false })]));
      const of = (names: string) => Array.from(names, (name) => named.get(name) ?? new Uint8Array());
      forget(chain);
      for (const tx of of(checked)) expect(chain.app.checkTx({ tx, kind: "new" }).code).to.equal(0);
      expect(propose(chain, of(asked))).to.deep.equal(of(expected));
    });
});
