import { splitRows } from "../../modules/datanet/rules/blob.js";
import { PayoutRole } from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionRecord, Payout } from "../../proto/gen/openledger/attribution/v1.js";
import { COMMUNITY_POOL_ACCOUNT } from "../../client/verify/index.js";
import type { PayoutVerification } from "../../client/verify/index.js";
import type { StoryChain } from "./chain.js";
import type { Story } from "./story.js";

/** A row that is shown, with where it stands. */
export interface QuotedRow {
  readonly contributor: string;
  readonly contributionId: bigint;
  readonly row: number;
  readonly text: string;
  /** The words of the answer that stand in it; undefined for a row that pulled without being quoted. */
  readonly span?: string;
}

export interface ShareLine {
  readonly contributor: string;
  readonly influence: bigint;
  readonly ppm: number;
  /** uopen. */
  readonly amount: bigint;
}

export interface PayoutLine {
  readonly role: string;
  readonly who: string;
  /** uopen. */
  readonly amount: bigint;
}

/** One paid answer, ready to be shown. Names stand for accounts. */
export interface AnswerReport {
  readonly prompt: string;
  readonly answer: string;
  readonly shares: readonly ShareLine[];
  readonly rows: readonly QuotedRow[];
  readonly payouts: readonly PayoutLine[];
  readonly agreement: { readonly agreeing: bigint; readonly committee: bigint };
  readonly verification: Omit<PayoutVerification, "record">;
}

const ROLES: Readonly<Record<number, string>> = {
  [PayoutRole.PAYOUT_ROLE_CONTRIBUTOR]: "contributor",
  [PayoutRole.PAYOUT_ROLE_ADAPTER_OWNER]: "adapter owner",
  [PayoutRole.PAYOUT_ROLE_BASE_MODEL_OWNER]: "base model owner",
  [PayoutRole.PAYOUT_ROLE_ATTESTER]: "validator who agreed",
  [PayoutRole.PAYOUT_ROLE_PLATFORM]: "platform",
  [PayoutRole.PAYOUT_ROLE_BURN]: "burned",
};

type NameOf = (account: string) => string;

async function namesOf(story: Story): Promise<NameOf> {
  const actors = Object.values(story.actors).map((actor) => [actor.address, actor.name] as const);
  const operators = await story.chain.operators();
  const names = new Map([...operators, ...actors, [COMMUNITY_POOL_ACCOUNT, "the community pool"] as const, ["", "nobody"] as const]);
  return (account) => names.get(account) ?? account;
}

type ReadRow = (contributionId: bigint, row: number) => Promise<string>;

/** Rows come from the blobs at the nodes, each read once. */
function rowReader(chain: StoryChain): ReadRow {
  const blobs = new Map<bigint, Promise<string[]>>();
  const load = async (contributionId: bigint): Promise<string[]> => {
    const { contribution } = await chain.openledger.datanet.contribution({ contributionId });
    return splitRows(await chain.readBlob(contribution.blobCid));
  };
  return async (contributionId, row) => {
    const rows = blobs.get(contributionId) ?? load(contributionId);
    blobs.set(contributionId, rows);
    return (await rows)[row] ?? "";
  };
}

const SHOWN_ROWS = 3;
const SHOWN_SPANS = 3;

async function quoteRows(record: AttributionRecord, nameOf: NameOf, readRow: ReadRow): Promise<QuotedRow[]> {
  const { rows, spans } = record.outcome;
  const pulling = rows.filter((row) => row.score > 0n).slice(0, SHOWN_ROWS);
  const quoted = spans.slice(0, SHOWN_SPANS);
  const all = [...pulling.map((row) => ({ ...row, span: undefined })), ...quoted.map((span) => ({ ...span, span: span.text }))];
  return Promise.all(
    all.map(async ({ contributionId, row, contributor, span }) => ({
      contributor: nameOf(contributor),
      contributionId,
      row,
      text: await readRow(contributionId, row),
      ...(span === undefined ? {} : { span }),
    })),
  );
}

function payoutLine({ role, account, amount }: Payout, nameOf: NameOf): PayoutLine {
  return { role: ROLES[role] ?? `role ${role}`, who: nameOf(account), amount: BigInt(amount) };
}

/** What the chain says of each answer, recomputed. */
export async function reportAnswers(story: Story, inferenceIds: readonly bigint[]): Promise<AnswerReport[]> {
  const { chain } = story;
  const nameOf = await namesOf(story);
  const readRow = rowReader(chain);
  const reports: AnswerReport[] = [];
  for (const inferenceId of inferenceIds) {
    const { inference } = await chain.openledger.openlora.inference({ inferenceId });
    const { record } = await chain.openledger.attribution.record({ inferenceId });
    reports.push({
      prompt: inference.prompt,
      answer: inference.answer,
      shares: record.shares.map((share) => ({
        contributor: nameOf(share.contributor),
        influence: share.influence,
        ppm: share.sharePpm,
        amount: BigInt(share.amount),
      })),
      rows: await quoteRows(record, nameOf, readRow),
      payouts: record.payouts.map((payout) => payoutLine(payout, nameOf)),
      agreement: { agreeing: record.attestation.agreeingPower, committee: record.attestation.committeePower },
      verification: await chain.verifier.verifyPayout(inferenceId),
    });
  }
  return reports;
}
