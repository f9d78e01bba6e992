import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { encodeExtendedCommit, encodeValidatorSet, toCommit, toExtendedCommit } from "../../chain/block/index.js";
import { toHeight, toHex, utf8 } from "../../chain/primitives/index.js";
import { recordChain } from "../abci-server/testkit/recorded-chain.js";
import type { RecordedChain } from "../abci-server/testkit/recorded-chain.js";
import { DEFAULT_ENGINE_CONFIG } from "../config/engine.js";
import { encodeChainState } from "../engine/chain-state.js";
import { isFailure } from "../errors.js";
import { openKv } from "../storage/index.js";
import { metaKey, resultsKey, validatorsKey } from "./comet-keys.js";
import { moveToComet, moveToEmbedded } from "./index.js";
import type { MoveOptions } from "./move.js";
import { OwnStores, heights } from "./own-stores.js";

const TOP = 16n;

/** Everything that a store holds of a chain, as text. */
async function contentOf(dataDir: string): Promise<Record<string, string>> {
  const kv = await openKv({ dir: join(dataDir, "blocks"), onFatal: () => undefined });
  const own = new OwnStores(kv, DEFAULT_ENGINE_CONFIG.extendedCommitHeights);
  const content: Record<string, string> = { state: toHex(encodeChainState(own.state())) };
  for (const height of heights(own.base, own.top)) {
    const { id, bytes, commit, results, validators } = own.record(height);
    content[`${height} block`] = `${toHex(id.hash)} ${toHex(bytes)}`;
    content[`${height} commit`] = toHex(encodeExtendedCommit(commit));
    content[`${height} results`] = results === undefined ? "none" : toHex(results.appHash);
    content[`${height} validators`] = toHex(encodeValidatorSet(validators));
  }
  await kv.close();
  return content;
}

async function change(dir: string, key: Uint8Array, edit: (value: Uint8Array | undefined) => Uint8Array | undefined): Promise<void> {
  const kv = await openKv({ dir, onFatal: () => undefined });
  kv.write([{ key, value: edit(kv.get(key)) }]);
  await kv.close();
}

describe("moving blocks between the stores of two engines", function () {
  this.timeout(120_000);
  let chain: RecordedChain;
  let dir = "";

  before(async () => {
    chain = await recordChain(TOP);
  });
  after(() => chain.close());
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "move-"));
    cpSync(chain.dataDir, join(dir, "data"), { recursive: true });
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const options = (own = "data"): MoveOptions => ({
    own: join(dir, own),
    comet: join(dir, "cometbft", "data"),
    validatorState: join(dir, "data", "priv_validator_state.json"),
  });

  async function failureOf(work: Promise<unknown>): Promise<unknown> {
    return work.then(() => undefined).catch((error: unknown) => error);
  }

  it("loses nothing on the way there and back into an empty home: not a priority of a validator, not an extension", async () => {
    const seen: bigint[] = [];
    expect(await moveToComet({ ...options(), onProgress: (height) => void seen.push(height) })).to.deep.equal({ base: 1n, top: TOP, written: TOP });
    expect(seen).to.deep.equal([...heights(1n, TOP)]);
    expect(await moveToEmbedded(options("other"))).to.deep.equal({ base: 1n, top: TOP, written: TOP });
    expect([existsSync(options().comet), existsSync(`${options().comet}.moved-${TOP}`)]).to.deep.equal([false, true]);
    expect(await contentOf(join(dir, "other"))).to.deep.equal(await contentOf(join(dir, "data")));
  });

  it("appends only what is missing, and gives a mirror's commits their extensions back", async () => {
    await moveToComet(options());
    const whole = await contentOf(join(dir, "data"));
    const kv = await openKv({ dir: join(dir, "data", "blocks"), onFatal: () => undefined });
    const own = new OwnStores(kv, DEFAULT_ENGINE_CONFIG.extendedCommitHeights);
    const last = own.record(toHeight(TOP));
    own.replaceCommit(toHeight(TOP), toExtendedCommit(toCommit(last.commit)));
    await kv.close();
    expect(await contentOf(join(dir, "data"))).to.not.deep.equal(whole);
    expect(await moveToEmbedded(options())).to.deep.equal({ base: 1n, top: TOP, written: 0n });
    expect(await contentOf(join(dir, "data"))).to.deep.equal(whole);
  });

  it("refuses a validator that has signed above the end", async () => {
    const { validatorState } = options();
    const file = JSON.parse(readFileSync(validatorState, "utf8")) as Record<string, unknown>;
    const signed = (height: bigint): void => writeFileSync(validatorState, JSON.stringify({ ...file, height: `${height}` }));
    signed(TOP + 1n);
    expect(isFailure(await failureOf(moveToComet(options())), "config")).to.equal(true);
    expect(existsSync(join(options().comet, "blockstore.db"))).to.equal(false);
    signed(TOP);
    await moveToComet(options());
    expect(isFailure(await failureOf(moveToComet(options())), "config"), "a second move the same way").to.equal(true);
    signed(TOP + 1n);
    expect(isFailure(await failureOf(moveToEmbedded(options("other"))), "config")).to.equal(true);
    writeFileSync(validatorState, "{}");
    expect(isFailure(await failureOf(moveToEmbedded(options("other"))), "config")).to.equal(true);
  });

  it("refuses to start on databases that a process holds", async () => {
    const kv = await openKv({ dir: join(dir, "data", "blocks"), onFatal: () => undefined });
    expect(isFailure(await failureOf(moveToComet(options())), "storage")).to.equal(true);
    await kv.close();
  });

  it("refuses a home without blocks on either side", async () => {
    expect(isFailure(await failureOf(moveToEmbedded(options())), "config")).to.equal(true);
    expect(isFailure(await failureOf(moveToComet(options("empty"))), "config")).to.equal(true);
  });

  const states = (): string => join(options().comet, "state.db");
  const blocks = (): string => join(options().comet, "blockstore.db");
  const flipped = (value: Uint8Array | undefined): Uint8Array => {
    const middle = Math.floor((value?.length ?? 0) / 2);
    return (value ?? new Uint8Array(1)).map((byte, i) => (i === middle ? byte ^ 1 : byte));
  };
  for (const [what, place, key, edit] of [
    ["results that are not those of the next header", states, resultsKey(9n), () => new Uint8Array(0)],
    ["validators that the header does not name", states, validatorsKey(1n), flipped],
    ["a height that is missing", blocks, metaKey(7n), () => undefined],
    ["a part with other bytes", blocks, utf8("P:5:0"), flipped],
  ] as const) {
    it(`takes over nothing above ${what}, and leaves the state as it was`, async () => {
      await moveToComet(options());
      await change(place(), key, edit);
      const failure = await failureOf(moveToEmbedded(options("other")));
      expect(isFailure(failure, "storage"), String(failure)).to.equal(true);
      const kv = await openKv({ dir: join(dir, "other", "blocks"), onFatal: () => undefined });
      expect(() => new OwnStores(kv, 256).state()).to.throw();
      await kv.close();
    });
  }
});
