#!/usr/bin/env node
// The one binary. Built by `npm run build`.
import { runProcess } from "../dist/node/main.js";

runProcess();
