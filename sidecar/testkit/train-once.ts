/** Run by tests in a process of its own: trains the tiny job, on a Llama if `llama` is said, and prints what must not differ. */
import { toHex } from "../../chain/primitives/index.js";
import { createRuntime } from "../runtime.js";
import { tinyLlama, tinyLlamaJob } from "./tiny-llama.js";
import { tinyBase, tinyJob } from "./tiny.js";

const runtime = await createRuntime();
const isLlama = process.argv[2] === "llama";
const { baseId } = await runtime.loadBase(isLlama ? tinyLlama() : tinyBase());
const result = await runtime.train(isLlama ? tinyLlamaJob(baseId) : tinyJob(baseId), {});
// eslint-disable-next-line no-console -- a child process of a test answers on its output
console.log([result.adapterId, result.tangentRoot, result.stateHash].map(toHex).join(" "));
