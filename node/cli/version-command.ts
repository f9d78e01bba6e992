import { Option } from "commander";
import type { Command } from "commander";
import { existsSync, readFileSync } from "node:fs";
import { APP_VERSION, COMET_VERSION } from "../version.js";
import { homeOption } from "./common-options.js";
import type { CommandContext } from "./common-options.js";
import { OUTPUT_FORMATS, formatResult } from "./format-output.js";
import type { OutputFormat } from "./format-output.js";

interface VersionOptions {
  readonly long: boolean;
  readonly output: OutputFormat;
}

/** The SDK whose messages, queries and formats this chain speaks. */
const SDK_VERSION = "v0.53";

/** What the product was installed with: package.json beside dist/, or beside the sources. */
function dependencies(): readonly string[] {
  for (const place of ["../../package.json", "../../../package.json"]) {
    const file = new URL(place, import.meta.url);
    if (!existsSync(file)) continue;
    const { name, dependencies: wanted } = JSON.parse(readFileSync(file, "utf8")) as {
      readonly name?: string;
      readonly dependencies?: Readonly<Record<string, string>>;
    };
    if (name === "openledger") return Object.entries(wanted ?? {}).map(([dependency, version]) => `${dependency}@${version}`);
  }
  return [];
}

/** `version`. */
export function addVersionCommand(program: Command, context: CommandContext): void {
  program
    .command("version")
    .summary("Print the application binary version information")
    .description("Prints the version; with --long also what it runs on and was built with.")
    .addOption(homeOption().hideHelp())
    .option("--long", "print long version information", false)
    .addOption(new Option("-o, --output <format>", "how results are printed").choices(OUTPUT_FORMATS).default("text"))
    .action(({ long: isLong, output }: VersionOptions) => {
      const all = {
        name: "openledger",
        server_name: "openledgerd",
        version: APP_VERSION,
        runtime: `node ${process.version} ${process.platform}/${process.arch}`,
        cometbft_formats: COMET_VERSION,
        cosmos_sdk_formats: SDK_VERSION,
        build_deps: dependencies(),
      };
      const short = output === "json" ? formatResult({ version: APP_VERSION }, "json") : `${APP_VERSION}\n`;
      context.terminal.out(isLong ? formatResult(all, output) : short);
      context.done(0);
    });
}
