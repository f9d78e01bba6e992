/** A thread with the scripted application. Tests only. */
import { parentPort, workerData } from "node:worker_threads";
import { EdgeFailure } from "../../errors.js";
import { serveApplication } from "../serve.js";
import { createScriptedApp } from "./scripted-app.js";

const { isLocked = false } = workerData as { readonly isLocked?: boolean };
let told = "";

if (parentPort !== null) {
  serveApplication(parentPort, () => {
    if (isLocked) return Promise.reject(new EdgeFailure("storage", "cannot open the store"));
    const app = createScriptedApp(() => told);
    const note = (news: unknown): void => {
      told = String(news);
    };
    const ask = (name: string, args: readonly unknown[]): Promise<unknown> =>
      name === "echo" ? Promise.resolve(args) : Promise.reject(new EdgeFailure("not-found", name));
    return Promise.resolve({ app, note, ask, close: () => Promise.resolve() });
  });
}
