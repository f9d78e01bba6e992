import { expect } from "chai";
import { formatOptions } from "./config/options.js";
import { parseSettings } from "./config/settings.js";
import { p2pOptions } from "./p2p-options.js";
import type { P2pOptions } from "./p2p/index.js";
import { testIdentity, testPeerId } from "./p2p/testkit/hosts.js";

function optionsOf(values: Readonly<Record<string, string | boolean | number | readonly string[]>>): P2pOptions {
  const settings = parseSettings({ config: formatOptions("config", values), app: formatOptions("app") });
  return p2pOptions({ home: { addressBook: "/home/x/config/addrbook.json" }, settings, identity: testIdentity(1), chainId: "open-1" });
}

describe("the peer-to-peer settings", () => {
  it("of a new home let it ask round, keep what it hears, and take anybody", () => {
    const options = optionsOf({});
    expect(options.allow).to.equal(undefined);
    expect(options.limits).to.deep.equal({ maxInboundPeers: 40, maxOutboundPeers: 10 });
    expect(options.discovery).to.deep.equal({ seeds: [], isSeed: false, isStrict: true, bookPath: "/home/x/config/addrbook.json" });
    expect(options.listen).to.deep.equal(["/ip4/127.0.0.1/tcp/26656"]);
  });

  it("of a validator behind sentries let it do neither", () => {
    const options = optionsOf({ "p2p.pex": false, "p2p.allowed_peer_ids": [testPeerId(2)] });
    expect(options.discovery).to.equal(undefined);
    expect(options.allow).to.deep.equal([testPeerId(2)]);
  });

  it("of a sentry name whom it hides and always takes", () => {
    const ids = [testPeerId(3)];
    const options = optionsOf({ "p2p.private_peer_ids": ids, "p2p.unconditional_peer_ids": ids, "p2p.external_address": "tcp://8.8.4.4:26656" });
    expect([options.privatePeerIds, options.unconditionalPeerIds]).to.deep.equal([ids, ids]);
    expect(options.discovery?.externalAddress).to.equal(`/ip4/8.8.4.4/tcp/26656/p2p/${testPeerId(1)}`);
  });

  it("take IPv6", () => {
    expect(optionsOf({ "p2p.laddr": "tcp://[::1]:26656" }).listen).to.deep.equal(["/ip6/::1/tcp/26656"]);
  });
});
