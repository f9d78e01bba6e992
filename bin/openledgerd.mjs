#!/usr/bin/env node
// The one binary. Built by `npm run build`. The node itself is loaded when it is started: other commands are quick.
import { runProcess } from "../dist/node/cli/process.js";

runProcess(async (options) => (await import("../dist/node/main.js")).start(options));
