import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { parseAddress } from "../../chain/codec/index.js";
import { toUopen } from "../../chain/primitives/index.js";
import type { EngineChoice } from "../../node/config/settings.js";
import { createTestnet, hasTestnet } from "../../node/config/testnet.js";
import { SHIPPED_BASE } from "../../sidecar/base/read.js";
import type { TestnetHome, TestnetState } from "../home.js";
import { createMnemonics, openActors } from "../story/actors.js";
import { choosePorts } from "./ports.js";

export interface PrepareOptions {
  readonly validators: number;
  readonly sharedSidecar: boolean;
  /** Pace of idle blocks, milliseconds. */
  readonly timeoutCommitMs: number;
  /** Embedded when absent. */
  readonly engine?: EngineChoice;
  /** Keys of the roles; new ones when absent. Two networks with the same keys tell the same story to the last uopen. */
  readonly mnemonics?: Readonly<Record<string, string>>;
}

/** What each role of the story has at the start: 1,000 OPEN. */
const ROLE_FUNDS = toUopen(1_000_000_000n);

async function createState(options: PrepareOptions): Promise<TestnetState> {
  const chosen = await choosePorts(options.validators);
  const shared = chosen[0]?.sidecar;
  const ports = chosen.map((p) => (options.sharedSidecar && shared !== undefined ? { ...p, sidecar: shared } : p));
  const now = new Date();
  const chainId = `openledger-local-${Math.floor(now.getTime() / 1_000)}`;
  const { engine = "embedded", mnemonics = await createMnemonics() } = options;
  return { version: 1, chainId, createdAt: now.toISOString(), engine, ports, mnemonics };
}

/** One sidecar has one token: the others' files are made equal to the first. */
function shareToken(home: TestnetHome, count: number): void {
  const file = (index: number): string => join(home.validator(index), "config", "sidecar_token");
  for (let i = 1; i < count; i++) copyFileSync(file(0), file(i));
}

/** Writes keys, genesis and settings of a new testnet, or finds those of an earlier one. */
export async function prepare(home: TestnetHome, options: PrepareOptions): Promise<{ state: TestnetState; isNew: boolean }> {
  const known = home.load();
  if (known !== undefined && hasTestnet(home.root)) {
    if (options.engine === undefined || options.engine === known.engine) return { state: known, isNew: false };
    throw new Error(`the network in ${home.root} runs on the engine ${known.engine}: go on with that, or start over with --reset`);
  }
  const state = await createState(options);
  const actors = await openActors(state.mnemonics);
  const accounts = Object.values(actors).map(({ address }) => {
    return { address: parseAddress(address), amount: ROLE_FUNDS, from: "community" as const };
  });
  await createTestnet({
    dir: home.root,
    chainId: state.chainId,
    ports: state.ports,
    accounts,
    baseModel: SHIPPED_BASE,
    timeoutCommitMs: options.timeoutCommitMs,
    engine: state.engine,
    nowMs: Date.parse(state.createdAt),
  });
  if (options.sharedSidecar) shareToken(home, state.ports.length);
  home.save(state);
  return { state, isNew: true };
}
