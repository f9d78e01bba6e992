import { expect } from "chai";
import { MsgSend } from "../proto/gen/cosmos/bank/v1beta1.js";
import { TxRaw } from "../proto/gen/cosmos/tx/v1beta1.js";
import type { Any } from "../proto/gen/google/protobuf.js";
import { moduleTypes, readDirectSignature } from "../chain/kernel/index.js";
import { toHex, toUopen } from "../chain/primitives/index.js";
import { TEST_CHAIN_ID, TEST_GENESIS_TIME, createTestChain } from "../chain/testkit/chain.js";
import type { TestChain } from "../chain/testkit/chain.js";
import { anyOf, createSigner, signTogether, signTransaction } from "../chain/testkit/signer.js";
import { createCoreModules } from "./app.js";
import { buildGenesis } from "./genesis.js";

/** Signatures that another thread of the node has checked before the application does. */

const core = createCoreModules();
const [alice, bob] = [createSigner("alice"), createSigner("bob")];

interface World {
  readonly chain: TestChain;
  /** Public key and account number of each signature that CheckTx checked itself. */
  readonly told: string[];
  /** Of alice. */
  readonly number: bigint;
}

function start(): World {
  const accounts = [alice, bob].map(({ address }) => ({ address, amount: toUopen(10_000_000n), from: "community" as const }));
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators: [], accounts });
  const told: string[] = [];
  const chain = createTestChain({
    modules: core.modules,
    accounts: core.auth,
    fees: core.token,
    appState,
    onVerified: ({ publicKey, accountNumber }) => void told.push(`${toHex(publicKey)} ${accountNumber}`),
  });
  chain.nextBlock();
  return { chain, told, number: core.auth.find(chain.read(), alice.address)?.number ?? -1n };
}

const send = (from = alice.text): Any => anyOf(MsgSend, { fromAddress: from, toAddress: bob.text, amount: [{ denom: "uopen", amount: "7" }] });
const terms = { chainId: TEST_CHAIN_ID, gas: 200_000n, fee: 5_000n };

/** One bit of the last signature is another. */
function damaged(tx: Uint8Array): Uint8Array {
  const { signatures, ...rest } = TxRaw.decode(tx);
  return TxRaw.encode({ ...rest, signatures: signatures.map((s, i) => (i === signatures.length - 1 ? s.with(40, (s[40] ?? 0) ^ 1) : s)) });
}

const code = ({ chain }: World, tx: Uint8Array, signedFor?: bigint): number =>
  chain.app.checkTx({ tx, kind: "new", ...(signedFor === undefined ? {} : { signedFor }) }).code;

describe("a signature that was checked ahead", () => {
  it("is not checked again, in CheckTx and in its block, if it was for the account's own number", () => {
    const world = start();
    const tx = damaged(world.chain.sign(alice, [send()]));
    expect([code(world, tx), code(world, tx, world.number + 1n)]).to.deep.equal([4, 4]);
    expect(code(world, tx, world.number)).to.equal(0);
    expect(world.told).to.deep.equal([]);
    expect(world.chain.nextBlock([tx]).txResults[0]?.code).to.equal(0);
  });

  it("counts for nothing on another node, which checks it in the block", () => {
    const [here, there] = [start(), start()];
    const tx = damaged(here.chain.sign(alice, [send()]));
    expect(code(here, tx, here.number)).to.equal(0);
    expect(there.chain.nextBlock([tx]).txResults[0]?.code).to.equal(4);
  });

  it("is one of SIGN_MODE_DIRECT, alone, with its key beside it: anything else is checked whatever is said", () => {
    const world = start();
    const { number } = world;
    const signing = (signer: typeof alice): { signer: typeof alice; accountNumber: bigint; sequence: bigint } =>
      ({ signer, accountNumber: core.auth.find(world.chain.read(), signer.address)?.number ?? -1n, sequence: 0n });
    const amino = signTransaction(alice, [send()], { ...terms, accountNumber: number, sequence: 0n, amino: moduleTypes(core.modules) });
    const two = signTogether([signing(alice), signing(bob)], [send(), send(bob.text)], terms);
    expect([amino, two].map((tx) => code(world, damaged(tx), number))).to.deep.equal([4, 4]);
    expect([amino, two].map((tx) => readDirectSignature(tx))).to.deep.equal([undefined, undefined]);
    expect(code(world, world.chain.sign(alice, [send()]))).to.equal(0);
    world.chain.nextBlock([world.chain.sign(alice, [send()])]);
    const keyless = signTransaction({ ...alice, publicKey: { typeUrl: "", value: new Uint8Array(0) } }, [send()], { ...terms, accountNumber: number, sequence: 1n });
    expect(code(world, damaged(keyless), number)).to.not.equal(0);
  });

  it("is read from the bytes alone, and good for one chain and one number", () => {
    const { chain, number } = start();
    const tx = chain.sign(alice, [send()]);
    const read = readDirectSignature(tx);
    expect([read?.isGood(TEST_CHAIN_ID, number), read?.isGood(TEST_CHAIN_ID, number + 1n), read?.isGood("other", number)]).to.deep.equal([true, false, false]);
    expect(readDirectSignature(damaged(tx))?.isGood(TEST_CHAIN_ID, number)).to.equal(false);
    for (let cut = 0; cut < tx.length; cut++) expect(readDirectSignature(tx.subarray(0, cut))?.isGood(TEST_CHAIN_ID, number) ?? false, `${cut} bytes`).to.equal(false);
  });

  it("is told of with its number when CheckTx checks it, so that the next can be checked ahead", () => {
    const world = start();
    const tx = world.chain.sign(alice, [send()]);
    expect([code(world, damaged(tx)), code(world, tx)]).to.deep.equal([4, 0]);
    const key = toHex(readDirectSignature(tx)?.publicKey ?? new Uint8Array(0));
    expect(world.told).to.deep.equal([`${key} ${world.number}`]);
    world.chain.nextBlock([tx]);
    expect(world.told, "nothing of blocks").to.have.lengthOf(1);
  });
});
