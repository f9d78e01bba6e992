import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { setTomlValue } from "../config/edit-toml.js";
import { cometMissing, createCometNet, until } from "./testkit/comet-net.js";
import type { CometNet, CometNode } from "./testkit/comet-net.js";

function set(path: string, values: Readonly<Record<string, string>>): void {
  let text = readFileSync(path, "utf8");
  for (const [place, value] of Object.entries(values)) {
    const [section = "", name = ""] = place.split("/");
    text = setTomlValue(text, { section, name }, value);
  }
  writeFileSync(path, text);
}

describe("a node that joins a CometBFT network by state sync", function () {
  this.timeout(300_000);
  let net: CometNet;

  before(async function () {
    const missing = cometMissing();
    if (missing !== undefined) {
      process.stdout.write(`${missing}\n`);
      this.skip();
    }
    net = await createCometNet({ validators: 4, commitTimeoutMs: 500 });
    for (const { files } of net.nodes) set(files.home.app, { "state-sync/snapshot-interval": "5", "state-sync/snapshot-keep-recent": "3" });
  });
  after(async () => {
    await (net as CometNet | undefined)?.stop();
  });

  it("takes the application's snapshot from its peers, verified by headers of our RPC, and serves what follows", async () => {
    const [first, second, third, late] = net.nodes as [CometNode, CometNode, CometNode, CometNode];
    for (const node of [first, second, third]) node.start();
    await first.reached(12n);
    const { signed_header: header } = (await first.call("commit", { height: "2" })) as unknown as { signed_header: { commit: { block_id: { hash: string } } } };
    set(late.files.home.config, {
      "statesync/enable": "true",
      "statesync/rpc_servers": JSON.stringify([first.rpc, second.rpc]),
      "statesync/trust_height": "2",
      "statesync/trust_hash": JSON.stringify(header.commit.block_id.hash.toLowerCase()),
    });
    late.start();
    const height = await until("blocks of the late node", async () => ((await late.height()) > 6n ? late.height() : undefined), 150_000);
    await late.reached(height + 2n);
    const { sync_info: info } = (await late.call("status")) as unknown as { sync_info: { earliest_block_height: string } };
    expect(BigInt(info.earliest_block_height) > 5n, info.earliest_block_height).to.equal(true);
    const at = { height: (height + 1n).toString() };
    expect(JSON.stringify(await late.call("block", at))).to.equal(JSON.stringify(await first.call("block", at)));
    expect(JSON.stringify(await late.call("validators", at))).to.equal(JSON.stringify(await first.call("validators", at)));
  });
});
