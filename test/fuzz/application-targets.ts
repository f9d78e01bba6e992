/** What reaches the application: transactions, queries, proposals, extensions, and the frames of an engine. */
import type { Application } from "../../chain/abci/index.js";
import { encodeInjection } from "../../chain/attest/injection.js";
import { silentSource } from "../../chain/attest/index.js";
import { DEFAULT_CONSENSUS_PARAMS } from "../../chain/block/index.js";
import { readDirectSignature } from "../../chain/kernel/index.js";
import { EMPTY_BYTES, concatBytes, toHeight, toTimeNs, toUopen, toVotingPower, utf8 } from "../../chain/primitives/index.js";
import { createMemoryKv } from "../../chain/store/index.js";
import { StateImporter } from "../../chain/store/snapshot/index.js";
import { decodeMetadata, encodeMetadata, exportVersion, exportedStores } from "../../chain/store/snapshot/index.js";
import { verifyChained } from "../../chain/store/ics23/index.js";
import { anyOf, createSigner, signTransaction } from "../../chain/testkit/signer.js";
import { testKey } from "../../chain/testkit/validators.js";
import { createOpenLedger } from "../../modules/app.js";
import { buildGenesis } from "../../modules/genesis.js";
import { beginAnswer } from "../../node/abci-server/answer.js";
import { createLocalConnection } from "../../node/app/index.js";
import { SERVICES } from "../../node/services.js";
import { decodeSnapshot, encodeSnapshot } from "../../node/snapshots/codec.js";
import { silentLogger } from "../../node/telemetry/log.js";
import { MsgExec } from "../../proto/gen/cosmos/authz/v1beta1.js";
import { MsgSend } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { VoteExtension } from "../../proto/gen/openledger/attest/v1.js";
import { Request } from "../../proto/gen/tendermint/abci.js";
import type { FuzzTarget } from "./target.js";

const CHAIN = "fuzz-1";
const alice = createSigner("alice");
const key = testKey(0);
const time = toTimeNs(1_790_000_000n, 0);

function startApplication(kv: ReturnType<typeof createMemoryKv>): Application {
  const app = createOpenLedger({ kv, source: silentSource, minGasPrice: { numerator: 0n, denominator: 1n }, version: "fuzz" });
  const operator = alice.address;
  const appState = buildGenesis({
    time,
    validators: [{ publicKey: key.publicKey, power: 10n, moniker: "alone", operator }],
    accounts: [{ address: alice.address, amount: toUopen(1_000_000_000n), from: "community" }],
  });
  app.initChain({
    ...{ time, chainId: CHAIN, appState: utf8(JSON.stringify(appState)), initialHeight: toHeight(1n) },
    consensusParams: { ...DEFAULT_CONSENSUS_PARAMS, abci: { voteExtensionsEnableHeight: 1n } },
    validators: [{ publicKey: key.publicKey, power: toVotingPower(10n) }],
  });
  const block = { txs: [], misbehavior: [], hash: EMPTY_BYTES, nextValidatorsHash: EMPTY_BYTES, proposer: key.address };
  app.finalizeBlock({ ...block, decidedLastCommit: { round: 0, votes: [] }, height: toHeight(1n), time });
  app.commit();
  return app;
}

const kv = createMemoryKv();
const app = startApplication(kv);
const height = toHeight(2n);

const send = anyOf(MsgSend, { fromAddress: alice.text, toAddress: alice.text, amount: [{ denom: "uopen", amount: "1" }] });
const facts = { chainId: CHAIN, accountNumber: 0n, sequence: 0n, gas: 200_000n, fee: 0n };
const txs = [
  signTransaction(alice, [send], facts),
  signTransaction(alice, [send, anyOf(MsgExec, { grantee: alice.text, msgs: [send] })], { ...facts, body: { memo: "memo", timeoutHeight: 9n } }),
];

const votes = [{ validator: { address: key.address, power: toVotingPower(10n) }, flag: "commit" as const, extension: EMPTY_BYTES, extensionSignature: new Uint8Array(64) }];
const injection = encodeInjection({ round: 0, votes });
const extension = VoteExtension.encode({
  commitments: [{ taskId: 1n, attempt: 0, hash: new Uint8Array(32) }],
  reveals: [{ taskId: 2n, attempt: 0, value: utf8("value"), salt: new Uint8Array(32) }],
});

function judge(tx: Uint8Array): void {
  const proposedLastCommit = { round: 0, votes: votes.map(({ validator, flag }) => ({ validator, flag })) };
  const block = { misbehavior: [], hash: EMPTY_BYTES, height, time, nextValidatorsHash: EMPTY_BYTES, proposer: key.address };
  app.processProposal({ ...block, txs: [tx, ...txs], proposedLastCommit });
  app.processProposal({ ...block, txs: [injection, tx], proposedLastCommit });
  app.prepareProposal({ ...block, txs: [tx, ...txs], maxTxBytes: 100_000, localLastCommit: { round: 0, votes } });
}

const paths: readonly string[] = SERVICES.flatMap((service) => service.methods.map((method) => `/${service.typeName}/${method.name}`));
/** What most requests begin with: nothing, an address, a number. */
const REQUESTS = [EMPTY_BYTES, MsgSend.encode({ fromAddress: alice.text, toAddress: alice.text, amount: [] }), new Uint8Array([8, 1, 16, 1, 24, 1])];

/** The first two bytes choose the query. */
function ask(input: Uint8Array): void {
  const path = paths[((input[0] ?? 0) * 256 + (input[1] ?? 0)) % paths.length];
  if (path !== undefined) app.query({ path, data: input.subarray(2), height: toHeight(0n), prove: false });
}

function queries(): Uint8Array[] {
  return paths.flatMap((_, i) => REQUESTS.map((request) => concatBytes(new Uint8Array([i >> 8, i & 255]), request)));
}

const storeQuery = app.query({ path: "/store/auth/key", data: concatBytes(new Uint8Array([2]), alice.address), height: toHeight(1n), prove: true });
const [inner, outer] = storeQuery.proofOps;

function prove(which: "inner" | "outer"): (data: Uint8Array) => void {
  return (data) => {
    if (inner === undefined || outer === undefined) return;
    const ops = which === "inner" ? [{ ...inner, data }, outer] : [inner, { ...outer, data }];
    verifyChained(app.info().lastBlockAppHash, ops, { store: "auth", key: inner.key, value: storeQuery.value });
  };
}

/** An application that says what it likes: only the frames are looked at. */
const silent = createLocalConnection(app);

async function frame(bytes: Uint8Array): Promise<void> {
  const deps = { app: silent, snapshots: undefined, log: silentLogger(), onFatal: () => undefined, line: { isNew: true } };
  await beginAnswer(bytes, deps);
}

const frames = [
  Request.encode(Request.create({ echo: { message: "hello" } })),
  Request.encode(Request.create({ checkTx: { tx: txs[0] ?? EMPTY_BYTES, type: 0 } })),
  Request.encode(Request.create({ query: { path: "/store/auth/key", data: alice.address, height: 0n, prove: true } })),
  Request.encode(Request.create({ info: { version: "0.38.26", blockVersion: 11n, p2pVersion: 8n, abciVersion: "2.0.0" } })),
];

const version = { height: toHeight(1n), stores: exportedStores(kv, toHeight(1n)) };
const stream = concatBytes(...exportVersion(kv, toHeight(1n)));

function restore(bytes: Uint8Array): void {
  const importer = new StateImporter(version);
  for (let at = 0; at < bytes.length; at += 4_096) importer.push(bytes.subarray(at, at + 4_096));
  importer.finish();
}

const snapshot = { height: toHeight(1n), format: 1, chunks: 1, hash: new Uint8Array(32), metadata: encodeMetadata({ chunkHashes: [new Uint8Array(32)], stores: version.stores }) };

const plain = (name: string, from: FuzzTarget["from"], seeds: readonly Uint8Array[], run: FuzzTarget["run"]): FuzzTarget => ({ name, from, form: "bytes", seeds, run });

export const APPLICATION_TARGETS: readonly FuzzTarget[] = [
  plain("CheckTx", "client", txs, (tx) => void app.checkTx({ tx, kind: "new" })),
  plain("signature ahead of CheckTx", "peer", txs, (tx) => void readDirectSignature(tx)?.isGood(CHAIN, 0n)),
  plain("simulation", "client", txs, (data) => void app.query({ path: "/app/simulate", data, height: toHeight(0n), prove: false })),
  plain("queries", "client", queries(), ask),
  plain("proposals", "peer", [injection, ...txs], judge),
  plain("vote extension", "peer", [extension, EMPTY_BYTES], (data) => void app.verifyVoteExtension({ hash: new Uint8Array(32), validator: key.address, height, extension: data })),
  plain("proof in a store", "peer", [inner?.data ?? EMPTY_BYTES], prove("inner")),
  plain("proof of a store", "peer", [outer?.data ?? EMPTY_BYTES], prove("outer")),
  plain("ABCI frame", "engine", frames, frame),
  plain("snapshot on offer", "peer", [encodeSnapshot(snapshot)], (b) => encodeSnapshot(decodeSnapshot(b))),
  plain("metadata of a snapshot", "peer", [snapshot.metadata], (b) => encodeMetadata(decodeMetadata(b))),
  plain("chunks of a snapshot", "peer", [stream], restore),
];
