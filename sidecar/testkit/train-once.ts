/** Run by runtime.test.ts in a process of its own: trains the tiny job and prints what must not differ. */
import { toHex } from "../../chain/primitives/index.js";
import { createRuntime } from "../runtime.js";
import { tinyBase, tinyJob } from "./tiny.js";

const runtime = await createRuntime();
const { baseId } = await runtime.loadBase(tinyBase());
const result = await runtime.train(tinyJob(baseId), {});
// eslint-disable-next-line no-console -- a child process of a test answers on its output
console.log([result.adapterId, result.tangentRoot, result.stateHash].map(toHex).join(" "));
