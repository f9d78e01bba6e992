/** The application on the thread of its caller: for tests, and for a node of one thread. */
import type { Application } from "../../chain/abci/index.js";
import type { AppConnection } from "./types.js";

/** Each call is executed before it returns; only its answer comes later. */
export function createLocalConnection(app: Application): AppConnection {
  return {
    info: () => promised(() => app.info()),
    initChain: (request) => promised(() => app.initChain(request)),
    query: (request) => promised(() => app.query(request)),
    checkTx: (request) => promised(() => app.checkTx(request)),
    prepareProposal: (request) => promised(() => app.prepareProposal(request)),
    processProposal: (request) => promised(() => app.processProposal(request)),
    extendVote: (request) => promised(() => app.extendVote(request)),
    verifyVoteExtension: (request) => promised(() => app.verifyVoteExtension(request)),
    finalizeBlock: (request) => promised(() => app.finalizeBlock(request)),
    commit: () => promised(() => app.commit()),
  };
}

function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}
