import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import { expect } from "chai";
import { Fault, utf8 } from "../../chain/primitives/index.js";
import { isFailure } from "../errors.js";
import { TestHosts, connected, openChannel, openTopic, testPeerId, until } from "./testkit/hosts.js";
import type { P2p } from "./types.js";

describe("the p2p host", () => {
  const hosts = new TestHosts();
  const sockets: Socket[] = [];
  afterEach(async () => {
    sockets.splice(0).forEach((socket) => socket.destroy());
    await hosts.stop();
  });

  const portOf = (host: P2p): number => Number(/\/tcp\/(\d+)\//.exec(host.addresses()[0] ?? "")?.[1]);
  /** A plain TCP connection to a host that says whatever it likes. */
  const knock = (host: P2p, says?: Uint8Array): Socket => {
    const socket = connect(portOf(host), "127.0.0.1");
    socket.on("error", () => undefined).resume();
    if (says !== undefined) socket.on("connect", () => socket.write(says));
    sockets.push(socket);
    return socket;
  };

  it("tells listeners of peers that come and go, once each, even if a listener throws", async () => {
    const hub = hosts.create(1);
    const events: string[] = [];
    hub.onPeer({
      connected: () => {
        throw new Error("a listener of ours is broken");
      },
    });
    hub.onPeer({ connected: (id) => events.push(`+${id}`), disconnected: (id) => events.push(`-${id}`) });
    await hub.start();
    const leaf = hosts.create(2, hub.addresses());
    await leaf.start();
    await connected(1, hub, leaf);
    expect(leaf.peers()[0]).to.deep.include({ id: hub.selfId, direction: "outbound", penalty: 0 });
    await leaf.stop();
    await until("it has left", () => hub.peers().length === 0);
    expect(events).to.deep.equal([`+${leaf.selfId}`, `-${leaf.selfId}`]);
  });

  it("comes back to a persistent peer that was down when it started, and after that peer restarts", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => probe.once("listening", resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const listen = [`/ip4/127.0.0.1/tcp/${port}`];
    const limits = { reconnectMinMs: 20, reconnectMaxMs: 100 };

    const leaf = hosts.create(2, [`${listen[0]}/p2p/${testPeerId(1)}`], { limits });
    await leaf.start();
    await until("a few dials have failed", () => leaf.stats().dialFailures >= 2);
    for (let restart = 0; restart < 2; restart += 1) {
      const hub = hosts.create(1, [], { listen });
      await hub.start();
      await connected(1, leaf, hub);
      await hub.stop();
      await until("the loss is noticed", () => leaf.peers().length === 0);
    }
  });

  it("refuses an address that does not say whom to expect, and a port that is taken", async () => {
    expect(() => hosts.create(1, ["/ip4/127.0.0.1/tcp/26656"])).to.throw("ending in /p2p/");
    const first = hosts.create(1);
    await first.start();
    const second = hosts.create(2, [], { listen: [`/ip4/127.0.0.1/tcp/${portOf(first)}`] });
    expect(isFailure(await second.start().catch((error: unknown) => error), "config")).to.equal(true);
  });

  it("does not take a peer with another key than its address promises", async () => {
    const hub = hosts.create(1);
    await hub.start();
    const address = hub.addresses()[0]?.replace(hub.selfId, testPeerId(7)) ?? "";
    const leaf = hosts.create(2, [address], { limits: { reconnectMinMs: 20, reconnectMaxMs: 50 } });
    await leaf.start();
    await until("it was tried", () => leaf.stats().dialFailures >= 2);
    expect([...leaf.peers(), ...hub.peers()]).to.deep.equal([]);
  });

  it("keeps to its allow-list, in which persistent peers are included", async () => {
    const hub = hosts.create(1, [], { allow: [testPeerId(2)] });
    await hub.start();
    const welcome = hosts.create(2, hub.addresses());
    const stranger = hosts.create(3, hub.addresses());
    await Promise.all([welcome.start(), stranger.start()]);
    await connected(1, hub);
    await until("the stranger was refused", () => hub.stats().refusedConnections > 0);
    expect(hub.peers().map(({ id }) => id)).to.deep.equal([welcome.selfId]);
  });

  it("has nothing to do with nodes of another chain", async () => {
    const hub = hosts.create(1);
    await hub.start();
    const foreign = hosts.create(2, hub.addresses(), { chainId: "another-1" });
    await foreign.start();
    await until("one has shut out the other", () => hub.stats().bans + foreign.stats().bans > 0);
    expect([...hub.peers(), ...foreign.peers()]).to.deep.equal([]);
  });

  it("takes no more peers than it may, but always its persistent ones", async () => {
    const late = hosts.create(9);
    await late.start();
    const hub = hosts.create(1, [], { limits: { maxInboundPeers: 2 } });
    await hub.start();
    const crowd = [2, 3, 4].map((n) => hosts.create(n, hub.addresses()));
    for (const host of crowd) await host.start();
    await connected(2, hub);
    await until("the third was refused", () => hub.stats().refusedConnections > 0);
    expect(hub.peers()).to.have.length(2);

    const reserved = hosts.create(5, late.addresses(), { limits: { maxInboundPeers: 1 } });
    await reserved.start();
    for (const n of [6, 7]) await hosts.create(n, reserved.addresses()).start();
    await until(
      "one of two was refused",
      () => reserved.stats().refusedConnections > 0 && reserved.peers().length === 2,
    );
    expect(reserved.peers().map(({ id }) => id)).to.include(late.selfId);
  });

  it("survives garbage before, during and after the handshake", async () => {
    const hub = hosts.create(1, [], { limits: { handshakeTimeoutMs: 300 } });
    await hub.start();
    const noise = new Uint8Array(70_000).map((_, i) => (i * 2654435761) >>> 13);
    const selected = utf8("\u0013/multistream/1.0.0\n\u0007/noise\n");
    for (const says of [
      noise,
      utf8("GET / HTTP/1.1\r\n\r\n"),
      selected,
      new Uint8Array([...selected, ...noise]),
    ]) {
      const socket = knock(hub, says);
      await new Promise((resolve) => socket.once("close", resolve));
    }
    const honest = hosts.create(2, hub.addresses());
    await honest.start();
    await connected(1, hub, honest);
  });

  it("bounds connections that never finish a handshake, and recovers when they end", async () => {
    const hub = hosts.create(1, [], { limits: { handshakeTimeoutMs: 1500, maxPendingInbound: 8 } });
    const friend = hosts.create(3);
    await friend.start();
    await hub.start();
    let open = 0;
    for (let i = 0; i < 1_000; i += 1) {
      const socket = knock(hub);
      socket.on("connect", () => open++);
      socket.on("close", () => open--);
    }
    await until(
      "all but the bounded number were turned away",
      () => open <= 8 && sockets.every((s) => !s.connecting),
    );
    sockets.splice(0).forEach((socket) => socket.destroy());
    const honest = hosts.create(2, hub.addresses(), { limits: { reconnectMinMs: 50, reconnectMaxMs: 200 } });
    await honest.start();
    await connected(1, hub, honest);
  });

  it("wants protocols registered before start, once, under a plain name", async () => {
    const host = hosts.create(1);
    host.channel("votes", openChannel());
    expect(() => host.topic("votes", openTopic())).to.throw(Fault);
    expect(() => host.channel("../votes", openChannel())).to.throw(Fault);
    await host.start();
    expect(() => host.channel("parts", openChannel())).to.throw(Fault);
    const again = await host.start().catch((error: unknown) => error);
    expect(again).to.be.instanceOf(Fault);
  });

  it("stops while dialling, twice, and without ever having started", async () => {
    const host = hosts.create(1, [`/ip4/127.0.0.1/tcp/9/p2p/${testPeerId(2)}`]);
    await host.start();
    await host.stop();
    await host.stop();
    await hosts.create(2).stop();
  });
});
