/** A testnet in a folder of its own, for tests: real processes on loopback, the shortened story. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { QueryBalanceRequest, QueryBalanceResponse, QuerySupplyOfRequest, QuerySupplyOfResponse } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { openHome } from "../../testnet/home.js";
import type { EngineChoice } from "../../node/config/settings.js";
import type { TestnetHome } from "../../testnet/home.js";
import { prepare } from "../../testnet/launcher/prepare.js";
import type { Testnet } from "../../testnet/launcher/launch.js";
import { callRpc, queryAppHash, queryStatus } from "../../testnet/launcher/node-status.js";
import type { Progress } from "../../testnet/progress.js";
import { bringUp, runStory } from "../../testnet/session.js";
import type { Outcome, SessionOptions } from "../../testnet/session.js";
import { SHORT_STORY } from "../../testnet/story/options.js";
import { waitFor } from "../../testnet/wait.js";

const SILENT: Progress = {
  stage: () => undefined,
  note: () => undefined,
  height: () => undefined,
  done: () => undefined,
  print: () => undefined,
  stop: () => undefined,
};

export interface Drill {
  /** Keys of the roles; new ones when absent. */
  readonly mnemonics?: Readonly<Record<string, string>>;
  /** Embedded when absent. */
  readonly engine?: EngineChoice;
  readonly sidecarProgram?: (index: number) => string | undefined;
  readonly onStage?: SessionOptions["onStage"];
  /** Looks at the network after the story. */
  readonly after?: (testnet: Testnet, home: TestnetHome) => Promise<void>;
}

/** Tells the short story on four validators, once, and leaves nothing behind. */
export async function tellShortStory(drill: Drill = {}): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "openledger-e2e-"));
  const home = openHome(folder);
  const { sidecarProgram, onStage, mnemonics, engine } = drill;
  const keys = mnemonics === undefined ? {} : { mnemonics };
  const { state } = await prepare(home, { validators: 4, sharedSidecar: false, timeoutCommitMs: 500, ...keys, ...(engine === undefined ? {} : { engine }) });
  const session: SessionOptions = {
    home,
    state,
    story: SHORT_STORY,
    progress: SILENT,
    signal: new AbortController().signal,
    ...(sidecarProgram === undefined ? {} : { sidecarProgram }),
    ...(onStage === undefined ? {} : { onStage }),
  };
  const { testnet, seconds } = await bringUp(session);
  try {
    const outcome = await runStory(session, testnet, seconds);
    await drill.after?.(testnet, home);
    return outcome;
  } finally {
    await testnet.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Distinct application hashes at each height that all nodes have, except those with one. */
export async function forks(testnet: Testnet): Promise<number[]> {
  const heights = await Promise.all(testnet.endpoints.map(async ({ rpc }) => (await queryStatus(rpc)).height));
  const split: number[] = [];
  for (let height = 1; height <= Math.min(...heights); height++) {
    const hashes = await Promise.all(testnet.endpoints.map(({ rpc }) => queryAppHash(rpc, height)));
    if (new Set(hashes).size !== 1) split.push(height);
  }
  return split;
}

/** Waits until a validator has caught up with another. */
export async function rejoined(testnet: Testnet, index: number): Promise<void> {
  const target = await queryStatus(testnet.endpoints[0]?.rpc ?? "");
  await waitFor(`validator ${index} rejoins`, async () => {
    const status = await queryStatus(testnet.endpoints[index]?.rpc ?? "").catch(() => undefined);
    return status !== undefined && status.height > target.height ? status : undefined;
  }, { timeoutMs: 60_000 });
}

/** How many votes of evidence of a double sign the blocks hold. */
export async function doubleSigns(testnet: Testnet): Promise<number> {
  const rpc = testnet.endpoints[0]?.rpc ?? "";
  const { height } = await queryStatus(rpc);
  let found = 0;
  for (let h = 1; h <= height; h++) {
    const answer = (await callRpc(rpc, "block", { height: h.toString() })) as { block: { evidence: { evidence: unknown[] } } };
    found += answer.block.evidence.evidence.length;
  }
  return found;
}

/** What an account has, and what all its transactions paid for gas, in uopen. */
export interface Purse {
  readonly balance: bigint;
  readonly fees: bigint;
}

/** Of an account, as the first validator shows it. */
export async function purse(testnet: Testnet, address: string): Promise<Purse> {
  const rpc = testnet.endpoints[0]?.rpc ?? "";
  const data = Buffer.from(QueryBalanceRequest.encode({ address, denom: "uopen" })).toString("hex");
  const { response } = (await callRpc(rpc, "abci_query", { path: "/cosmos.bank.v1beta1.Query/Balance", data })) as { response: { value: string } };
  const { balance } = QueryBalanceResponse.decode(new Uint8Array(Buffer.from(response.value, "base64")));
  const { txs } = (await callRpc(rpc, "tx_search", { query: `tx.fee_payer='${address}'`, per_page: "100" })) as {
    txs: readonly { tx_result: { events: readonly { type: string; attributes: readonly { key: string; value: string }[] }[] } }[];
  };
  const paid = txs.flatMap(({ tx_result: { events } }) => events.filter(({ type }) => type === "tx").flatMap(({ attributes }) => attributes));
  const fees = paid.filter(({ key }) => key === "fee").reduce((sum, { value }) => sum + BigInt(value.replace("uopen", "")), 0n);
  return { balance: BigInt(balance?.amount ?? 0), fees };
}

/** The supply that the state of each sampled height holds, uopen: the first, the last and some between. */
export async function supplies(testnet: Testnet): Promise<string[]> {
  const rpc = testnet.endpoints[0]?.rpc ?? "";
  const { height } = await queryStatus(rpc);
  const data = Buffer.from(QuerySupplyOfRequest.encode({ denom: "uopen" })).toString("hex");
  const samples = Array.from({ length: 10 }, (_, i) => Math.max(1, Math.floor((height * (i + 1)) / 10)));
  const found: string[] = [];
  for (const sample of samples) {
    const query = { path: "/cosmos.bank.v1beta1.Query/SupplyOf", data, height: sample.toString() };
    const { response } = (await callRpc(rpc, "abci_query", query)) as { response: { value: string } };
    const { amount } = QuerySupplyOfResponse.decode(new Uint8Array(Buffer.from(response.value, "base64")));
    found.push(amount.amount);
  }
  return found;
}
