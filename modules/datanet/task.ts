import type { TaskKind } from "../../chain/attest/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { EMPTY_BYTES, Fault, Reject, toHash32 } from "../../chain/primitives/index.js";
import { ContributionStatus, QualityVerdict, QualityVerdict_Verdict } from "../../proto/gen/openledger/datanet/v1.js";
import type { Contribution } from "../../proto/gen/openledger/datanet/v1.js";
import { forfeitBond, returnBond } from "./bonds.js";
import { contributionAccepted, contributionRejected, contributionReturned } from "./events.js";
import type { DatanetPorts } from "./ports.js";
import { countedPositions } from "./rules/rows.js";
import { DATANET_STORE, datanetState } from "./state.js";

/** Kind of the tasks by which validators check a revealed contribution. */
export const QUALITY_KIND = "quality";

type State = ReturnType<typeof datanetState.open>;

function isVerdict(value: Uint8Array): boolean {
  try {
    const { verdict } = QualityVerdict.decode(value, { ordered: true });
    return verdict === QualityVerdict_Verdict.VERDICT_MATCHES || verdict === QualityVerdict_Verdict.VERDICT_MISMATCH;
  } catch (error) {
    if (error instanceof Reject) return false;
    throw error;
  }
}

function revealed(state: State, id: bigint): Contribution {
  const contribution = state.contributions.getOrFail(id);
  if (contribution.status !== ContributionStatus.CONTRIBUTION_STATUS_REVEALED) {
    throw new Fault("a quality task ends once", { contribution: id });
  }
  return contribution;
}

/**
 * Gives each row to the lowest contribution id that has it. A later commit that was accepted earlier loses the rows it
 * shares; it cannot be in a version yet, because versions stop before the first undecided contribution.
 *
 * @returns how many rows nobody had before, and how many of this contribution's rows count.
 */
export function claimRows(state: State, contribution: Contribution): { readonly added: number; readonly counted: number } {
  const { datanetId, id } = contribution;
  const { rows } = state.rows.getOrFail(id);
  let added = 0;
  const positions = countedPositions(rows, (hash) => {
    const key = [datanetId, toHash32(hash)] as const;
    const owner = state.rowOwners.get(key);
    if (owner !== undefined && owner <= id) return owner === id;
    if (owner === undefined) added++;
    else loseRow(state, owner);
    state.rowOwners.set(key, id);
    return true;
  });
  return { added, counted: positions.length };
}

function loseRow(state: State, id: bigint): void {
  const loser = state.contributions.getOrFail(id);
  if (loser.version !== 0n) throw new Fault("a row of a frozen version changes owner", { contribution: id });
  state.contributions.set(id, { ...loser, duplicateRows: loser.duplicateRows + 1 });
}

function accept(ctx: Context, ports: DatanetPorts, contribution: Contribution): void {
  const state = datanetState.open(ctx.store(DATANET_STORE));
  const { added, counted } = claimRows(state, contribution);
  const accepted: Contribution = {
    ...contribution,
    status: ContributionStatus.CONTRIBUTION_STATUS_ACCEPTED,
    duplicateRows: contribution.rowCount - counted,
    bond: "0",
  };
  const datanet = state.datanets.getOrFail(contribution.datanetId);
  state.contributions.set(accepted.id, accepted);
  state.datanets.set(datanet.id, {
    ...datanet,
    contributions: datanet.contributions + 1n,
    rows: datanet.rows + BigInt(added),
  });
  state.unversioned.add([datanet.id, accepted.id]);
  state.pending.delete([datanet.id, accepted.id]);
  returnBond(ctx, ports, contribution);
  ctx.emit(contributionAccepted(accepted));
}

function reject(ctx: Context, ports: DatanetPorts, contribution: Contribution): void {
  const state = datanetState.open(ctx.store(DATANET_STORE));
  const rejected = { ...contribution, status: ContributionStatus.CONTRIBUTION_STATUS_REJECTED, bond: "0" };
  state.contributions.set(rejected.id, rejected);
  state.rows.delete(rejected.id);
  state.pending.delete([rejected.datanetId, rejected.id]);
  forfeitBond(ctx, ports, contribution);
  ctx.emit(contributionRejected(rejected, contribution.bond));
}

/** No verdict is nobody's fault that we could name: the contributor keeps bond and rank, and may reveal again. */
function giveBack(ctx: Context, contribution: Contribution): void {
  const state = datanetState.open(ctx.store(DATANET_STORE));
  const returned: Contribution = {
    ...contribution,
    status: ContributionStatus.CONTRIBUTION_STATUS_COMMITTED,
    blobCid: "",
    rowCount: 0,
    bytes: 0n,
    rowsRoot: EMPTY_BYTES,
    revealDeadline: ctx.block.height + BigInt(state.params.getOrFail().revealPeriod),
  };
  state.contributions.set(returned.id, returned);
  state.rows.delete(returned.id);
  state.deadlines.add([returned.revealDeadline, returned.id]);
  ctx.emit(contributionReturned(returned));
}

/** Exact kind: the verdict of more than two thirds, or none. */
export function qualityTask(ports: DatanetPorts): TaskKind {
  return {
    kind: QUALITY_KIND,
    maxValueBytes: 16,
    isValid: isVerdict,
    onResolved(ctx, task, outcome) {
      const contribution = revealed(datanetState.open(ctx.store(DATANET_STORE)), task.subject);
      const { verdict } = QualityVerdict.decode(outcome.value);
      if (verdict === QualityVerdict_Verdict.VERDICT_MATCHES) accept(ctx, ports, contribution);
      else reject(ctx, ports, contribution);
    },
    onFailed(ctx, task) {
      giveBack(ctx, revealed(datanetState.open(ctx.store(DATANET_STORE)), task.subject));
    },
  };
}
