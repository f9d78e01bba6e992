import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parseHex } from "../../chain/primitives/index.js";
import { AdapterStatus, JobStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import { openHome } from "../../testnet/home.js";
import type { TestnetHome, TestnetState } from "../../testnet/home.js";
import { launch } from "../../testnet/launcher/launch.js";
import type { Testnet } from "../../testnet/launcher/launch.js";
import { queryBlockHash, queryStatus } from "../../testnet/launcher/node-status.js";
import { prepare } from "../../testnet/launcher/prepare.js";
import { REPOSITORY, built } from "../../testnet/root.js";
import { openActors } from "../../testnet/story/actors.js";
import { SHORT_STORY } from "../../testnet/story/options.js";
import { ensureBaseModel } from "../../testnet/story/stages/base-model.js";
import { awaitAcceptance, commitAll, prepareOffers, revealAll } from "../../testnet/story/stages/contribute.js";
import { ensureDatanet } from "../../testnet/story/stages/datanet.js";
import { awaitTraining, ensureJob, ensureVersion } from "../../testnet/story/stages/train.js";
import type { Story } from "../../testnet/story/story.js";
import { connectChain } from "../../testnet/story/stargate-chain.js";
import type { StargateChain } from "../../testnet/story/stargate-chain.js";

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the product's own command. */
function openledgerd(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(REPOSITORY, "bin", "openledgerd.mjs"), ...args], { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** A busy machine needs time to replay: disputes stay possible for longer than on a network that one watches. */
function widenWindow(home: TestnetHome, { ports }: TestnetState): void {
  ports.forEach((_, i) => {
    const file = join(home.validator(i), "config", "genesis.json");
    const genesis = JSON.parse(readFileSync(file, "utf8")) as { app_state: { modelfactory: { params: Record<string, unknown> } } };
    const { params } = genesis.app_state.modelfactory;
    Object.assign(params, { dispute_window: 400, dispute_move_period: 200 });
    writeFileSync(file, JSON.stringify(genesis));
  });
}

/** The story up to the trained adapter. */
async function trainOnce(story: Story): Promise<bigint> {
  const base = await ensureBaseModel(story);
  const datanetId = await ensureDatanet(story);
  const offers = await prepareOffers(story, datanetId);
  await commitAll(story, datanetId, offers);
  await revealAll(story, datanetId, offers);
  await awaitAcceptance(story, datanetId, offers);
  const version = await ensureVersion(story, datanetId);
  return ensureJob(story, { baseModelId: base.id, datanetId, version });
}

describe("a job replayed by a stranger", function () {
  this.timeout(280_000);
  const folder = mkdtempSync(join(tmpdir(), "openledger-replay-"));
  const home = openHome(folder);
  let testnet: Testnet;
  let chain: StargateChain;
  let story: Story;
  let jobId = 0n;

  before(async () => {
    const { state } = await prepare(home, { validators: 4, sharedSidecar: false, timeoutCommitMs: 500 });
    widenWindow(home, state);
    const signal = new AbortController().signal;
    const quiet = { onNotice: () => undefined, onProgress: () => undefined };
    // The first validator is the trainer; its sidecar alters one step in the second segment.
    const sidecarProgram = (index: number): string | undefined => (index === 0 ? built("testnet/faults/lying-trainer.js") : undefined);
    testnet = await launch({ home, state, signal, ...quiet, sidecarProgram });
    const [gateway] = testnet.endpoints;
    if (gateway === undefined) throw new Error("no validator");
    const { height } = await queryStatus(gateway.rpc);
    chain = await connectChain(gateway, { height: BigInt(height), hash: parseHex(await queryBlockHash(gateway.rpc, height)) });
    story = { chain, actors: await openActors(state.mnemonics), options: SHORT_STORY, signal, note: () => undefined };
    jobId = await trainOnce(story);
    await awaitTraining(story, jobId);
  });

  after(async () => {
    chain.disconnect();
    await testnet.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const doors = (): string[] => ["--node", testnet.endpoints[1]?.rpc ?? "", "--gateway", testnet.endpoints[1]?.api ?? ""];
  const job = async () => (await chain.openledger.modelfactory.job({ jobId })).job;

  it("matches where the trainer was honest", async () => {
    const { code, stdout, stderr } = await openledgerd("replay", jobId.toString(), "--segment", "1", ...doors());
    expect(`${code} ${stderr}`).to.equal("0 ");
    expect(stdout).to.match(/^segment 1\/2, steps 1 to 2: match \([\d.]+ s\)\njob \d+: match\n$/);
  });

  it("finds the altered step, is won by whoever disputes it, refunds the payer and marks the adapter", async () => {
    const { developer, fee, adapterId } = await job();
    const before = await chain.balance(developer);
    const key = join(home.validator(2), "config", "operator_key.hex");
    const ended = await openledgerd("replay", jobId.toString(), "--json", "--dispute", "--from", key, ...doors());
    expect(`${ended.code} ${ended.stderr}`).to.equal("1 ");
    const report = JSON.parse(ended.stdout) as { verdict: string; segments: { step?: number }[]; dispute: { status: string } };
    expect(report.verdict).to.equal("differs");
    expect(report.segments.at(-1)).to.include({ segment: 2, step: 3 });
    expect(report.dispute.status).to.equal("DISPUTE_STATUS_UPHELD");
    expect((await job()).status).to.equal(JobStatus.JOB_STATUS_REFUTED);
    const { adapter } = await chain.openledger.modelfactory.adapter({ adapterId });
    expect(adapter.status).to.equal(AdapterStatus.ADAPTER_STATUS_REFUTED);
    expect((await chain.balance(developer)) - before >= BigInt(fee)).to.equal(true);
  });

  it("says in one line that there is no such job, and that nobody answers", async () => {
    const missing = await openledgerd("replay", "999", ...doors());
    expect([missing.code, missing.stdout]).to.deep.equal([2, ""]);
    const nobody = await openledgerd("replay", "1", "--node", "http://127.0.0.1:1");
    expect(nobody.code).to.equal(2);
    expect(nobody.stderr).to.match(/^openledgerd replay: [^\n]*--node\n$/);
  });
});
