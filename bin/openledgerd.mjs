#!/usr/bin/env -S node --max-semi-space-size=64
// The one binary. Built by `npm run build`. The node itself is loaded when it is started: other commands are quick.
// Young objects get 64 MiB a half: transactions leave much garbage, and a node spends a tenth less on it so (docs/benchmarks.md).
import { runProcess } from "../dist/node/cli/process.js";

runProcess(async (options) => (await import("../dist/node/main.js")).start(options));
