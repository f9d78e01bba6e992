import { DirectSecp256k1HdWallet } from "@cosmjs/proto-signing";
import { GasPrice, SigningStargateClient } from "@cosmjs/stargate";
import { expect } from "chai";
import { parseAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import { TextProposal } from "../../proto/gen/cosmos/gov/v1beta1.js";
import { startLiveNode } from "../doors/live-node.js";
import type { LiveNode } from "../doors/live-node.js";
import { hasBrowser } from "../verify/page.js";
import { buildExplorer, serveExplorer, visitAll } from "./ping-pub.js";
import type { Visit } from "./ping-pub.js";

const SOURCE = process.env["OPENLEDGER_PING_PUB"];
const MNEMONIC = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

interface Story {
  readonly account: string;
  readonly operator: string;
  readonly txHash: string;
}

/** A transfer, a delegation and a proposal, signed with CosmJS. */
async function tell(node: LiveNode, wallet: DirectSecp256k1HdWallet): Promise<Story> {
  const [first] = await wallet.getAccounts();
  if (first === undefined) throw new Error("a wallet without an account");
  const account = first.address;
  const operator = formatOperatorAddress(parseAddress(account));
  const client = await SigningStargateClient.connectWithSigner(node.rpc, wallet, { gasPrice: GasPrice.fromString("0.001uopen") });
  const sent = await client.sendTokens(account, account, [{ denom: "uopen", amount: "1250000" }], "auto");
  expect(sent.code, JSON.stringify(sent.events)).to.equal(0);
  const delegated = await client.delegateTokens(account, operator, { denom: "uopen", amount: "7000000" }, "auto");
  expect(delegated.code, JSON.stringify(delegated.events)).to.equal(0);
  const content = { typeUrl: "/cosmos.gov.v1beta1.TextProposal", value: TextProposal.encode({ title: "A longer window", description: "For disputes." }) };
  const proposal = { content, initialDeposit: [{ denom: "uopen", amount: "10000000" }], proposer: account };
  const submitted = await client.signAndBroadcast(account, [{ typeUrl: "/cosmos.gov.v1beta1.MsgSubmitProposal", value: proposal }], "auto");
  expect(submitted.code, JSON.stringify(submitted.events)).to.equal(0);
  client.disconnect();
  return { account, operator, txHash: sent.transactionHash };
}

function visitsOf({ account, operator, txHash }: Story): Visit[] {
  return [
    { name: "dashboard", path: "", shows: ["1,000,000,000", "Bonded Tokens", "A longer window"] },
    { name: "blocks", path: "/block", shows: ["alone"] },
    { name: "block", path: "/block/2", shows: ["open-doors-1", "Header"] },
    { name: "transaction", path: `/tx/${txHash}`, shows: ["Success", "1.25 OPEN"] },
    { name: "validators", path: "/staking", shows: ["alone", "10%"] },
    { name: "validator", path: `/staking/${operator}`, shows: ["alone", "Commission"] },
    { name: "uptime", path: "/uptime", shows: ["alone"] },
    { name: "proposals", path: "/gov", shows: ["A longer window"] },
    { name: "proposal", path: "/gov/1", shows: ["A longer window", "For disputes."] },
    { name: "parameters", path: "/params", shows: ["Unbonding Time", "Quorum"] },
    { name: "supply", path: "/supply", shows: ["1000000000000000", "uopen"] },
    { name: "account", path: `/account/${account}`, shows: ["OPEN", "alone", "BaseAccount"] },
  ];
}

describe("ping.pub, unmodified", function () {
  this.timeout(900_000);

  it("shows blocks, transactions, validators, proposals and accounts of this chain, and no call of its pages fails", async function () {
    if (SOURCE === undefined) process.stdout.write("      skipped: OPENLEDGER_PING_PUB names no checkout of ping-pub/explorer\n");
    if (SOURCE === undefined || !hasBrowser()) return this.skip();
    const wallet = await DirectSecp256k1HdWallet.fromMnemonic(MNEMONIC, { prefix: "open" });
    const [account] = await wallet.getAccounts();
    const address = account?.address ?? "";
    const node = await startLiveNode({ accounts: [{ address, uopen: 900_000_000n }], operator: address });
    const options = { source: SOURCE, rest: node.api, rpc: node.rpc, out: process.env["OPENLEDGER_SCREENSHOTS"] ?? "/tmp/openledger-ping-pub" };
    const site = await serveExplorer(await buildExplorer(options));
    try {
      const reports = await visitAll(site.origin, visitsOf(await tell(node, wallet)), options);
      const trouble = reports.flatMap(({ name, missing, failed }) => [...missing.map((text) => `${name} lacks "${text}"`), ...failed.map((call) => `${name}: ${call}`)]);
      expect(trouble).to.deep.equal([]);
    } finally {
      site.stop();
      await node.stop();
    }
  });
});
