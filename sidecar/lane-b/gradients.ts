import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { Fault } from "../../chain/primitives/index.js";

let registered: Promise<void> | undefined;

function isRegistered(): boolean {
  const config: unknown = tf.getGradient("BatchMatMul");
  return config !== undefined;
}

async function register(): Promise<void> {
  if (isRegistered()) return;
  const folder = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-core"));
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [join(folder, "register_all_gradients.js")],
    bundle: true,
    format: "esm",
    platform: "neutral",
    write: false,
    logLevel: "silent",
  });
  const [bundle] = outputFiles;
  if (bundle === undefined) throw new Fault("no bundle of tfjs gradients", {});
  await import(`data:text/javascript;base64,${Buffer.from(bundle.contents).toString("base64")}`);
  if (!isRegistered()) throw new Fault("tfjs gradients did not register", {});
}

/**
 * Registers tfjs's own gradients. tfjs-core ships them as modules that Node cannot import one by one (no file extensions),
 * and the package that registers them would bring every backend along; so they are bundled here, in memory. The registry is
 * global, so the bundle's second copy of the gradients serves the first copy of the engine.
 */
export function registerGradients(): Promise<void> {
  registered ??= register();
  return registered;
}
