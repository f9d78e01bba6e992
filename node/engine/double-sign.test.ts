import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ed25519 } from "@noble/curves/ed25519.js";
import { expect } from "chai";
import { DEFAULT_CONSENSUS_PARAMS, makeDuplicateVoteEvidence, voteSignBytes } from "../../chain/block/index.js";
import type { Evidence, Vote } from "../../chain/block/index.js";
import { silentSource } from "../../chain/attest/index.js";
import { formatConsensusAddress } from "../../chain/codec/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { EMPTY_BYTES, toAddress, toHeight, toHex, toTimeNs, toVotingPower, utf8 } from "../../chain/primitives/index.js";
import { createOpenLedger } from "../../modules/app.js";
import { buildGenesis } from "../../modules/genesis.js";
import { QueryAllEvidenceRequest, QueryAllEvidenceResponse } from "../../proto/gen/cosmos/evidence/v1beta1.js";
import { QuerySigningInfoRequest, QuerySigningInfoResponse } from "../../proto/gen/cosmos/slashing/v1beta1.js";
import { createLocalConnection } from "../app/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../config/engine.js";
import { formatGenesis } from "../config/genesis.js";
import { openKv } from "../storage/index.js";
import { silentLogger } from "../telemetry/log.js";
import { createEngine } from "./engine.js";
import { keyFromSeed } from "./key-file.js";
import { FAST, seedOf, until } from "./testkit/cluster.js";
import { MemoryNet } from "./testkit/memory-net.js";
import type { Engine } from "./types.js";

const CHAIN = "open-double-1";
const LIAR = 3;
const time = toTimeNs(1_790_000_000n, 0);
const validators = [0, 1, 2, LIAR].map((i) => ({ publicKey: keyFromSeed(seedOf(i)).publicKey, power: 10n, moniker: `v${i}` }));

const genesis = formatGenesis({
  genesisTime: time,
  chainId: CHAIN,
  initialHeight: toHeight(1n),
  consensusParams: DEFAULT_CONSENSUS_PARAMS,
  validators: validators.map((v) => ({ publicKey: v.publicKey, power: toVotingPower(v.power), name: v.moniker })),
  appHash: EMPTY_BYTES,
  appState: buildGenesis({
    time,
    validators: validators.map((v, i) => ({ ...v, operator: toAddress(new Uint8Array(20).fill(i + 1)) })),
    accounts: [],
  }),
});

/** Two precommits of one place, signed with the liar's key. */
function equivocate(engine: Engine, height: bigint): Evidence {
  const set = engine.validators(toHeight(height));
  const block = engine.block(toHeight(height));
  if (set === undefined || block === undefined) return expect.fail(`no height ${height}`);
  const { address } = keyFromSeed(seedOf(LIAR));
  const index = set.validators.findIndex((v) => toHex(v.address) === toHex(address));
  const vote = (seed: string): Vote => {
    const hash = sha256(utf8(seed));
    const place = { type: "precommit" as const, height: toHeight(height), round: 0, validator: address, index };
    const empty = { signature: EMPTY_BYTES, extension: EMPTY_BYTES, extensionSignature: EMPTY_BYTES };
    const unsigned: Vote = { ...place, ...empty, blockId: { hash, parts: { total: 1, hash } }, time: block.block.header.time };
    return { ...unsigned, signature: ed25519.sign(voteSignBytes(CHAIN, unsigned), seedOf(LIAR)) };
  };
  return makeDuplicateVoteEvidence(vote("one"), vote("other"), { validators: set, time: block.block.header.time });
}

describe("four engines of which one signed two blocks of a height", function () {
  this.timeout(120_000);
  const net = new MemoryNet();
  const dir = mkdtempSync(join(tmpdir(), "double-sign-"));
  const engines: Engine[] = [];
  const stops: (() => Promise<void>)[] = [];
  const fatals: unknown[] = [];

  async function start(at: number): Promise<void> {
    const i = [0, 1, 2, LIAR][at] ?? 0;
    const dataDir = join(dir, String(i));
    const kv = await openKv({ dir: join(dataDir, "app"), onFatal: () => undefined });
    const app = createOpenLedger({ kv, source: silentSource, minGasPrice: { numerator: 0n, denominator: 1n }, version: "test" });
    const p2p = net.create(`peer${i}`);
    const options = { dataDir, genesis, key: keyFromSeed(seedOf(i)), config: FAST, mempool: DEFAULT_MEMPOOL_CONFIG };
    const engine = await createEngine(options, { app: createLocalConnection(app), p2p, log: silentLogger(), onFatal: (error) => void fatals.push(error) });
    engines[at] = engine;
    stops[at] = async () => {
      await p2p.stop();
      await engine.stop();
      await kv.close();
    };
    await p2p.start();
    await engine.start();
  }

  async function restart(at: number): Promise<void> {
    await stops[at]?.();
    await start(at);
  }

  before(async () => {
    for (const at of [0, 1, 2, 3]) await start(at);
  });
  after(async () => {
    for (const stop of stops) await stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const reach = (height: bigint): Promise<void> =>
    until(`height ${height}`, () => engines.every((e) => e.latestHeight() >= height), () => fatals.map(String).join());

  it("put it out two heights later, keep the proof, and go on without it, though who knew of it was restarted before and the others after", async () => {
    await reach(3n);
    net.loss = () => true; // nobody hears of it, and no block is made
    await engines[0]?.pool.addEvidence(equivocate(engines[0], 2n));
    await restart(0);
    net.loss = () => false;
    const [, second] = engines as [Engine, Engine];
    const carrier = (): bigint | undefined => {
      for (let h = 3n; h <= second.latestHeight(); h++) {
        if ((second.block(toHeight(h))?.block.evidence.length ?? 0) > 0) return h;
      }
      return undefined;
    };
    await until("the evidence in a block", () => carrier() !== undefined);
    const at = carrier() as bigint;
    await reach(at + 5n);
    const { address } = keyFromSeed(seedOf(LIAR));
    const isIn = (height: bigint): boolean =>
      second.validators(toHeight(height))?.validators.some((v) => toHex(v.address) === toHex(address)) === true;
    expect([at, at + 1n, at + 2n, at + 3n].map(isIn)).to.deep.equal([true, true, false, false]);
    for (let h = at + 2n; h <= at + 4n; h++) expect(second.block(toHeight(h + 1n))?.block.lastCommit.signatures).to.have.length(3);

    const query = async (path: string, data: Uint8Array): Promise<Uint8Array> =>
      (await second.query({ path, data, height: toHeight(0n), prove: false })).value;
    const consAddress = formatConsensusAddress(address);
    const info = QuerySigningInfoResponse.decode(
      await query("/cosmos.slashing.v1beta1.Query/SigningInfo", QuerySigningInfoRequest.encode({ consAddress })),
    ).valSigningInfo;
    expect(info).to.deep.include({ tombstoned: true, address: consAddress });
    const all = QueryAllEvidenceResponse.decode(
      await query("/cosmos.evidence.v1beta1.Query/AllEvidence", QueryAllEvidenceRequest.encode({ pagination: undefined })),
    );
    expect(all.evidence).to.have.length(1);
    const events = second.results(toHeight(at))?.events.filter((e) => e.type === "slash") ?? [];
    expect(events.flatMap((e) => e.attributes).find((a) => a.key === "reason")?.value).to.equal("double_sign");
    for (const which of [0, 2]) await restart(which);
    await reach(at + 12n);
    const evidence = Array.from({ length: Number(second.latestHeight()) }, (_, h) => second.block(toHeight(BigInt(h) + 1n))?.block.evidence.length);
    expect(evidence.filter((count) => count !== 0), "carried once and never again").to.deep.equal([1]);
    expect(fatals).to.deep.equal([]);
  });
});
