/** Run by op-matrix.test.ts in processes of their own: `simd`, `scalar`, or `threads N`, then how many of 20 training steps. Prints what must not differ. */
import { toHex } from "../../chain/primitives/index.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";
import { createRuntime } from "../runtime.js";
import { opMatrix } from "./op-matrix.js";
import { tinyBase, tinyJob } from "./tiny.js";
import { threadedBackend } from "./wasm-threads.js";

const [variant = "simd", threads = "1", steps = "20"] = process.argv.slice(2);
const backend =
  variant === "threads" ? await threadedBackend(Number(threads)) : await tfjsBackend(variant === "scalar" ? "scalar" : "simd");
const ops = opMatrix(backend);
const runtime = await createRuntime();
const { baseId } = await runtime.loadBase(tinyBase());
const chain: string[] = [];
const job = tinyJob(baseId, { steps: 20, stopAfter: Number(steps), checkpointEvery: 1 });
const trained = await runtime.train(job, { onCheckpoint: (c) => void chain.push(toHex(c.stateHash)) });
process.stdout.write(JSON.stringify({ name: backend.name, ops, chain, tangents: toHex(trained.tangentRoot) }), () => process.exit(0));
