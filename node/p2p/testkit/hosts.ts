/** Real hosts on loopback for tests, seeded identities, and waiting for what must become true. */
import { expect } from "chai";
import { base58btc } from "multiformats/bases/base58";
import { silentLogger } from "../../telemetry/log.js";
import { createP2p, identityFromSeed } from "../index.js";
import type { ChannelOptions, P2p, P2pOptions, PeerId, RequestOptions, TopicOptions } from "../index.js";

export const TEST_CHAIN = "p2p-test-1";

/** The n-th test identity's peer id. */
export const testPeerId = (n: number): PeerId => testIdentity(n).peerId;
export const testIdentity = (n: number) => identityFromSeed(new Uint8Array(32).fill(n));

/** The id of a key that nobody has. */
export const strangerId = (n: number): PeerId =>
  base58btc.baseEncode(Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20, ...new Uint8Array(28), n >> 24, n >> 16, n >> 8, n));

/** Keeps every host it made, to stop them all after a test. */
export class TestHosts {
  readonly #hosts: P2p[] = [];

  create(n: number, peers: readonly string[] = [], options: Partial<P2pOptions> = {}): P2p {
    const host = createP2p(
      {
        identity: testIdentity(n),
        chainId: TEST_CHAIN,
        listen: ["/ip4/127.0.0.1/tcp/0"],
        persistentPeers: peers,
        ...options,
      },
      { log: silentLogger() },
    );
    this.#hosts.push(host);
    return host;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#hosts.splice(0).map((host) => host.stop()));
  }
}

/** Options that accept everything, with room for tests; override what the test is about. */
export const openChannel = (options: Partial<ChannelOptions> = {}): ChannelOptions => ({
  maxBytes: 1_000_000,
  priority: "bulk",
  queue: { maxMessages: 1000, maxBytes: 16_000_000 },
  onMessage: () => "accept",
  ...options,
});

export const openTopic = (options: Partial<TopicOptions> = {}): TopicOptions => ({
  maxBytes: 65_536,
  onMessage: () => "accept",
  ...options,
});

export const openRequests = (options: Partial<RequestOptions> = {}): RequestOptions => ({
  maxRequestBytes: 1000,
  maxResponseBytes: 2_000_000,
  timeoutMs: 10_000,
  concurrency: 4,
  handler: (_peer, bytes) => Promise.resolve(bytes),
  ...options,
});

/** Polls until the condition holds; fails with `what` if it does not within 20 seconds. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries > 2000) expect.fail(`gave up waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Resolves once each host counts at least `count` peers. */
export async function connected(count: number, ...hosts: readonly P2p[]): Promise<void> {
  await until(`${count} peers are connected`, () => hosts.every((host) => host.peers().length >= count));
}
