/** The sequence application with what a connection can meet: events, slow answers, faults, and a thread that dies. Tests only. */
import type { Application } from "../../../chain/abci/index.js";
import { Fault, utf8 } from "../../../chain/primitives/index.js";
import { createMemoryKv } from "../../../chain/store/index.js";
import { createSequenceApp } from "../../engine/testkit/sequence-app.js";

/** @param told what the path /told answers */
export function createScriptedApp(told: () => string = () => ""): Application {
  const app = createSequenceApp(createMemoryKv());
  const event = (type: string) => ({ type, attributes: [{ key: "k", value: type, index: true }] });
  return {
    info: () => app.info(),
    initChain: (request) => app.initChain(request),
    query(request) {
      const { path } = request;
      if (path === "/fault") throw new Fault("broken on purpose", { height: 5n });
      if (path === "/die") process.exit(1);
      const end = performance.now() + (path === "/slow" ? 2 : 0);
      while (performance.now() < end);
      const answer = app.query(request);
      return path === "/told" ? { ...answer, value: utf8(told()) } : answer;
    },
    checkTx: (request) => app.checkTx(request),
    prepareProposal: (request) => app.prepareProposal(request),
    processProposal: (request) => app.processProposal(request),
    extendVote: (request) => app.extendVote(request),
    verifyVoteExtension: (request) => app.verifyVoteExtension(request),
    finalizeBlock(request) {
      const response = app.finalizeBlock(request);
      const txResults = response.txResults.map((r, i) => ({ ...r, data: utf8(`data ${i}`), events: [event(`tx ${i}`)] }));
      return { ...response, txResults, events: [event("block")] };
    },
    commit: () => app.commit(),
  };
}
