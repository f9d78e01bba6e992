import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parseUtf8, utf8 } from "../../chain/primitives/index.js";
import type { DiscoveryOptions, P2p, P2pOptions, RequestHandler } from "./index.js";
import { EXCHANGE_NAME } from "./peer-exchange.js";
import { TestHosts, connected, openChannel, openRequests, strangerId, testPeerId, until } from "./testkit/hosts.js";

const FAST = { discoveryMs: 100, askAgainMs: 300, redialMs: 200, seedGraceMs: 2_000, reconnectMinMs: 20, reconnectMaxMs: 100 };

describe("peer discovery", function () {
  this.timeout(60_000);
  const hosts = new TestHosts();
  const dir = mkdtempSync(join(tmpdir(), "discovery-"));
  afterEach(() => hosts.stop());
  after(() => rmSync(dir, { recursive: true }));

  const searching = (seeds: readonly string[], more: Partial<DiscoveryOptions> = {}): Partial<P2pOptions> => ({
    limits: FAST,
    discovery: { seeds, isSeed: false, isStrict: false, ...more },
  });
  const start = async (n: number, seeds: readonly string[] = [], options: Partial<P2pOptions> = {}): Promise<P2p> => {
    const host = hosts.create(n, [], { ...searching(seeds), ...options });
    await host.start();
    return host;
  };
  const idsOf = (host: P2p): readonly string[] => host.peers().map(({ id }) => id);

  it("brings together six nodes that know nobody but one seed, which lets them go", async () => {
    const seed = await start(50, [], searching([], { isSeed: true }));
    const nodes: P2p[] = [];
    for (let n = 1; n <= 6; n += 1) nodes.push(await start(n, seed.addresses()));
    await until("each is connected to the five others", () =>
      nodes.every((node) => nodes.every((other) => other === node || idsOf(node).includes(other.selfId))),
    );
    await until("the seed has let them go", () => seed.peers().length < 3);
    const late = await start(7, seed.addresses());
    await until("a late one has found them", () => nodes.every((node) => idsOf(late).includes(node.selfId)));
  });

  it("needs no seed any more after a restart", async () => {
    const seed = await start(50);
    const friend = await start(1, seed.addresses());
    const bookPath = join(dir, "addrbook.json");
    const first = await start(2, seed.addresses(), searching(seed.addresses(), { bookPath }));
    await until("it knows both", () => idsOf(first).includes(friend.selfId) && idsOf(first).includes(seed.selfId));
    await first.stop();
    await seed.stop();
    // A connection that the friend still holds would cost the next dial its place, and a dial that failed waits 15 s.
    await until("the friend has noticed", () => !idsOf(friend).includes(first.selfId));
    const again = await start(2, [], searching([], { bookPath }));
    await until("it is back", () => idsOf(again).includes(friend.selfId));
  });

  it("dials no more peers than it may, and takes no more than it may", async () => {
    const seed = await start(50);
    const others = [];
    for (let n = 1; n <= 5; n += 1) others.push(await start(n, seed.addresses()));
    const modest = await start(9, [], { ...searching(seed.addresses()), limits: { ...FAST, maxOutboundPeers: 2, maxInboundPeers: 1 } });
    await until("it knows them all", () => modest.stats().knownAddresses >= 6);
    await until("it has two of its own and one that came", () => modest.peers().length === 3);
    const directions = modest.peers().map(({ direction }) => direction);
    expect(directions.filter((direction) => direction === "outbound")).to.have.length(2);
  });

  it("finds a place for an unconditional peer when there is none", async () => {
    const hub = await start(1, [], { limits: { ...FAST, maxInboundPeers: 1 }, unconditionalPeerIds: [testPeerId(3)] });
    const plain = { limits: FAST };
    const crowd = [hosts.create(2, hub.addresses(), plain), hosts.create(4, hub.addresses(), plain)];
    for (const host of crowd) await host.start();
    await until("one of two was refused", () => hub.stats().refusedConnections > 0 && hub.peers().length === 1);
    const friend = hosts.create(3, hub.addresses(), plain);
    await friend.start();
    await until("it has found a place", () => idsOf(hub).includes(friend.selfId));
    expect(hub.peers()).to.have.length(2);
  });

  it("keeps to the allow-list when it dials what others told", async () => {
    const seed = await start(50);
    const [wanted, stranger] = [await start(1, seed.addresses()), await start(2, seed.addresses())];
    const picky = await start(3, [], { ...searching(seed.addresses()), allow: [seed.selfId, wanted.selfId] });
    await until("it knows them all", () => picky.stats().knownAddresses >= 3);
    await until("it has who is on the list", () => picky.peers().length === 2);
    expect(idsOf(picky)).not.to.include(stranger.selfId);
    expect(idsOf(stranger)).not.to.include(picky.selfId);
  });

  it("keeps addresses of private networks to itself where they mean another host elsewhere", async () => {
    const seed = await start(50);
    const friend = await start(1, seed.addresses());
    const strict = await start(2, seed.addresses(), searching(seed.addresses(), { isStrict: true }));
    await connected(1, strict);
    await until("the seed told it of the friend", () => (strict.stats().requests[EXCHANGE_NAME]?.sent ?? 0) >= 2);
    expect(strict.stats().knownAddresses).to.equal(0);
    expect(idsOf(strict)).not.to.include(friend.selfId);
  });

  /** A host that answers questions of peers with whatever it likes, and a node that asks it. */
  const liar = async (handler: RequestHandler): Promise<{ readonly liar: P2p; readonly node: P2p }> => {
    const host = hosts.create(60, [], { limits: FAST });
    host.requests(EXCHANGE_NAME, openRequests({ handler, maxResponseBytes: 200_000_000 }));
    await host.start();
    return { liar: host, node: await start(1, host.addresses()) };
  };
  const line = (n: number, host = `8.8.${n % 250}.${(n >> 8) % 250}`): string => `/ip4/${host}/tcp/26656/p2p/${strangerId(n)}`;

  it("bans who answers with a million addresses, and has read no more than a hundredth of them", async () => {
    let written = 0;
    async function* flood(): AsyncGenerator<Uint8Array> {
      for (let block = 0; block < 1_000; block += 1) {
        const piece = utf8(Array.from({ length: 1_000 }, (_, i) => line(block * 1_000 + i)).join("\n"));
        written += piece.length;
        yield await Promise.resolve(piece);
      }
    }
    const { node } = await liar(() => Promise.resolve(flood()));
    await until("it is banned", () => node.stats().bans === 1 && node.peers().length === 0);
    expect(node.stats().knownAddresses).to.be.at.most(1);
    expect(written).to.be.below(4_000_000);
  });

  for (const [what, answer] of [
    ["garbage", new Uint8Array(3_000).fill(0xfe)],
    ["a hundred and one addresses", utf8(Array.from({ length: 101 }, (_, i) => `/ip4/8.8.8.8/tcp/1/p2p/${strangerId(i)}`).join("\n"))],
    ["a name among addresses", utf8(`${line(1)}\n/dns4/victim.example/tcp/80/p2p/${testPeerId(2)}`)],
    ["an id that no key has", utf8(`/ip4/8.8.8.8/tcp/1/p2p/12D3KooW${"z".repeat(44)}`)],
    ["an empty line", utf8(`${line(1)}\n`)],
  ] as const) {
    it(`bans who answers with ${what}`, async () => {
      const { node } = await liar(() => Promise.resolve(answer));
      await until("it is banned", () => node.stats().bans === 1 && node.peers().length === 0);
    });
  }

  it("is not led to itself, nor away from a peer that it has reached", async () => {
    const port = Number(/\/tcp\/(\d+)/.exec((await start(4)).addresses()[0] ?? "")?.[1]);
    const { node, liar: teller } = await liar(() =>
      Promise.resolve(utf8([`/ip4/127.0.0.1/tcp/9/p2p/${testPeerId(1)}`, `/ip4/127.0.0.1/tcp/9/p2p/${testPeerId(60)}`, `/ip4/127.0.0.1/tcp/${port}/p2p/${testPeerId(4)}`].join("\n"))),
    );
    await until("it has dialled what was true", () => idsOf(node).includes(testPeerId(4)));
    expect([...idsOf(node)].sort()).to.deep.equal([testPeerId(4), teller.selfId].sort());
    expect(node.stats().bans).to.equal(0);
  });

  it("answers nobody who asks without rest, and bans him in the end", async () => {
    const node = await start(1, [], { limits: { ...FAST, askAgainMs: 60_000 } });
    const impatient = hosts.create(2, node.addresses(), { limits: { ...FAST } });
    const requests = impatient.requests(EXCHANGE_NAME, openRequests());
    await impatient.start();
    await connected(1, impatient, node);
    const answers: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      answers.push(await requests.request(node.selfId, new Uint8Array()).then(() => "told", (error: unknown) => (error as { code: string }).code));
    }
    expect(answers).to.deep.equal(["told", "busy", "busy"]);
  });

  it("believes nobody who introduces himself with the address of another", async () => {
    const node = await start(1);
    const forger = hosts.create(2, node.addresses(), { limits: FAST });
    const requests = forger.requests(EXCHANGE_NAME, openRequests());
    await forger.start();
    await connected(1, forger, node);
    const refused = await requests.request(node.selfId, utf8(line(7))).catch((error: unknown) => error);
    expect(refused).to.include({ code: "malformed" });
    expect(node.stats().knownAddresses).to.equal(0);
    expect(node.peers()[0]?.penalty).to.be.greaterThan(10);
  });

  it("leaves a validator behind its sentries unknown and out of reach, and lets it take part", async () => {
    const validatorId = testPeerId(40);
    const hidden = { privatePeerIds: [validatorId], unconditionalPeerIds: [validatorId] };
    const seed = await start(50);
    const heard = new Set<string>();
    let said = 0;
    const gossiping = (n: number, peers: readonly string[], options: Partial<P2pOptions>): { readonly host: P2p; readonly say: () => void } => {
      const host = hosts.create(n, peers, { limits: FAST, ...options });
      const topic = host.topic("votes", { maxBytes: 100, onMessage: (_, bytes) => {
        heard.add(`${n} ${parseUtf8(bytes).replace(/ again.*/, "")}`);
        return "accept";
      } });
      host.channel("rounds", openChannel());
      return { host, say: () => void topic.publish(utf8(`from ${n} again ${(said += 1)}`)) };
    };
    const sentries = [41, 42].map((n) => gossiping(n, [], { ...searching(seed.addresses()), ...hidden }));
    for (const { host } of sentries) await host.start();
    const outside = [1, 2].map((n) => gossiping(n, [], searching(seed.addresses())));
    for (const { host } of outside) await host.start();
    const validator = gossiping(40, sentries.flatMap(({ host }) => host.addresses()), { allow: sentries.map(({ host }) => host.selfId) });
    await validator.host.start();
    await connected(2, validator.host);
    await until("the outside has found both sentries", () => outside.every(({ host }) => sentries.every((sentry) => idsOf(host).includes(sentry.host.selfId))));

    await until("its votes arrive outside, and theirs with it", () => {
      for (const { say } of [validator, ...outside]) say();
      return ["1 from 40", "2 from 40", "40 from 1", "40 from 2"].every((word) => heard.has(word));
    });

    const asker = hosts.create(3, [...sentries, ...outside].flatMap(({ host }) => host.addresses()), { limits: FAST });
    const requests = asker.requests(EXCHANGE_NAME, openRequests());
    await asker.start();
    await connected(4, asker);
    for (const { id } of asker.peers()) {
      const told = parseUtf8(await requests.request(id, new Uint8Array()));
      expect(told).not.to.include(validatorId);
      expect(told.length).to.be.greaterThan(0);
    }
    for (const { host } of sentries) expect(host.peers().filter(({ isPrivate }) => isPrivate).map(({ id }) => id)).to.deep.equal([validatorId]);
    for (const host of [seed, ...outside.map(({ host: one }) => one), asker]) expect(idsOf(host)).not.to.include(validatorId);

    const intruder = hosts.create(4, validator.host.addresses(), { limits: FAST });
    await intruder.start();
    await until("who guessed its address is refused", () => validator.host.stats().refusedConnections > 0);
    expect(idsOf(validator.host)).to.have.members(sentries.map(({ host }) => host.selfId));
    expect(intruder.peers()).to.deep.equal([]);
  });

  it("goes on under a thousand addresses that lead nowhere, few dials at a time", async () => {
    const friend = await start(2);
    const dead = Array.from({ length: 1_000 }, (_, i) => `/ip4/127.${1 + (i % 250)}.${i >> 8}.1/tcp/9/p2p/${strangerId(i)}`);
    let asked = 0;
    const { node } = await liar(() => {
      asked += 1;
      return Promise.resolve(utf8([...dead.slice((asked * 90) % 900, ((asked * 90) % 900) + 90), ...friend.addresses()].join("\n")));
    });
    await until("it has found the one that is there", () => idsOf(node).includes(friend.selfId));
    expect(node.stats().bans).to.equal(0);
  });
});
