import { errorText } from "../errors.js";
import { COMMANDS, runCommandLine } from "./program.js";
import type { Commands } from "./program.js";

/** Runs the command line of this process: what bin/openledgerd and the launcher run. A failure is one line. */
export function runProcess(start: Commands["start"]): void {
  runCommandLine(process.argv.slice(2), { ...COMMANDS, start }).then(
    (code) => {
      // What is still on its way to standard output comes first.
      if (code !== undefined) process.stdout.write("", () => process.exit(code));
    },
    (error: unknown) => {
      process.stderr.write(`openledgerd: ${errorText(error)}\n`);
      process.exit(1);
    },
  );
}
