/** openledgerd as it could be after an upgrade: it knows the plan "v2" and says when it carries it out. */
import { runProcess } from "../cli/process.js";
import { start } from "../main.js";

const plans = new Map([["v2", { run: () => void process.stderr.write("migrating\n") }]]);
runProcess((options) => start(options, { upgrades: { plans } }));
