import { expect } from "chai";
import { EMPTY_BYTES, toHeight, toTimeNs } from "../chain/primitives/index.js";
import type { ProcessProposalRequest, Verdict } from "../chain/abci/index.js";
import { createScriptedApp } from "./abci-server/testkit/scripted-app.js";
import { createLocalConnection } from "./app/index.js";
import { haltAfter } from "./halt.js";
import { silentLogger } from "./telemetry/log.js";

function proposal(height: bigint): ProcessProposalRequest {
  const proposedLastCommit = { round: 0, votes: [] };
  const bytes = { hash: EMPTY_BYTES, nextValidatorsHash: EMPTY_BYTES, proposer: EMPTY_BYTES };
  return { txs: [], proposedLastCommit, misbehavior: [], height: toHeight(height), time: toTimeNs(0n, 0), ...bytes };
}

describe("halting at a height", () => {
  it("refuses each proposal above the height and none at or below it, and says so once", async () => {
    const lines: string[] = [];
    const app = createLocalConnection(createScriptedApp());
    const halting = haltAfter(app, toHeight(7n), { ...silentLogger(), warn: (line) => void lines.push(line) });
    const verdicts: Verdict[] = [];
    for (const height of [6n, 7n, 8n, 9n]) verdicts.push(await halting.processProposal(proposal(height)));
    expect(verdicts).to.deep.equal(["accept", "accept", "reject", "reject"]);
    expect(lines.length).to.equal(1);
    expect((await halting.info()).data).to.equal("scripted");
  });

  it("sets no end at height 0", () => {
    const app = createLocalConnection(createScriptedApp());
    expect(haltAfter(app, toHeight(0n), silentLogger())).to.equal(app);
  });
});
