/**
 * The application over its store: on this thread, or on one of its own (application-thread.ts runs the same function there). Part of
 * the composition root.
 */
import { createOpenLedger } from "../modules/app.js";
import type { OpenLedgerOptions, Upgrades } from "../modules/app.js";
import type { Application } from "../chain/abci/index.js";
import { createLocalConnection, createSignaturesAhead, createThreadedConnection, sourceProgram } from "./app/index.js";
import type { AppConnection, KnownSigner, SignaturesAhead, ThreadedConnection } from "./app/index.js";
import { createSnapshots } from "./snapshots/index.js";
import type { SnapshotOptions, SnapshotService, Snapshots } from "./snapshots/index.js";
import { openKv } from "./storage/index.js";
import { createTaskValues } from "./tasks/index.js";
import type { SourceOptions, TaskValues } from "./tasks/index.js";
import type { LogLevels } from "./telemetry/log-levels.js";
import { createLogger } from "./telemetry/log.js";
import { APP_VERSION } from "./version.js";

/** All that an application is opened with; it crosses threads. */
export interface ApplicationSetup extends Pick<OpenLedgerOptions, "keepRecent" | "minRetainBlocks" | "initialHeight"> {
  readonly stateDb: string;
  readonly snapshots: SnapshotOptions;
  readonly logLevels: LogLevels;
  /** Millionths of a uopen per unit of gas. */
  readonly minGasPriceMicro: bigint;
  readonly source: SourceOptions;
  /** Whether signatures are checked ahead of CheckTx, where there are threads: for a mempool that asks. */
  readonly checksAhead?: boolean;
  /** Heights whose upgrades are skipped, beside what the program knows. */
  readonly skipHeights?: Upgrades["skipHeights"];
}

/** Snapshots as the node asks for them, wherever the state is. */
export type StateSnapshots = Pick<SnapshotService, keyof Snapshots | "restoring" | "forget">;

export interface OpenedApplication {
  readonly app: AppConnection;
  /** What this node attests to; the application reads it when a vote is extended. */
  readonly values: TaskValues;
  readonly snapshots: StateSnapshots;
  /** Checks signatures before the application does, where there are threads. */
  readonly signatures?: SignaturesAhead;
  /** Flushes and releases the state. */
  readonly close: () => Promise<void>;
}

/** An application and what goes with it, on the thread that opened it. */
export interface OpenedState extends Omit<OpenedApplication, "app"> {
  readonly app: Application;
}

export interface StateOptions extends Pick<OpenLedgerOptions, "onVerified"> {
  readonly onFatal: (error: unknown) => void;
  readonly upgrades?: Upgrades | undefined;
}

/** @throws EdgeFailure "storage" when the state is in use; UpgradeHalt when it is another program's turn. */
export async function openState(setup: ApplicationSetup, { onFatal, upgrades, onVerified }: StateOptions): Promise<OpenedState> {
  const { stateDb, minGasPriceMicro, source, keepRecent, minRetainBlocks, initialHeight } = setup;
  const values = createTaskValues(source);
  const kv = await openKv({ dir: stateDb, onFatal });
  try {
    const app = createOpenLedger({
      kv,
      source: values,
      minGasPrice: { numerator: minGasPriceMicro, denominator: 1_000_000n },
      version: APP_VERSION,
      onCommit: (version) => snapshots.committed(version),
      ...(keepRecent === undefined ? {} : { keepRecent }),
      ...(minRetainBlocks === undefined ? {} : { minRetainBlocks }),
      ...(initialHeight === undefined ? {} : { initialHeight }),
      ...(upgrades === undefined ? {} : { upgrades }),
      ...(onVerified === undefined ? {} : { onVerified }),
    });
    const log = createLogger({ levels: setup.logLevels });
    const snapshots = createSnapshots(setup.snapshots, { kv, app, log: log.child("snapshots") });
    await snapshots.start();
    const close = async (): Promise<void> => {
      await snapshots.stop();
      await kv.close();
    };
    return { app, values, snapshots, close };
  } catch (error) {
    await kv.close();
    throw error;
  }
}

/** On this thread. `upgrades` where they are not what modules/upgrades.ts says. */
export async function openLocalApplication(
  setup: ApplicationSetup,
  onFatal: (error: unknown) => void,
  upgrades?: Upgrades,
): Promise<OpenedApplication> {
  const { app, ...rest } = await openState(setup, { onFatal, upgrades });
  return { app: createLocalConnection(app), ...rest };
}

/** What the thread is told of a task's value. */
export type ValueNote =
  | { readonly kind: "put"; readonly taskId: bigint; readonly value: Uint8Array; readonly attempt: number | undefined }
  | { readonly kind: "keep"; readonly open: ReadonlySet<bigint> };

/** This file's neighbour, as it was built or as it is written. */
const PROGRAM = new URL(import.meta.url.endsWith(".ts") ? "./application-thread.ts" : "./application-thread.js", import.meta.url);

/** On a thread of its own. */
export async function openThreadedApplication(setup: ApplicationSetup, onFatal: (error: unknown) => void): Promise<OpenedApplication> {
  const log = createLogger({ levels: setup.logLevels }).child("signatures");
  const signatures = setup.checksAhead === true ? createSignaturesAhead({ chainId: setup.source.chainId, log }) : undefined;
  const onNote = (signers: unknown): void => signatures?.learn(signers as readonly KnownSigner[]);
  const thread = await createThreadedConnection({ program: sourceProgram(PROGRAM), setup, onFatal, onNote }).catch(async (error: unknown) => {
    await signatures?.close();
    throw error;
  });
  const own = createTaskValues(setup.source);
  const tell = (note: ValueNote): void => thread.tell(note);
  const values: TaskValues = {
    ...own,
    get size() {
      return own.size;
    },
    put(taskId, value, attempt) {
      own.put(taskId, value, attempt);
      tell({ kind: "put", taskId, value: Uint8Array.from(value), attempt });
    },
    keep(open) {
      own.keep(open);
      tell({ kind: "keep", open });
    },
  };
  const close = async (): Promise<void> => {
    await signatures?.close();
    await thread.close();
  };
  return { app: thread.connection, values, snapshots: snapshotsOf(thread), ...(signatures === undefined ? {} : { signatures }), close };
}

/** Each method is asked by its name; application-thread.ts answers. */
function snapshotsOf(thread: ThreadedConnection): StateSnapshots {
  const ask =
    <M extends keyof StateSnapshots>(name: M) =>
    (...args: Parameters<StateSnapshots[M]>): ReturnType<StateSnapshots[M]> =>
      thread.ask(name, args) as ReturnType<StateSnapshots[M]>;
  return {
    list: ask("list"),
    offer: ask("offer"),
    loadChunk: ask("loadChunk"),
    applyChunk: ask("applyChunk"),
    restoring: ask("restoring"),
    forget: ask("forget"),
  };
}
