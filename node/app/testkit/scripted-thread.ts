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
    return Promise.resolve({ app, note, close: () => Promise.resolve() });
  });
}
