/** What a worker thread is started with. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** Run from source (tests, benchmarks), a thread has to be told how to read TypeScript; tsx tells the main thread only. */
export function sourceProgram(file: URL): URL {
  if (!file.pathname.endsWith(".ts")) return file;
  const source = JSON.stringify(file.href);
  const tsx = JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve("tsx/esm/api")).href.replace(/cjs$/, "mjs"));
  return new URL(`data:text/javascript,${encodeURIComponent(`import { register } from ${tsx}; register(); await import(${source});`)}`);
}
