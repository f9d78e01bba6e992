/** Run by classifier/runtime.test.ts in a process of its own: trains a classifier and prints what must not differ. */
import { toHex } from "../../chain/primitives/index.js";
import { createRuntime } from "../runtime.js";
import { TINY_TEXT, classifierFiles, classifierJob, textRows } from "./tiny-classifier.js";

const runtime = await createRuntime();
const { baseId } = await runtime.loadBase(await classifierFiles(TINY_TEXT));
const result = await runtime.train(classifierJob(baseId, textRows(48, 6)), {});
// eslint-disable-next-line no-console -- a child process of a test answers on its output
console.log([result.adapterId, result.tangentRoot, result.stateHash].map(toHex).join(" "));
