/** The thread of the application: the only one that touches the state. Started by open-application.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { Fault } from "../chain/primitives/index.js";
import { UPGRADES } from "../modules/app.js";
import { serveApplication } from "./app/index.js";
import type { KnownSigner } from "./app/index.js";
import { installNativeCrypto } from "./crypto/native.js";
import { openState } from "./open-application.js";
import type { ApplicationSetup, ValueNote } from "./open-application.js";

const port = parentPort ?? undefined;
if (port === undefined) throw new Fault("the application's thread was not started as one");
installNativeCrypto();

const setup = workerData as ApplicationSetup;
const { skipHeights, checksAhead } = setup;

serveApplication(port, async ({ onFatal, tell }) => {
  const upgrades = skipHeights === undefined ? UPGRADES : { ...UPGRADES, skipHeights };
  const { app, values, snapshots, close } = await openState(setup, { onFatal, upgrades, ...(checksAhead === true ? { onVerified: gathered(tell) } : {}) });
  const note = (told: unknown): void => {
    const value = told as ValueNote;
    if (value.kind === "keep") values.keep(value.open);
    else values.put(value.taskId, value.value, value.attempt);
  };
  const asked = snapshots as Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;
  const ask = async (name: string, args: readonly unknown[]): Promise<unknown> => asked[name]?.(...args);
  return { app, note, ask, close };
});

/** Those of one turn go out together. */
function gathered(tell: (note: readonly KnownSigner[]) => void): (signer: KnownSigner) => void {
  let signers: KnownSigner[] = [];
  return ({ publicKey, accountNumber }) => {
    signers.push({ publicKey, accountNumber });
    if (signers.length > 1) return;
    queueMicrotask(() => {
      tell(signers);
      signers = [];
    });
  };
}
