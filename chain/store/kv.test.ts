import { describeKvStore } from "../testkit/kv-compliance.js";
import { createMemoryKv } from "./kv.js";

describeKvStore("the memory store", { open: createMemoryKv, close: () => undefined });
