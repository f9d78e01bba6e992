/** Run by tests in a process of its own: trains the tiny job (`gpt2` or `llama`, then `simd` or `scalar`) and prints what must not differ. */
import { toHex } from "../../chain/primitives/index.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";
import { createRuntime } from "../runtime.js";
import { tinyLlama, tinyLlamaJob } from "./tiny-llama.js";
import { tinyBase, tinyJob } from "./tiny.js";

const [model, variant = "simd"] = process.argv.slice(2);
// The first to ask chooses the variant for the process.
const { name } = await tfjsBackend(variant === "scalar" ? "scalar" : "simd");
if (!name.endsWith(variant)) throw new Error(`asked for ${variant}, runs on ${name}`);
const runtime = await createRuntime();
const isLlama = model === "llama";
const { baseId } = await runtime.loadBase(isLlama ? tinyLlama() : tinyBase());
const result = await runtime.train(isLlama ? tinyLlamaJob(baseId) : tinyJob(baseId), {});
// eslint-disable-next-line no-console -- a child process of a test answers on its output
console.log([result.adapterId, result.tangentRoot, result.stateHash].map(toHex).join(" "));
