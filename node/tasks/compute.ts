import { Reject } from "../../chain/primitives/index.js";
import { AttributionTask, WorkAudit } from "../../proto/gen/openledger/attribution/v1.js";
import { ReplayOutcome, ReplayTask } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { DatasetRef } from "../../proto/gen/openledger/modelfactory/v1.js";
import { QualityTask, QualityVerdict, QualityVerdict_Verdict } from "../../proto/gen/openledger/datanet/v1.js";
import { InferenceOutcome, InferenceTask } from "../../proto/gen/openledger/openlora/v1.js";
import type { Task } from "../../proto/gen/openledger/attest/v1.js";
import type { Address } from "../../chain/primitives/index.js";
import { encodeFinding } from "../../modules/attribution/rules/finding.js";
import { encodeAudit, sealWork, workSeed } from "../../modules/attribution/rules/work.js";
import type { FoundWork } from "../../modules/attribution/rules/work.js";
import { keepsPromise } from "../../modules/datanet/rules/blob.js";
import type { Blobs } from "../blobs/types.js";
import { EdgeFailure, isFailure } from "../errors.js";
import { replayOutcome } from "../replay/task.js";
import { outcomeOf, publishEvidence } from "./attribution.js";
import { readBlob } from "./blob-reader.js";
import { Models, queryAdapter } from "./models.js";
import type { ModelDeps } from "./models.js";

/** Turns a task's payload into the value that this validator attests. One function a kind; all inputs are on chain. */

/** What work is done on; in tasks of attributions and of audits alike. */
interface Lineage {
  readonly adapterId: bigint;
  readonly baseModelId: bigint;
  readonly datasets: readonly DatasetRef[];
  /** Texts of these earn nothing; they are part of the corpus all the same. */
  readonly background: readonly DatasetRef[];
}

export interface ComputerDeps extends ModelDeps {
  readonly blobs: Blobs;
  /** This validator's consensus address, to which its work is bound; undefined for a node that only follows. */
  readonly validator: Address | undefined;
}

export class Computer {
  private readonly deps: ComputerDeps;
  private readonly models: Models;

  constructor(deps: ComputerDeps) {
    this.deps = deps;
    this.models = new Models(deps);
  }

  /** @throws EdgeFailure; Reject when the payload is not what its kind says. */
  async value(task: Task, signal: AbortSignal): Promise<Uint8Array> {
    switch (task.kind) {
      case "quality":
        return this.quality(QualityTask.decode(task.payload), signal);
      case "inference":
        return this.models.retrying(() => this.inference(InferenceTask.decode(task.payload), signal));
      case "attribution":
        return this.models.retrying(() => this.attribution(task, AttributionTask.decode(task.payload), signal));
      case "replay":
        return this.models.retrying(async () =>
          ReplayOutcome.encode(await replayOutcome(this.deps, this.models, ReplayTask.decode(task.payload), { signal })),
        );
      case "work-audit":
        return this.models.retrying(() => this.audit(WorkAudit.decode(task.payload), signal));
      default:
        throw new EdgeFailure("config", "this node computes no such kind of task", { kind: task.kind });
    }
  }

  /** A blob that cannot be had says nothing of its contents: the task then has no value yet. */
  private async quality(task: QualityTask, signal: AbortSignal): Promise<Uint8Array> {
    const verdict = (matches: boolean): Uint8Array =>
      QualityVerdict.encode({
        verdict: matches ? QualityVerdict_Verdict.VERDICT_MATCHES : QualityVerdict_Verdict.VERDICT_MISMATCH,
      });
    try {
      const bytes = await readBlob(this.deps.blobs, task.blobCid, signal, 2 * task.maxBlobBytes);
      return verdict(keepsPromise(bytes, task));
    } catch (error) {
      const wrong = error instanceof Reject || isFailure(error, "malformed") || isFailure(error, "too-large");
      if (wrong) return verdict(false);
      throw error;
    }
  }

  private async inference(task: InferenceTask, signal: AbortSignal): Promise<Uint8Array> {
    const adapter = await queryAdapter(this.deps.state, task.adapterId);
    const baseId = await this.models.base(task.baseModelId, signal);
    const adapterId = await this.models.adapter(adapter, signal);
    const { prompt, maxTokens, sampling } = task;
    const found = await this.deps.sidecar.generate({ baseId, adapterId, prompt, maxTokens, ...sampling }, signal);
    const { text, promptTokens, answerTokens, outputHash, runtimeId } = found;
    return InferenceOutcome.encode({ text, promptTokens, answerTokens, outputHash, runtimeId });
  }

  private async attribution({ id, attempt }: Task, task: AttributionTask, signal: AbortSignal): Promise<Uint8Array> {
    const { validator } = this.deps;
    if (validator === undefined) throw new EdgeFailure("config", "work needs a validator to be bound to", {});
    const adapter = await queryAdapter(this.deps.state, task.adapterId);
    const baseId = await this.models.base(task.baseModelId, signal);
    const adapterId = await this.models.adapter(adapter, signal);
    const tangentRoot = await this.models.vectors(adapter, signal);
    const corpusId = await this.models.corpus(task, signal);
    const { promptTokens, answerTokens, minSpanTokens, maxRows } = task;
    const found = await this.deps.sidecar.attribute(
      { baseId, adapterId, tangentRoot, corpusId, promptTokens, answerTokens, minSpanTokens, displayRows: maxRows },
      signal,
    );
    const seed = workSeed({ taskId: id, attempt, beacon: task.beacon, validator });
    const work = sealWork((await this.work(task, seed, signal)).digest);
    const evidence = await publishEvidence(this.deps, { task, found, corpusId }, signal);
    return encodeFinding({ outcome: outcomeOf(task, found, evidence), work }, task);
  }

  private async work(lineage: Lineage, seed: Uint8Array, signal: AbortSignal): Promise<FoundWork> {
    const adapter = await queryAdapter(this.deps.state, lineage.adapterId);
    const baseId = await this.models.base(lineage.baseModelId, signal);
    const adapterId = await this.models.adapter(adapter, signal);
    const corpusId = await this.models.corpus(lineage, signal);
    return this.deps.sidecar.work({ baseId, adapterId, corpusId, seed }, signal);
  }

  /** The digest itself, of which the audited validator published the seal, and the program that found it. */
  private async audit(task: WorkAudit, signal: AbortSignal): Promise<Uint8Array> {
    return encodeAudit(await this.work(task, task.seed, signal));
  }
}
