import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { toHeight, toHex } from "../../chain/primitives/index.js";
import { isFailure } from "../errors.js";
import { keyFromSeed } from "./key-file.js";
import { Cluster, FAST, seedOf, until } from "./testkit/cluster.js";
import { decodeMessage, encodeMessage } from "./wire.js";
import { openWal } from "./wal.js";

const LAST_BYTES = 4_096;
const OWN = toHex(keyFromSeed(seedOf(0)).address);
/** Summaries that a node sends before we believe that it runs. */
const SIGNS_OF_LIFE = 6;

/** Rounds of a few milliseconds, so that a log of many rounds and many starts from it take seconds. */
const HASTY = { ...FAST, propose: { baseMs: 30, growthMs: 0 }, prevote: { baseMs: 10, growthMs: 0 }, precommit: { baseMs: 10, growthMs: 0 }, gossipMs: 50, gossipMinMs: 5 };

/** Ends of the whole records of a log. */
function boundaries(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const ends = [0];
  for (let at = 0; at + 8 <= bytes.length; ) {
    at += 8 + view.getUint32(at + 4);
    ends.push(at);
  }
  return ends;
}

describe("a log that lost its end", function () {
  this.timeout(180_000);
  const cluster = new Cluster([10n, 10n, 10n, 10n], HASTY);
  const saved = join(cluster.dir, "saved");
  /** Everything that validator 0 ever sent: place -> the values it named there. */
  const signed = new Map<string, Set<string>>();
  let heard = 0;
  let log = "";

  before(async () => {
    const tap = cluster.net.create("tap");
    const channel = tap.channel("consensus", {
      ...{ maxBytes: 4e6, priority: "consensus", queue: { maxMessages: 9, maxBytes: 1e6 } },
      onMessage: (peer, bytes) => {
        const ask = listen(bytes);
        if (ask !== undefined) channel.send(peer, ask);
        return "ignore";
      },
    });
    await tap.start();
    // Three whose applications refuse every block: round after round passes, and nothing is decided.
    for (const i of [0, 1, 2]) (await cluster.start(i)).app.processProposal = () => "reject";
    await until("a long log", () => walBytes().length > 3 * LAST_BYTES);
    for (const i of [0, 1, 2]) await cluster.stop(i);
    log = join("wal", readdirSync(join(cluster.dataDir(0), "wal"))[0] ?? "");
    cpSync(cluster.dataDir(0), saved, { recursive: true });
  });
  after(() => cluster.stopAll());

  function walBytes(): Uint8Array {
    const dir = join(cluster.dataDir(0), "wal");
    const [name] = readdirSync(dir);
    return name === undefined ? new Uint8Array(0) : readFileSync(join(dir, name));
  }

  /** Notes what validator 0 says; asks for all its votes when it says where it stands. */
  function listen(bytes: Uint8Array): Uint8Array | undefined {
    heard++;
    const message = decodeMessage(bytes);
    if (message.kind === "proposal") note(`proposal ${message.proposal.height}/${message.proposal.round}`, message.proposal.blockId.hash);
    if (message.kind === "vote" && toHex(message.vote.validator) === OWN) {
      const { type, height, round, blockId } = message.vote;
      note(`${type} ${height}/${round}`, blockId?.hash ?? new Uint8Array(0));
    }
    if (message.kind !== "summary") return undefined;
    const { summary, base } = message;
    const rounds = summary.rounds.map(({ round }) => ({ round, prevotes: 0n, precommits: 0n, polka: null, commit: null }));
    return encodeMessage({ kind: "summary", base, summary: { ...summary, hasProposal: false, rounds } });
  }

  function note(place: string, hash: Uint8Array): void {
    const values = signed.get(place) ?? new Set();
    signed.set(place, values.add(toHex(hash)));
  }

  const twice = (): string[] => [...signed].filter(([, values]) => values.size > 1).map(([place]) => place);

  it("at every byte of its last 4 kB opens with the whole records before the cut", async () => {
    const all = readFileSync(join(saved, log));
    const from = boundaries(all).find((end) => end >= all.length - LAST_BYTES - 1_024) ?? 0;
    // Without the records in between, which cost time at every cut and change nothing.
    const whole = Buffer.concat([all.subarray(0, boundaries(all)[1]), all.subarray(from)]);
    const ends = boundaries(whole);
    expect(ends.at(-1), "the log ends with a record").to.equal(whole.length);
    const dir = join(cluster.dir, "cut");
    const name = log.slice("wal/".length);
    mkdirSync(dir);
    for (let at = whole.length - LAST_BYTES; at <= whole.length; at++) {
      writeFileSync(join(dir, name), whole.subarray(0, at));
      const wal = await openWal({ dir, height: toHeight(BigInt(Number.parseInt(name, 10))) });
      await wal.close();
      const left = ends.filter((end) => end <= at);
      expect(wal.recovered.length, `cut at ${at}`).to.equal(left.length - 1);
      expect(statSync(join(dir, name)).size, "the torn record is gone").to.equal(left.at(-1));
    }
  });

  it("after each of those records, and inside it, resumes and never signs two values in one place", async () => {
    const ends = boundaries(readFileSync(join(saved, log)));
    const last = ends.filter((end) => end >= (ends.at(-1) ?? 0) - LAST_BYTES);
    expect(last.length, "records in the last 4 kB").to.be.greaterThan(10);
    expect(twice()).to.deep.equal([]);
    for (const [i, end] of last.entries()) {
      rmSync(cluster.dataDir(0), { recursive: true });
      cpSync(saved, cluster.dataDir(0), { recursive: true });
      truncateSync(join(cluster.dataDir(0), log), i % 2 === 0 ? end : end - 3);
      const before = heard;
      const node = await cluster.start(0);
      await until("a message", () => heard > before + SIGNS_OF_LIFE, () => String(node.fatal));
      expect(node.fatal).to.equal(undefined);
      await cluster.stop(0);
      expect(twice(), `cut at ${end}`).to.deep.equal([]);
    }
    expect(signed.size).to.be.greaterThan(10);
  });

  it("with all of it gone still signs nothing twice: the signer has its own memory", async () => {
    rmSync(cluster.dataDir(0), { recursive: true });
    cpSync(saved, cluster.dataDir(0), { recursive: true });
    rmSync(join(cluster.dataDir(0), "wal"), { recursive: true });
    const before = heard;
    await cluster.start(0);
    await until("a message", () => heard > before + SIGNS_OF_LIFE);
    await cluster.stop(0);
    expect(twice()).to.deep.equal([]);
  });

  it("is refused where it is damaged and goes on behind: the operator decides", async () => {
    const bytes = readFileSync(join(saved, log));
    const at = (boundaries(bytes).at(-4) ?? 0) + 9;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    rmSync(cluster.dataDir(0), { recursive: true });
    cpSync(saved, cluster.dataDir(0), { recursive: true });
    writeFileSync(join(cluster.dataDir(0), log), bytes);
    const failure: unknown = await cluster.start(0).then(() => undefined, (error: unknown) => error);
    expect(isFailure(failure, "malformed"), String(failure)).to.equal(true);
  });
});
