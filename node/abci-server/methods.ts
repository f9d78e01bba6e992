/**
 * What each request of ABCI does, and what answers one whose fields are wrong. CometBFT dies of an exception and of a lost
 * connection, so bad input is answered by a code, a REJECT or nothing at all wherever the grammar has such an answer.
 */
import { EMPTY_BYTES, toHeight } from "../../chain/primitives/index.js";
import type { Reject } from "../../chain/primitives/index.js";
import {
  ResponseCheckTx,
  ResponseEcho,
  ResponseExtendVote,
  ResponsePrepareProposal,
  ResponseQuery,
} from "../../proto/gen/tendermint/abci.js";
import type { Request, Response } from "../../proto/gen/tendermint/abci.js";
import {
  parseCheckTx,
  parseExtendVote,
  parseFinalizeBlock,
  parseInitChain,
  parsePrepareProposal,
  parseProcessProposal,
  parseQuery,
  parseSnapshot,
  parseVerifyVoteExtension,
} from "./request-codec.js";
import {
  applyChunkToWire,
  checkTxToWire,
  finalizeBlockToWire,
  infoToWire,
  initChainToWire,
  offerSnapshotToWire,
  processProposalToWire,
  queryToWire,
  verifyVoteExtensionToWire,
} from "./response-codec.js";
import type { AppConnection } from "../app/index.js";
import type { Snapshots } from "../snapshots/types.js";

export type MethodName = keyof Request;

export interface Target {
  readonly app: AppConnection;
  readonly snapshots: Snapshots | undefined;
  readonly line: Line;
}

/** How CometBFT's mempool reaches us: one connection of a socket, or all of gRPC. It lives as long as that mempool, which is in memory. */
export interface Line {
  /** Nothing has been checked on it. */
  isNew: boolean;
}

type Given<Name extends MethodName> = NonNullable<Request[Name]>;
type Answer<Name extends MethodName> = NonNullable<Response[Name]>;

export interface Method<Name extends MethodName> {
  /** Reads the request; what comes back asks the application. @throws Reject on bad fields. */
  readonly prepare: (request: Given<Name>) => (target: Target) => Answer<Name> | Promise<Answer<Name>>;
  /** Of bad fields; without it there is no answer but to hang up. */
  readonly refuse?: (reason: Reject) => Answer<Name>;
}

/** A call of the application between two conversions. */
function ask<Parsed, Said, Wire>(
  parsed: Parsed,
  call: (app: AppConnection, parsed: Parsed) => Promise<Said>,
  convert: (said: Said) => Wire,
): (target: Target) => Promise<Wire> {
  return async ({ app }) => convert(await call(app, parsed));
}

const failed = ({ code, codespace, message }: Reject) => ({ code, codespace, log: message });
const ABORT = applyChunkToWire({ result: "abort", refetchChunks: [], rejectSenders: [] });

export const METHODS: { readonly [Name in MethodName]: Method<Name> } = {
  echo: {
    // CometBFT's gRPC clients say this, and only this, when they begin.
    prepare: ({ message }) => ({ line }) => {
      line.isNew = true;
      return { message };
    },
    refuse: () => ResponseEcho.create(),
  },
  flush: {
    prepare: () => () => ({}),
    refuse: () => ({}),
  },
  info: {
    prepare: () => ask(undefined, (app) => app.info(), infoToWire),
  },
  initChain: {
    prepare: (request) => ask(parseInitChain(request), (app, parsed) => app.initChain(parsed), initChainToWire),
  },
  query: {
    prepare: (request) => ask(parseQuery(request), (app, parsed) => app.query(parsed), queryToWire),
    refuse: (reason) => ResponseQuery.create(failed(reason)),
  },
  checkTx: {
    prepare: (request) => {
      const parsed = parseCheckTx(request);
      return async ({ app, line }) => {
        const isFirst = line.isNew;
        line.isNew = false;
        return checkTxToWire(await app.checkTx({ ...parsed, isFirst }));
      };
    },
    refuse: (reason) => ResponseCheckTx.create(failed(reason)),
  },
  prepareProposal: {
    prepare: (request) => ask(parsePrepareProposal(request), (app, parsed) => app.prepareProposal(parsed), ({ txs }) => ({ txs })),
    refuse: () => ResponsePrepareProposal.create(),
  },
  processProposal: {
    prepare: (request) => ask(parseProcessProposal(request), (app, parsed) => app.processProposal(parsed), processProposalToWire),
    refuse: () => processProposalToWire("reject"),
  },
  extendVote: {
    prepare: (request) => ask(parseExtendVote(request), (app, parsed) => app.extendVote(parsed), (voteExtension) => ({ voteExtension })),
    refuse: () => ResponseExtendVote.create(),
  },
  verifyVoteExtension: {
    prepare: (request) =>
      ask(parseVerifyVoteExtension(request), (app, parsed) => app.verifyVoteExtension(parsed), verifyVoteExtensionToWire),
    refuse: () => verifyVoteExtensionToWire("reject"),
  },
  finalizeBlock: {
    prepare: (request) => ask(parseFinalizeBlock(request), (app, parsed) => app.finalizeBlock(parsed), finalizeBlockToWire),
  },
  commit: {
    prepare: () => ask(undefined, (app) => app.commit(), ({ retainHeight }) => ({ retainHeight })),
  },
  listSnapshots: {
    prepare: () => async ({ snapshots }) => ({ snapshots: (await snapshots?.list()) ?? [] }),
  },
  offerSnapshot: {
    prepare: ({ snapshot: offered, appHash }) => {
      const snapshot = parseSnapshot(offered);
      return async ({ snapshots }) => offerSnapshotToWire((await snapshots?.offer(snapshot, appHash)) ?? "abort");
    },
    refuse: () => offerSnapshotToWire("reject"),
  },
  loadSnapshotChunk: {
    prepare: ({ height: given, format, chunk }) => {
      const height = toHeight(given);
      return async ({ snapshots }) => ({ chunk: (await snapshots?.loadChunk({ height, format, chunk })) ?? EMPTY_BYTES });
    },
    refuse: () => ({ chunk: EMPTY_BYTES }),
  },
  applySnapshotChunk: {
    prepare: (request) => async ({ snapshots }) =>
      snapshots === undefined ? ABORT : applyChunkToWire(await snapshots.applyChunk(request)),
    refuse: () => ABORT,
  },
};
