import { expect } from "chai";
import { DEFAULT_CONSENSUS_PARAMS } from "../../chain/block/index.js";
import { formatAddress } from "../../chain/codec/index.js";
import { TEST_GENESIS_TIME, createTestChain } from "../../chain/testkit/chain.js";
import { anyOf, createSigner } from "../../chain/testkit/signer.js";
import { MsgSend } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { createCoreModules } from "../app.js";
import { buildGenesis } from "../genesis.js";

const alice = createSigner("alice");
const validator = { operator: alice.address, publicKey: new Uint8Array(32).fill(9), power: 10n, moniker: "one" };

function chainWith(maxGas: bigint) {
  const { modules, auth, token } = createCoreModules();
  const accounts = [{ address: alice.address, amount: 1_000_000n as never, from: "community" as const }];
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators: [validator], accounts });
  const params = { ...DEFAULT_CONSENSUS_PARAMS, block: { maxBytes: 22_020_096n, maxGas } };
  const chain = createTestChain({ modules, accounts: auth, fees: token, appState, params });
  chain.nextBlock();
  const address = formatAddress(alice.address);
  const send = anyOf(MsgSend, { fromAddress: address, toAddress: address, amount: [{ denom: "uopen", amount: "1" }] });
  const check = (gas: bigint) => chain.app.checkTx({ tx: chain.sign(alice, [send], { gas }), kind: "new" });
  const deliver = (gas: bigint) => chain.deliver(alice, [send], { gas });
  return { check, deliver };
}

describe("a transaction that asks for more gas than a block has", () => {
  it("is refused on arrival and on delivery, in the SDK's words", () => {
    const { check, deliver } = chainWith(1_000_000n);
    for (const { code, codespace, log } of [check(1_000_001n), deliver(1_000_001n)]) {
      expect([codespace, code, log]).to.deep.equal([
        "sdk",
        41,
        "tx gas limit 1000001 exceeds block max gas 1000000: invalid gas limit",
      ]);
    }
    expect(check(1_000_000n).code).to.equal(0);
    expect(deliver(1_000_000n).code).to.equal(0);
  });

  it("does not exist where blocks have no limit", () => {
    expect(chainWith(-1n).check(10n ** 15n).code).to.equal(0);
  });
});
