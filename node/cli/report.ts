import { toHex } from "../../chain/primitives/index.js";
import { DisputeStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Dispute } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { JobReplay, OtherRuntime, SegmentReplay, Verdict } from "../replay/index.js";

/** Exit code of a job that this machine cannot replay: something it needs cannot be had, be it data or the trainer's runtime. */
export const CANNOT_REPLAY = 2;

/** What a person reads of a verdict. */
export function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case "match":
      return "match";
    case "differs": {
      const { step, part, published, found } = verdict;
      return `differs first at step ${step}: ${part} is ${found}, published ${published}`;
    }
    case "corrupt":
      return `the ${verdict.what} of step ${verdict.step} (${verdict.cid}) is not what the chain says`;
    case "unavailable":
      return `the ${verdict.what} of step ${verdict.step} (${verdict.cid}) cannot be had from this node or its peers`;
  }
}

export function segmentText({ segment, verdict }: SegmentReplay, of: number, seconds: number): string {
  const from = (segment.start?.step ?? 0) + 1;
  return `segment ${segment.number}/${of}, steps ${from} to ${segment.end.step}: ${verdictText(verdict)} (${seconds.toFixed(1)} s)`;
}

/** 0: all of it matches; 1: something differs or is not what the chain says; 2: something cannot be had. */
export function exitCodeOf(verdict: Verdict): number {
  if (verdict.kind === "match") return 0;
  return verdict.kind === "unavailable" ? CANNOT_REPLAY : 1;
}

export function otherRuntimeText({ trained, own }: OtherRuntime): string {
  return `trained by another runtime (${toHex(trained)}), cannot be replayed with this one (${toHex(own)})`;
}

/** One object, as `reportJson` gives one of a replay. */
export function otherRuntimeJson(jobId: bigint, { trained, own }: OtherRuntime): string {
  const body = { job: jobId.toString(), verdict: "other-runtime", exitCode: CANNOT_REPLAY, trained: toHex(trained), own: toHex(own) };
  return JSON.stringify(body);
}

const DISPUTE_TEXT: Readonly<Record<number, string>> = {
  [DisputeStatus.DISPUTE_STATUS_UPHELD]: "upheld: the trainer was wrong or silent",
  [DisputeStatus.DISPUTE_STATUS_REJECTED]: "rejected: the challenger was wrong or silent",
  [DisputeStatus.DISPUTE_STATUS_UNRESOLVED]: "unresolved: the validators came to no result, or have another runtime; bonds went back",
};

export function disputeText({ id, status, reason }: Dispute): string {
  const text = DISPUTE_TEXT[status] ?? "open";
  return `dispute ${id} is ${text}${reason === "" ? "" : ` (${reason})`}`;
}

function statusName(status: number): string {
  return Object.entries(DisputeStatus).find(([, value]) => value === status)?.[0] ?? "";
}

/** One object: the whole replay, for programs. */
export function reportJson({ job, segments, result, verdict }: JobReplay, dispute: Dispute | undefined): string {
  const body = {
    job: job.id.toString(),
    verdict: verdict.kind,
    exitCode: exitCodeOf(verdict),
    segments: segments.map(({ segment, verdict: v }) => ({
      segment: segment.number,
      from: (segment.start?.step ?? 0) + 1,
      to: segment.end.step,
      ...v,
    })),
    ...(result === undefined ? {} : { result }),
    ...(dispute === undefined ? {} : { dispute: { id: dispute.id.toString(), status: statusName(dispute.status) } }),
  };
  return JSON.stringify(body);
}
