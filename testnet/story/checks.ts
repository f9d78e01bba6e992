import { queryAppHash, queryStatus } from "../launcher/node-status.js";
import type { AnswerReport } from "./report.js";

/** 1,000,000,000 OPEN in uopen. */
export const TOTAL_SUPPLY = 1_000_000_000_000_000n;

/** One thing that must hold, and what was found. */
export interface Check {
  readonly name: string;
  readonly holds: boolean;
  readonly found: string;
}

/** Every node has the same application hash at the highest height that all of them have. */
export async function checkAppHashes(rpcs: readonly string[]): Promise<Check> {
  const name = "all nodes have the same application hash";
  const heights = await Promise.all(rpcs.map(async (rpc) => (await queryStatus(rpc)).height));
  const height = Math.min(...heights);
  const hashes = await Promise.all(rpcs.map((rpc) => queryAppHash(rpc, height)));
  const distinct = [...new Set(hashes)];
  const found = `${rpcs.length} nodes at height ${height}: ${distinct.map((hash) => hash.slice(0, 16)).join(", ")}`;
  return { name, holds: distinct.length === 1 && hashes[0] !== "", found };
}

export function checkSupply(supply: bigint): Check {
  return { name: "the supply is 1,000,000,000 OPEN", holds: supply === TOTAL_SUPPLY, found: `${supply} uopen` };
}

/** Sums are exact, and the client library comes to the same payouts. */
export function checkAnswers(answers: readonly AnswerReport[]): Check[] {
  return answers.flatMap(({ payouts, verification: v }, i) => {
    const sum = payouts.reduce((total, payout) => total + payout.amount, 0n);
    const differences = v.differences.map((d) => `${d.at}: recorded ${d.recorded}, computed ${d.computed}`);
    return [
      { name: `answer ${i + 1}: payouts sum to the fee`, holds: sum === v.fee, found: `${sum} of ${v.fee} uopen` },
      {
        name: `answer ${i + 1}: the client recomputed scores and payouts from proofs`,
        holds: v.equal,
        found: v.equal ? "equal" : differences.join("; "),
      },
    ];
  });
}
