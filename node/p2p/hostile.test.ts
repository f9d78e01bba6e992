import "../promise-with-resolvers.js";
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { identify } from "@libp2p/identify";
import type { Libp2p, Stream } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { expect } from "chai";
import { createLibp2p } from "libp2p";
import { encodeFrame } from "./framing.js";
import {
  TEST_CHAIN,
  TestHosts,
  connected,
  openChannel,
  openRequests,
  testIdentity,
  until,
} from "./testkit/hosts.js";
import type { P2p } from "./types.js";

/** Attackers here speak libp2p perfectly and break our own protocols above it. */
describe("a hostile peer after the handshake", () => {
  const hosts = new TestHosts();
  const attackers: Libp2p[] = [];
  afterEach(async () => {
    for (const attacker of attackers.splice(0)) await attacker.stop();
    await hosts.stop();
  });

  const protocol = (name: string): string => `/openledger/${TEST_CHAIN}/${name}/1`;

  async function attack(victim: P2p, n = 9): Promise<Libp2p> {
    const attacker = await createLibp2p({
      privateKey: testIdentity(n).privateKey,
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: { identify: identify() },
    });
    attackers.push(attacker);
    await attacker.handle(protocol("hello"), () => undefined);
    await attacker.dial(multiaddr(victim.addresses()[0] ?? ""));
    return attacker;
  }
  const open = async (attacker: Libp2p, victim: P2p, name: string): Promise<Stream> =>
    attacker.dialProtocol(multiaddr(victim.addresses()[0] ?? ""), protocol(name));

  async function victimWith(limits: { slowPeerMs?: number } = {}): Promise<P2p> {
    const victim = hosts.create(1, [], { limits });
    victim.channel("votes", openChannel({ maxBytes: 1000 }));
    victim.requests("blocks", openRequests({ handler: () => Promise.resolve(new Uint8Array(2_000_000)) }));
    await victim.start();
    return victim;
  }

  for (const [what, bytes] of [
    ["a giant length prefix", Uint8Array.of(0xff, 0xff, 0xff, 0x7f)],
    ["an endless length prefix", new Uint8Array(20).fill(0xff)],
    ["a length one above the bound", encodeFrame(new Uint8Array(1001))],
  ] as const) {
    it(`is banned for ${what}, before a handler sees anything`, async () => {
      const victim = await victimWith();
      const stream = await open(await attack(victim), victim, "votes");
      stream.send(bytes);
      await until("it is banned", () => victim.stats().bans === 1 && victim.peers().length === 0);
      expect(victim.stats().channels["votes"]?.received).to.equal(0);
    });
  }

  it("is disconnected when it stalls in the middle of a message", async () => {
    const victim = await victimWith({ slowPeerMs: 200 });
    const stream = await open(await attack(victim), victim, "votes");
    stream.send(encodeFrame(new Uint8Array(900)).subarray(0, 500));
    await until("it is gone", () => victim.stats().penalties > 0 && victim.peers().length === 0);
    expect(victim.stats().bans).to.equal(0);
  });

  it("is disconnected when it asks for much and reads nothing", async () => {
    const victim = await victimWith({ slowPeerMs: 200 });
    const stream = await open(await attack(victim), victim, "blocks");
    stream.pause();
    stream.send(encodeFrame(new Uint8Array(1)));
    await until("it is gone", () => victim.stats().penalties > 0 && victim.peers().length === 0);
  });

  it("is disconnected when it never reads a channel, whose queue stays bounded", async () => {
    const victim = hosts.create(1, [], { limits: { slowPeerMs: 200 } });
    const queue = { maxMessages: 100, maxBytes: 3_000_000 };
    const channel = victim.channel("parts", openChannel({ queue }));
    await victim.start();
    const attacker = await attack(victim);
    await attacker.handle(protocol("parts"), (stream) => stream.pause());
    await connected(1, victim);
    const part = new Uint8Array(500_000);
    let refused = 0;
    await until("it is gone", () => {
      for (const { id } of victim.peers()) if (!channel.send(id, part)) refused += 1;
      return refused > 0 && victim.stats().penalties > 0 && victim.peers().length === 0;
    });
  });

  it("is banned for writing on a stream that is ours to write", async () => {
    const own = hosts.create(2);
    const votes = own.channel("votes", openChannel());
    await own.start();
    const attacker = await attack(own);
    await attacker.handle(protocol("votes"), (stream) => void stream.send(Uint8Array.of(1, 2, 3)));
    await connected(1, own);
    own.peers().forEach(({ id }) => votes.send(id, Uint8Array.of(1)));
    await until("it is banned", () => own.stats().bans === 1);
  });

  it("cannot open more streams of a protocol than are allowed", async () => {
    const victim = await victimWith();
    const attacker = await attack(victim);
    // Some are reset while they negotiate, some just after.
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => open(attacker, victim, "votes")));
    const streams = tries.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    await until("all but two are reset", () => streams.filter(({ status }) => status === "open").length <= 2);
  });
});
