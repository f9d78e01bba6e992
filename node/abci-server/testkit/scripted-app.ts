/** An application that notes what it was asked and answers what it is told to. Tests only. */
import type { Application } from "../../../chain/abci/index.js";
import { EMPTY_BYTES, toGas, toHeight, toVotingPower } from "../../../chain/primitives/index.js";

export interface ScriptedApp extends Application {
  /** Names of the calls, in order. */
  readonly calls: string[];
}

export function createScriptedApp(answers: Partial<Application> = {}): ScriptedApp {
  const calls: string[] = [];
  const noted = <Given extends readonly unknown[], Said>(name: string, say: (...given: Given) => Said): ((...given: Given) => Said) => {
    return (...given) => {
      calls.push(name);
      return say(...given);
    };
  };
  const none = { data: EMPTY_BYTES, log: "", gasWanted: toGas(0n), gasUsed: toGas(0n), events: [], codespace: "" };
  const app: Application = {
    info: () => ({ data: "scripted", version: "1", appVersion: 1n, lastBlockHeight: toHeight(0n), lastBlockAppHash: EMPTY_BYTES }),
    initChain: () => ({ consensusParams: null, validators: [], appHash: EMPTY_BYTES }),
    query: ({ path, data, height }) => ({ code: 0, log: path, info: "", index: 0n, key: EMPTY_BYTES, value: data, proofOps: [], height, codespace: "" }),
    checkTx: ({ tx }) => ({ ...none, code: 0, data: tx, sender: "", sequence: 0n, priority: 0n }),
    prepareProposal: ({ txs }) => ({ txs }),
    processProposal: () => "accept",
    extendVote: () => EMPTY_BYTES,
    verifyVoteExtension: () => "accept",
    finalizeBlock: ({ txs }) => ({
      events: [],
      txResults: txs.map((tx) => ({ ...none, code: 0, data: tx, info: "" })),
      validatorUpdates: [{ publicKey: new Uint8Array(32).fill(3), power: toVotingPower(0n) }],
      consensusParamUpdates: null,
      appHash: new Uint8Array(32).fill(9),
    }),
    commit: () => ({ retainHeight: toHeight(0n) }),
    ...answers,
  };
  return {
    calls,
    info: noted("info", () => app.info()),
    initChain: noted("initChain", (request) => app.initChain(request)),
    query: noted("query", (request) => app.query(request)),
    checkTx: noted("checkTx", (request) => app.checkTx(request)),
    prepareProposal: noted("prepareProposal", (request) => app.prepareProposal(request)),
    processProposal: noted("processProposal", (request) => app.processProposal(request)),
    extendVote: noted("extendVote", (request) => app.extendVote(request)),
    verifyVoteExtension: noted("verifyVoteExtension", (request) => app.verifyVoteExtension(request)),
    finalizeBlock: noted("finalizeBlock", (request) => app.finalizeBlock(request)),
    commit: noted("commit", () => app.commit()),
  };
}
