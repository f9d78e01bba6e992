import { parseHex } from "../chain/primitives/index.js";
import type { TrustRoot } from "../client/verify/index.js";
import { launch } from "./launcher/launch.js";
import type { Testnet } from "./launcher/launch.js";
import { queryBlockHash, queryStatus } from "./launcher/node-status.js";
import type { TestnetHome, TestnetState } from "./home.js";
import type { Progress } from "./progress.js";
import { openActors } from "./story/actors.js";
import { checkAnswers, checkAppHashes, checkSupply } from "./story/checks.js";
import type { Check } from "./story/checks.js";
import type { StoryOptions } from "./story/options.js";
import { reportAnswers } from "./story/report.js";
import type { AnswerReport } from "./story/report.js";
import { connectChain } from "./story/stargate-chain.js";
import { tellStory } from "./story/tell.js";
import type { RunStage, Told } from "./story/tell.js";

export interface SessionOptions {
  readonly home: TestnetHome;
  readonly state: TestnetState;
  readonly story: StoryOptions;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly sidecarProgram?: (index: number) => string | undefined;
  /** Called before each stage of the story; a test ends processes there. */
  readonly onStage?: (title: string, testnet: Testnet) => Promise<void> | void;
}

export interface StageTime {
  readonly title: string;
  readonly seconds: number;
}

/** What the story came to. */
export interface Outcome {
  readonly told: Told;
  readonly answers: readonly AnswerReport[];
  readonly checks: readonly Check[];
  readonly times: readonly StageTime[];
}

const HEIGHT_MS = 1_000;

/** Measures stages and shows them. */
function stageRunner(options: SessionOptions, testnet: Testnet, times: StageTime[]): RunStage {
  return async (title, work) => {
    options.signal.throwIfAborted();
    await options.onStage?.(title, testnet);
    const startedAt = performance.now();
    options.progress.stage(title);
    const result = await work();
    const took = (performance.now() - startedAt) / 1_000;
    times.push({ title, seconds: took });
    options.progress.done(took);
    return result;
  };
}

function watchHeight(rpc: string, progress: Progress): () => void {
  const look = (): void => void queryStatus(rpc).then(({ height }) => progress.height(height), () => undefined);
  look();
  const timer = setInterval(look, HEIGHT_MS);
  return () => clearInterval(timer);
}

/** Starts the processes. The caller stops them. */
export async function bringUp(options: SessionOptions): Promise<{ readonly testnet: Testnet; readonly seconds: number }> {
  const { home, state, progress, signal, sidecarProgram } = options;
  const startedAt = performance.now();
  progress.stage(`start ${state.ports.length} validators and their sidecars`);
  const testnet = await launch({
    home,
    state,
    signal,
    onNotice: (text) => progress.print(text),
    onProgress: (text) => progress.note(text),
    ...(sidecarProgram === undefined ? {} : { sidecarProgram }),
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  progress.done(seconds);
  return { testnet, seconds };
}

/** A payout is proven at the state below the last signed header: a network that goes on may be asked before it has made a block. */
const PROVEN_BEHIND = 2;

/**
 * What the client will trust: a header that every node has, close to the last, if all of them say the same of it. Somebody without a
 * network of their own takes it from people they trust.
 */
async function agreedHeader(rpcs: readonly string[]): Promise<TrustRoot> {
  const top = Math.min(...(await Promise.all(rpcs.map(async (rpc) => (await queryStatus(rpc)).height))));
  const height = Math.max(1, top - PROVEN_BEHIND);
  const hashes = await Promise.all(rpcs.map((rpc) => queryBlockHash(rpc, height)));
  const [hash = ""] = hashes;
  if (hashes.some((other) => other !== hash)) throw new Error(`the nodes disagree about block ${height}: ${hashes.join(", ")}`);
  return { height: BigInt(height), hash: parseHex(hash) };
}

/** Tells the story on a running testnet and checks everything it claims. */
export async function runStory(options: SessionOptions, testnet: Testnet, startSeconds: number): Promise<Outcome> {
  const { state, progress, signal } = options;
  const [gateway] = testnet.endpoints;
  if (gateway === undefined) throw new Error("a testnet needs a validator");
  const chain = await connectChain(gateway, await agreedHeader(testnet.endpoints.map((node) => node.rpc)));
  const stopWatching = watchHeight(gateway.rpc, progress);
  const times: StageTime[] = [{ title: "start", seconds: startSeconds }];
  try {
    const actors = await openActors(state.mnemonics);
    const story = { chain, actors, options: options.story, signal, note: (text: string) => progress.note(text) };
    const stage = stageRunner(options, testnet, times);
    const told = await tellStory(story, stage);
    const answers = await stage("recompute every payout", () => reportAnswers(story, told.inferenceIds));
    const running = testnet.endpoints.filter(({ name }) => testnet.supervisor.child(name)?.isRunning() === true);
    const hashes = await checkAppHashes(running.map((node) => node.rpc));
    const all = { name: "every validator runs", holds: running.length === testnet.endpoints.length, found: `${running.length}` };
    const checks = [...checkAnswers(answers), hashes, checkSupply(await chain.supply()), all];
    return { told, answers, checks, times };
  } finally {
    stopWatching();
    chain.disconnect();
  }
}
