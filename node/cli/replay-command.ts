import { EdgeFailure, errorText, isFailure } from "../errors.js";
import { parseGasPrice } from "../config/settings.js";
import { readHexSecret, readText } from "../config/home.js";
import { otherRuntime, queryCheckpoints, queryJob, replayJob } from "../replay/index.js";
import type { JobReplay } from "../replay/index.js";
import { createSidecarClient } from "../sidecar-client/index.js";
import type { SidecarClient } from "../sidecar-client/index.js";
import { Models } from "../tasks/index.js";
import { createTxSender } from "../trainer/index.js";
import { challenge, claimOf } from "./challenge.js";
import type { ReplayPlace } from "./place.js";
import { startOwnSidecar } from "./own-sidecar.js";
import { createRemoteBlobs } from "./remote-blobs.js";
import { createRemoteDoor, createRemoteState, remoteChainId } from "./remote-chain.js";
import { CANNOT_REPLAY, disputeText, exitCodeOf, otherRuntimeJson, otherRuntimeText, reportJson, segmentText, verdictText } from "./report.js";
import { createProgressLine } from "./progress-line.js";
import { createRpc } from "./rpc.js";
import type { Rpc } from "./rpc.js";
import type { Dispute, TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";

export interface ReplayOptions {
  readonly segment?: number;
  readonly node: string;
  readonly gateway: string;
  readonly sidecar?: string;
  readonly sidecarToken?: string;
  readonly wait: number;
  readonly json: boolean;
  readonly dispute: boolean;
  readonly from?: string;
  readonly gasPrice: string;
}

/** Exit code where the replay itself could not be done. */
const FAILED = 3;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** A sidecar of the caller's, or one that is started here and ended by `stop`. */
async function openSidecar(options: ReplayOptions): Promise<{ readonly client: SidecarClient; readonly stop: () => Promise<void> }> {
  if (options.sidecar !== undefined) {
    const token = options.sidecarToken === undefined ? {} : { token: readText(options.sidecarToken).trim() };
    const client = createSidecarClient({ address: options.sidecar, ...token });
    const close = (): Promise<void> => {
      client.close();
      return Promise.resolve();
    };
    return { client, stop: close };
  }
  const own = await startOwnSidecar();
  const client = createSidecarClient({ address: own.address, token: own.token });
  const close = async (): Promise<void> => {
    client.close();
    await own.stop();
  };
  return { client, stop: close };
}

async function openDispute(place: ReplayPlace, rpc: Rpc, options: ReplayOptions, replay: JobReplay): Promise<Dispute | undefined> {
  const say = options.json ? () => undefined : print;
  const claim = claimOf(replay);
  if (claim === undefined) {
    say("there is nothing that a dispute could settle");
    return undefined;
  }
  const key = { secretKey: readHexSecret(options.from ?? ""), gasPriceMicro: parseGasPrice(options.gasPrice) };
  const chainId = await remoteChainId(rpc, place.signal);
  const sender = createTxSender({ chainId, ...key }, { state: place.state, door: createRemoteDoor(rpc) });
  return challenge({ ...place, sender, say }, replay, claim);
}

async function noSegment({ state }: ReplayPlace, jobId: bigint, segment: number | undefined): Promise<EdgeFailure> {
  const count = (await queryCheckpoints(state, jobId)).length;
  const what = count === 0 ? "no checkpoint yet" : `${count} segments so far, and no segment ${segment ?? 1}`;
  return new EdgeFailure("not-found", `job ${jobId} has ${what}`, { job: jobId });
}

/** @throws EdgeFailure "not-found" in words for whoever typed the number. */
async function jobAt({ state }: ReplayPlace, jobId: bigint): Promise<TrainingJob> {
  try {
    return await queryJob(state, jobId);
  } catch (error) {
    throw isFailure(error, "not-found") ? new EdgeFailure("not-found", `there is no training job ${jobId} on this chain`, {}, error) : error;
  }
}

async function replayAt(place: ReplayPlace, jobId: bigint, options: ReplayOptions): Promise<JobReplay> {
  let at = performance.now();
  const what = { jobId, ...(options.segment === undefined ? {} : { segment: options.segment }) };
  const line = createProgressLine(process.stderr);
  const replay = await replayJob(place, new Models(place), what, {
    signal: place.signal,
    waitMs: options.wait * 1_000,
    onProgress: ({ step, steps }) => line.show(`replaying job ${jobId}, step ${step} of ${steps}`),
    onSegment: (segment, of) => {
      line.clear();
      const seconds = (performance.now() - at) / 1_000;
      at = performance.now();
      if (!options.json) print(segmentText(segment, of, seconds));
    },
  });
  if (replay.segments.length === 0) throw await noSegment(place, jobId, options.segment);
  return replay;
}

/** Whether the trainer had another runtime than this machine: then a replay would differ whatever the trainer did. */
async function comparable(place: ReplayPlace, jobId: bigint, options: ReplayOptions): Promise<boolean> {
  const { runtimeId } = await jobAt(place, jobId);
  const other = runtimeId.length === 0 ? undefined : await otherRuntime(place.sidecar, runtimeId, place.signal);
  if (other === undefined) return true;
  print(options.json ? otherRuntimeJson(jobId, other) : `job ${jobId}: ${otherRuntimeText(other)}`);
  return false;
}

async function run(jobId: bigint, options: ReplayOptions, signal: AbortSignal): Promise<number> {
  const rpc = createRpc(options.node);
  const { client, stop } = await openSidecar(options);
  try {
    const place: ReplayPlace = { state: createRemoteState(rpc, signal), blobs: createRemoteBlobs(options.gateway), sidecar: client, signal };
    if (!(await comparable(place, jobId, options))) return CANNOT_REPLAY;
    const replay = await replayAt(place, jobId, options);
    if (!options.json && replay.result !== undefined) print(`result: ${verdictText(replay.result)}`);
    const dispute = options.dispute ? await openDispute(place, rpc, options, replay) : undefined;
    if (options.json) print(reportJson(replay, dispute));
    else {
      if (dispute !== undefined) print(disputeText(dispute));
      print(`job ${jobId}: ${verdictText(replay.verdict)}`);
    }
    return exitCodeOf(replay.verdict);
  } finally {
    await stop();
  }
}

const OUT_OF_REACH = ["not-found", "unreachable", "timeout"] as const;

/** Runs the command; what cannot be had, or not with this runtime, ends it with 2, any other failure with 3, each in one line. */
export async function runReplay(jobId: bigint, options: ReplayOptions): Promise<number> {
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await run(jobId, options, abort.signal);
  } catch (error) {
    process.stderr.write(`openledgerd replay: ${error instanceof EdgeFailure ? error.message : errorText(error)}\n`);
    return OUT_OF_REACH.some((code) => isFailure(error, code)) ? CANNOT_REPLAY : FAILED;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}
