/**
 * The composition root: the only file that knows every implementation of the node. Reads a home, builds the services in
 * order, starts them, and stops them in reverse.
 */
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { Reject } from "../chain/primitives/index.js";
import { UPGRADES } from "../modules/app.js";
import type { Upgrades } from "../modules/app.js";
import { createBlobs } from "./blobs/index.js";
import { failureLine, isExpected } from "./cli/failure-line.js";
import { runProcess } from "./cli/process.js";
import type { StartOptions } from "./cli/program.js";
import type { Blobs } from "./blobs/types.js";
import { parseGenesis } from "./config/genesis.js";
import { homeAt, readHexSecret, readSettings, readText } from "./config/home.js";
import type { Home } from "./config/home.js";
import type { NodeSettings } from "./config/settings.js";
import { installNativeCrypto } from "./crypto/native.js";
import type { Engine } from "./engine/index.js";
import { errorText } from "./errors.js";
import { createStateReader } from "./local/state-reader.js";
import { createTxDoor } from "./local/tx-door.js";
import { openDoors } from "./doors.js";
import { openLocalApplication, openThreadedApplication } from "./open-application.js";
import type { ApplicationSetup, OpenedApplication } from "./open-application.js";
import { openValidator } from "./open-validator.js";
import { p2pOptions } from "./p2p-options.js";
import { openEngine, withOverrides } from "./open-engine.js";
import type { EngineOverrides, OpenedEngine } from "./open-engine.js";
import { Instrumentation } from "./instrumentation.js";
import { joinByStateSync } from "./join.js";
import { createP2p, loadOrCreateIdentity } from "./p2p/index.js";
import { createSidecarClient } from "./sidecar-client/index.js";
import type { SidecarClient } from "./sidecar-client/index.js";
import { SnapshotExchange } from "./sync/index.js";
import { createTaskWorker } from "./tasks/index.js";
import type { TaskValues } from "./tasks/index.js";
import { createLogger } from "./telemetry/log.js";
import type { Logger } from "./telemetry/log.js";
import { createTrainer, createTxSender } from "./trainer/index.js";
import { UPGRADE_STATUS, reportHalt } from "./upgrade-halt.js";

/** Something that was started, and how to stop it. */
interface Started {
  readonly name: string;
  stop(): Promise<void> | void;
}

export interface RunningNode {
  readonly engine: Engine;
  /** Where RPC listens; undefined on a node that only answers an external CometBFT. */
  readonly rpcPort: number | undefined;
  /** Where metrics are shown, if they are. */
  readonly metricsPort: number | undefined;
  /** Stops everything; the second call waits for the first. */
  stop(): Promise<void>;
}

async function seedBlobs(blobs: Blobs, files: readonly string[], log: Logger): Promise<void> {
  for (const file of files) {
    const { cid, size } = await blobs.put(new Uint8Array(await readFile(file)));
    await blobs.pin(cid);
    log.info("blob kept", { file, cid, size });
  }
}

function connectSidecar({ sidecar }: NodeSettings): SidecarClient | undefined {
  if (sidecar.address === "") return undefined;
  const token = sidecar.tokenFile === "" ? {} : { token: readText(sidecar.tokenFile).trim() };
  return createSidecarClient({ address: sidecar.address, ...token });
}

interface Workers {
  readonly home: Home;
  readonly settings: NodeSettings;
  readonly chainId: string;
  readonly opened: OpenedEngine;
  readonly blobs: Blobs;
  readonly values: TaskValues;
  readonly log: Logger;
  readonly instruments: Instrumentation;
}

/** What computes off chain: attestation for every validator with a sidecar, training where the operator wants it. */
function startWorkers({ settings, chainId, opened, blobs, values, log, instruments }: Workers): Started[] {
  const connected = connectSidecar(settings);
  if (connected === undefined) return [];
  const sidecar = instruments.sidecar(connected);
  const { engine, onCommit } = opened;
  const state = createStateReader(engine);
  const shared = { state, blobs, sidecar, onCommit };
  const worker = createTaskWorker({ ...shared, values, log: log.child("tasks") });
  worker.start();
  instruments.tasks(() => worker.stats());
  const started: Started[] = [{ name: "sidecar", stop: () => sidecar.close() }, { name: "tasks", stop: () => worker.stop() }];
  if (!settings.operator.trainer) return started;
  const secretKey = readHexSecret(settings.operator.keyFile);
  const gasPriceMicro = settings.minGasPriceMicro;
  const sender = createTxSender({ chainId, secretKey, gasPriceMicro }, { state, door: createTxDoor(engine) });
  const trainer = createTrainer({ ...shared, sender, log: log.child("trainer") });
  trainer.start();
  return [...started, { name: "trainer", stop: () => trainer.stop() }];
}

async function stopAll(started: readonly Started[], log: Logger): Promise<void> {
  for (const service of started.toReversed()) {
    try {
      await service.stop();
    } catch (error) {
      log.warn("a service did not stop cleanly", { name: service.name, error });
    }
  }
}

/** What differs from program to program: what each knows of upgrades. */
export interface ProgramOptions {
  readonly upgrades?: Upgrades;
  readonly overrides?: EngineOverrides;
}

/**
 * Starts the node of a home.
 * @throws EdgeFailure "config" on a home that cannot be used; UpgradeHalt when it is another program's turn; Fault on damaged state.
 */
export async function startNode(
  home: Home,
  onFatal: (error: unknown) => void,
  program: ProgramOptions = {},
): Promise<RunningNode> {
  installNativeCrypto();
  const settings = withOverrides(readSettings(home), program.overrides ?? {});
  const log = createLogger({ levels: settings.logLevels });
  const started: Started[] = [];
  try {
    return await assemble({ home, settings, log, started, onFatal, program });
  } catch (error) {
    await stopAll(started, log);
    throw error;
  }
}

interface Assembly {
  readonly home: Home;
  readonly settings: NodeSettings;
  readonly log: Logger;
  /** Grows as services start. */
  readonly started: Started[];
  readonly onFatal: (error: unknown) => void;
  readonly program: ProgramOptions;
}

/** A program that knows other upgrades than this one's sources keeps its application on its own thread: functions cross none. */
function openApplication(
  setup: ApplicationSetup,
  { settings, program: { upgrades = UPGRADES }, onFatal }: Pick<Assembly, "settings" | "program" | "onFatal">,
): Promise<OpenedApplication> {
  const { plans, skipHeights } = upgrades;
  if (!settings.threads || plans !== UPGRADES.plans) return openLocalApplication(setup, onFatal, upgrades);
  return openThreadedApplication({ ...setup, ...(skipHeights === undefined ? {} : { skipHeights }) }, onFatal);
}

async function assemble({ home, settings, log, started, onFatal, program }: Assembly): Promise<RunningNode> {
  const genesis = readText(home.genesis);
  const { chainId, initialHeight } = parseGenesis(genesis);
  const validator = await openValidator(home, settings, chainId, log.child("signer"));
  const { key, signer } = validator;
  if (signer !== undefined) started.push({ name: "signer", stop: () => signer.stop() });
  const identity = loadOrCreateIdentity(home.nodeKey);
  const source = { validator: validator.address, chainId, secret: readHexSecret(home.attestSecret) };
  const { keepRecent, minGasPriceMicro, logLevels } = settings;
  const minRetainBlocks = BigInt(settings.minRetainBlocks);
  const kept = { stateDb: home.stateDb, snapshots: { dir: home.snapshots, ...settings.snapshots }, keepRecent, minRetainBlocks };
  const setup = { ...kept, source, minGasPriceMicro, initialHeight, logLevels, checksAhead: settings.engine === "embedded" };
  const { app, values, snapshots, signatures, close } = await openApplication(setup, { settings, program, onFatal });
  started.push({ name: "state", stop: close });

  // CometBFT drives a restore over ABCI; what one left behind that nobody goes on with is removed whatever the engine.
  if (settings.engine === "embedded" || !settings.stateSync.enabled) await joinByStateSync({ home, settings, genesis: { chainId, initialHeight }, identity, app, snapshots, log: log.child("statesync") });

  const p2p = createP2p(p2pOptions({ home, settings, identity, chainId }), { log: log.child("p2p") });
  new SnapshotExchange(p2p, { source: snapshots });
  const blobs = createBlobs({ dir: home.blobs, maxBlobBytes: 256 * 1024 * 1024 }, { p2p, log });
  const instruments = new Instrumentation(settings, chainId);
  started.push({ name: "instrumentation", stop: () => instruments.stop() });
  if (signer !== undefined) instruments.signer(() => signer.status());
  const served = instruments.application(app);
  const opened = await openEngine({ home, settings, genesis, key, ...(signer === undefined ? {} : { signer }), app: served, snapshots, signatures, p2p, log, onFatal });
  const { engine } = opened;
  started.push({ name: "engine", stop: () => engine.stop() });

  await blobs.start();
  started.push({ name: "blobs", stop: () => blobs.stop() });
  await seedBlobs(blobs, settings.seedBlobs, log);
  await p2p.start();
  started.push({ name: "p2p", stop: () => p2p.stop() });
  await engine.start();
  started.push(...startWorkers({ home, settings, chainId, opened, blobs, values, log, instruments }));
  const toDoors = { home, settings, identity, engine, p2p, blobs, log, started, instruments };
  const doors = opened.hasBlocks ? await openDoors(toDoors) : undefined;

  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= stopAll(started, log));
  log.info("node started", { chainId, height: engine.latestHeight(), rpc: doors?.rpcPort });
  return { engine, rpcPort: doors?.rpcPort, metricsPort: doors?.metricsPort, stop };
}

/** A parent that dies must not leave the node behind: `--watch-parent` ends it when its standard input closes. */
function watchParent(stop: () => void): void {
  process.stdin.on("end", stop);
  process.stdin.on("error", stop);
  process.stdin.resume();
}

/** Runs the node of a home until it is told to stop, or until it is another program's turn (status 3). */
export async function start(
  { home: dir, watchParent: isWatching, skipUpgrades: skipHeights, overrides = {} }: StartOptions,
  { upgrades = UPGRADES }: ProgramOptions = {},
): Promise<number | undefined> {
  const home = homeAt(dir);
  const program = { upgrades: skipHeights === undefined ? upgrades : { ...upgrades, skipHeights }, overrides };
  const running: { node?: RunningNode } = {};
  const shutdown = (code: number): void => {
    const hard = setTimeout(() => process.exit(code === 0 ? 1 : code), 15_000);
    hard.unref();
    void (running.node?.stop() ?? Promise.resolve()).finally(() => process.exit(code));
  };
  const onFatal = (error: unknown): void => {
    if (reportHalt(error, home)) return shutdown(UPGRADE_STATUS);
    const isWorld = isExpected(error) && !(error instanceof Reject);
    const said = isWorld ? failureLine(error) : `fatal: ${errorText(error)}\n${error instanceof Error ? (error.stack ?? "") : ""}`;
    process.stderr.write(`${said}\n`);
    shutdown(1);
  };
  process.on("SIGINT", () => shutdown(0));
  process.on("SIGTERM", () => shutdown(0));
  process.on("unhandledRejection", onFatal);
  process.on("uncaughtException", onFatal);
  if (isWatching) watchParent(() => shutdown(0));
  try {
    running.node = await startNode(home, onFatal, program);
    return undefined;
  } catch (error) {
    if (reportHalt(error, home)) return UPGRADE_STATUS;
    throw error;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) runProcess(start);
