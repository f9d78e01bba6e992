import type {
  AttributeRequest as WireAttributeRequest,
  AttributeResponse,
  GenerateRequest as WireGenerateRequest,
  InfoResponse,
  ProveSpanRequest as WireProveSpanRequest,
  Score,
  TrainCheckpoint,
  TrainRequest,
  TrainResult as WireTrainResult,
  GenerateResult as WireGenerateResult,
  BaseInfo as WireBaseInfo,
} from "../../proto/gen/openledger/sidecar/v1.js";
import { SidecarError } from "../errors.js";
import { TARGETS } from "../lora/targets.js";
import type {
  AttributeRequest,
  AttributeResult,
  BaseInfo,
  Checkpoint,
  ContributorScore,
  GenerateRequest,
  GenerateResult,
  LoraTarget,
  ProveSpanRequest,
  RuntimeInfo,
  Sampling,
  TrainJob,
  TrainResult,
} from "../types.js";

/** Between the wire and the runtime's own types. Bounds are the runtime's business; only forms are checked here. */

function safe(value: bigint, what: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw SidecarError.InvalidRequest(`${what} is too large`);
  return Number(value);
}

function parseTargets(names: readonly string[]): LoraTarget[] {
  return names.map((name) => {
    const target = TARGETS.find((t) => t === name);
    if (target === undefined) throw SidecarError.InvalidRequest(`no projection is called ${name}`);
    return target;
  });
}

/** @throws Reject sidecar/2 */
export function parseTrainJob(wire: TrainRequest): TrainJob {
  return {
    baseId: wire.baseId,
    rows: wire.rows,
    lora: { rank: wire.rank, alpha: wire.alpha, targets: parseTargets(wire.targets) },
    adam: {
      rateNano: safe(wire.rateNano, "rate"),
      beta1Ppm: wire.beta1Ppm,
      beta2Ppm: wire.beta2Ppm,
      epsilonPico: safe(wire.epsilonPico, "epsilon"),
    },
    batchSize: wire.batchSize,
    steps: wire.steps,
    sequenceLength: wire.sequenceLength,
    seed: wire.seed,
    checkpointEvery: wire.checkpointEvery,
    tangents: wire.tangents,
    maxTangents: wire.maxTangents,
    metasmoothSubsets: wire.metasmoothSubsets,
    ...(wire.parentState.length > 0 ? { parentState: wire.parentState } : {}),
    parentContributors: wire.parentContributors,
    statesOnly: wire.statesOnly,
    ...(wire.resumeFrom.length > 0 ? { resumeFrom: wire.resumeFrom } : {}),
    ...(wire.stopAfter > 0 ? { stopAfter: wire.stopAfter } : {}),
  };
}

export function checkpointToWire(c: Checkpoint): TrainCheckpoint {
  return {
    step: c.step,
    lossMicroNats: BigInt(c.lossMicroNats),
    dataCursor: c.dataCursor,
    stateHash: c.stateHash,
    state: c.state,
    steps: c.steps.map((s) => ({ ...s, lossMicroNats: BigInt(s.lossMicroNats) })),
  };
}

export function trainResultToWire(r: TrainResult): WireTrainResult {
  return {
    complete: r.complete,
    runtimeId: r.runtimeId,
    adapterId: r.adapterId,
    adapterConfig: r.adapter.config,
    adapterWeights: r.adapter.weights,
    tangents: r.tangents,
    tangentRoot: r.tangentRoot,
    stateHash: r.stateHash,
    finalLossMicroNats: BigInt(r.finalLossMicroNats),
    steps: r.steps,
    sequences: r.sequences,
    tokens: r.tokens,
    fallback: r.fallback,
    metasmoothness: r.metasmoothness,
  };
}

function parseSampling(wire: WireGenerateRequest): Sampling {
  if (wire.temperatureMilli === 0) return { kind: "greedy" };
  return { kind: "seeded", seed: wire.seed, temperatureMilli: wire.temperatureMilli, topK: wire.topK };
}

export function parseGenerateRequest(wire: WireGenerateRequest): GenerateRequest {
  const { baseId, adapterId, prompt, maxTokens } = wire;
  return { baseId, adapterId, prompt, maxTokens, sampling: parseSampling(wire) };
}

export function generateResultToWire(r: GenerateResult): WireGenerateResult {
  const { runtimeId, text, promptTokens, answerTokens, outputHash, finish } = r;
  return { runtimeId, text, promptTokens, answerTokens, outputHash, finish };
}

export function parseAttributeRequest(wire: WireAttributeRequest): AttributeRequest {
  return { ...wire };
}

function scores(list: readonly ContributorScore[]): Score[] {
  return list.map(({ contributor, score }) => ({ contributor, score }));
}

export function attributeResultToWire(r: AttributeResult): AttributeResponse {
  const { buffer, byteOffset, length } = r.queryGradient;
  return {
    runtimeId: r.runtimeId,
    influence: scores(r.influence),
    scoreExponent: r.scoreExponent,
    queryGradient: new Uint8Array(buffer, byteOffset, length),
    queryExponent: r.queryExponent,
    spans: r.spans.map((s) => ({ ...s, position: BigInt(s.position) })),
    spanScores: scores(r.spanScores),
    displayRows: r.displayRows,
    lossMicroNats: BigInt(r.lossMicroNats),
    method: r.method,
    spanRoot: r.spanRoot,
  };
}

export function parseProveSpanRequest({ corpusId, position, length }: WireProveSpanRequest): ProveSpanRequest {
  return { corpusId, position: safe(position, "position"), length };
}

export function baseToWire(b: BaseInfo): WireBaseInfo {
  return { ...b, parameters: BigInt(b.parameters) };
}

export function infoToWire(info: RuntimeInfo): InfoResponse {
  return {
    runtimeId: info.runtimeId,
    lane: info.lane,
    backend: info.backend,
    opSet: info.opSet,
    bases: info.bases.map(baseToWire),
    adapters: info.adapters.map((a) => ({ ...a, parameters: BigInt(a.parameters) })),
    corpora: info.corpora.map((c) => ({ ...c, tokens: BigInt(c.tokens) })),
    tensors: info.tensors,
    tensorBytes: BigInt(info.tensorBytes),
  };
}
