/** Stopwatches around what the node calls: the application, the sidecar, the doors. What they hold behaves as before. */
import type { AppConnection } from "../app/index.js";
import { isFailure } from "../errors.js";
import type { FailureCode } from "../errors.js";
import type { QueryDoor } from "../rpc/index.js";
import type { SidecarClient } from "../sidecar-client/index.js";
import type { Registry } from "./metrics.js";

/** proxy/metrics.gen.go of CometBFT v0.38. */
const ABCI_BUCKETS = [0.0001, 0.0004, 0.002, 0.009, 0.02, 0.1, 0.65, 2, 6, 25];
/** Milliseconds, as CometBFT counts them. */
const BLOCK_BUCKETS = [1, 11, 21, 31, 41, 51, 61, 71, 81, 91];
const SIDECAR_BUCKETS = [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800];

const seconds = (): number => performance.now() / 1_000;

/** The application with the time of each of its methods, and that of blocks. */
export function timedApplication(app: AppConnection, registry: Registry, namespace: string): AppConnection {
  const times = registry.histogram({
    name: `${namespace}_abci_connection_method_timing_seconds`,
    help: "Timing for each ABCI method.",
    labels: ["method", "type"],
    buckets: ABCI_BUCKETS,
  });
  const blocks = registry.histogram({
    name: `${namespace}_state_block_processing_time`,
    help: "Time spent processing FinalizeBlock, in milliseconds.",
    buckets: BLOCK_BUCKETS,
  });
  const timed = async <T>(method: string, work: () => Promise<T>): Promise<T> => {
    const from = seconds();
    try {
      return await work();
    } finally {
      times.observe(seconds() - from, method, "sync");
    }
  };
  const finalize: AppConnection["finalizeBlock"] = async (request) => {
    const from = seconds();
    const response = await timed("finalize_block", () => app.finalizeBlock(request));
    blocks.observe((seconds() - from) * 1_000);
    return response;
  };
  return {
    info: () => app.info(),
    initChain: (request) => timed("init_chain", () => app.initChain(request)),
    query: (request) => timed("query", () => app.query(request)),
    checkTx: (request) => timed("check_tx", () => app.checkTx(request)),
    prepareProposal: (request) => timed("prepare_proposal", () => app.prepareProposal(request)),
    processProposal: (request) => timed("process_proposal", () => app.processProposal(request)),
    extendVote: (request) => timed("extend_vote", () => app.extendVote(request)),
    verifyVoteExtension: (request) => timed("verify_vote_extension", () => app.verifyVoteExtension(request)),
    finalizeBlock: finalize,
    commit: () => timed("commit", () => app.commit()),
  };
}

const FAILURES: readonly FailureCode[] = ["busy", "timeout", "unreachable", "malformed", "not-found", "remote", "aborted"];

/** Makes a sidecar one with the time of each call, by outcome. The metric is there without a sidecar too. */
export function sidecarTimer(registry: Registry): (client: SidecarClient) => SidecarClient {
  const times = registry.histogram({
    name: "openledger_sidecar_call_seconds",
    help: "Time of calls to the sidecar, by method and outcome.",
    labels: ["method", "outcome"],
    buckets: SIDECAR_BUCKETS,
  });
  const timed = async <T>(method: string, work: () => Promise<T>): Promise<T> => {
    const from = seconds();
    let outcome = "ok";
    try {
      return await work();
    } catch (error) {
      outcome = FAILURES.find((code) => isFailure(error, code)) ?? "error";
      throw error;
    } finally {
      times.observe(seconds() - from, method, outcome);
    }
  };
  return (client) => ({
    info: (signal) => timed("info", () => client.info(signal)),
    loadBase: (files, signal) => timed("load_base", () => client.loadBase(files, signal)),
    loadAdapter: (adapter, signal) => timed("load_adapter", () => client.loadAdapter(adapter, signal)),
    loadTangents: (tangents, signal) => timed("load_tangents", () => client.loadTangents(tangents, signal)),
    loadCorpus: (corpus, signal) => timed("load_corpus", () => client.loadCorpus(corpus, signal)),
    train: (job, handlers, signal) => timed("train", () => client.train(job, handlers, signal)),
    generate: (request, signal) => timed("generate", () => client.generate(request, signal)),
    attribute: (request, signal) => timed("attribute", () => client.attribute(request, signal)),
    work: (request, signal) => timed("work", () => client.work(request, signal)),
    proveSpan: (request, signal) => timed("prove_span", () => client.proveSpan(request, signal)),
    close: () => client.close(),
  });
}

export type Door = "rpc" | "grpc" | "rest";

/** Told of each answered request: its route, "ok" or what it failed with, and how long it took. */
export type RequestObserver = (route: string, status: string, seconds: number) => void;

/** What doors tell of their requests. Routes come from tables of methods, never from what a client sends. */
export function requestObserver(registry: Registry): (door: Door) => RequestObserver {
  const requests = registry.counter({
    name: "openledger_requests_total",
    help: "Requests that the doors answered, by route and status.",
    labels: ["door", "route", "status"],
  });
  const times = registry.histogram({
    name: "openledger_request_seconds",
    help: "Time to answer them, by door.",
    labels: ["door"],
    buckets: [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  });
  return (door) => (route, status, took) => {
    requests.add(1, door, route, status);
    times.observe(took, door);
  };
}

/** A query door that tells of its queries. `routes` are the paths there are; everything else is "other". */
export function observedDoor<D extends QueryDoor>(door: D, routes: ReadonlySet<string>, observe: RequestObserver): D {
  return {
    ...door,
    query: async (request: Parameters<QueryDoor["query"]>[0]) => {
      const from = seconds();
      const response = await door.query(request);
      const route = routes.has(request.path) ? request.path.slice(1) : "other";
      observe(route, response.code === 0 ? "ok" : `${response.codespace}/${response.code}`, seconds() - from);
      return response;
    },
  };
}
