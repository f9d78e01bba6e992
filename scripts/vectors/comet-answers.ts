/**
 * Records what a CometBFT says of a chain of ours, for node/comet/mirror.test.ts: OPENLEDGER_COMETBFT=... npx tsx scripts/vectors/comet-answers.ts
 * Called by whoever changes what the mirror asks for.
 */
import { writeFileSync } from "node:fs";
import { DirectSecp256k1Wallet } from "@cosmjs/proto-signing";
import { SigningStargateClient } from "@cosmjs/stargate";
import { cometHomeOf } from "../../node/comet/paths.js";
import { createCometRpc } from "../../node/comet/rpc-client.js";
import { createCometNet } from "../../node/comet/testkit/comet-net.js";
import { COIN_TYPE, deriveSecret, hdPathOf } from "../../node/keyring/index.js";

const FILE = new URL("../../node/comet/vectors/answers.json", import.meta.url);
const HEIGHTS = 6;

const net = await createCometNet({ validators: 1 });
try {
  const [node] = net.nodes;
  if (node === undefined) throw new TypeError("one node");
  node.start();
  await node.reached(2n);
  const secret = await deriveSecret(node.files.mnemonic, hdPathOf({ account: 0, index: 0, coinType: COIN_TYPE }));
  const wallet = await DirectSecp256k1Wallet.fromKey(secret, "open");
  const [account] = await wallet.getAccounts();
  const client = await SigningStargateClient.connectWithSigner(node.rpc, wallet, { broadcastPollIntervalMs: 100 });
  const address = account?.address ?? "";
  await client.sendTokens(address, address, [{ denom: "uopen", amount: "7" }], { amount: [{ denom: "uopen", amount: "5000" }], gas: "200000" });
  client.disconnect();
  await node.reached(BigInt(HEIGHTS + 2));
  const rpc = createCometRpc({ kind: "unix", path: cometHomeOf(node.files.home).rpcSocket });
  const at = async (method: string, height: number): Promise<unknown> => rpc.call(method, { height: height.toString() });
  const heights = Array.from({ length: HEIGHTS }, (_, i) => i + 1);
  const of = async (method: string): Promise<unknown[]> => Promise.all(heights.map((height) => at(method, height)));
  const answers = {
    status: await rpc.call("status"),
    dump: await rpc.call("dump_consensus_state"),
    blocks: await of("block"),
    commits: await of("commit"),
    results: await of("block_results"),
    validators: await of("validators"),
    params: await of("consensus_params"),
  };
  rpc.close();
  writeFileSync(FILE, `${JSON.stringify(answers)}\n`);
} finally {
  await net.stop();
}
