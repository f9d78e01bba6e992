import { Option } from "commander";
import type { Command } from "commander";
import { join, resolve } from "node:path";
import { homeOf, outputOf, outerHomeOption, withOutput } from "./common-options.js";
import type { CommandContext, OutputOptions } from "./common-options.js";
import { formatResult } from "./format-output.js";
import { createProgressLine } from "./progress-line.js";

interface MoveOptions extends OutputOptions {
  readonly to: "cometbft" | "embedded";
  readonly cometbftHome?: string;
}

async function move(options: MoveOptions, context: CommandContext): Promise<void> {
  const [{ moveToComet, moveToEmbedded }, { cometHomeOf }] = [await import("../engine-move/index.js"), await import("../comet/paths.js")];
  const home = homeOf(options, context);
  const comet = options.cometbftHome === undefined ? cometHomeOf(home).data : join(resolve(options.cometbftHome), "data");
  const progress = createProgressLine(process.stderr);
  const onProgress = (height: bigint, top: bigint): void => {
    if (height % 100n === 0n) progress.show(`block ${height} of ${top}`);
  };
  const places = { own: home.data, comet, validatorState: home.validatorState, onProgress };
  const moved = await (options.to === "cometbft" ? moveToComet(places) : moveToEmbedded(places)).finally(() => progress.clear());
  if (outputOf(options, context) === "json") {
    const result = { base: `${moved.base}`, top: `${moved.top}`, written: `${moved.written}`, cometbft_data: comet };
    context.terminal.out(formatResult(result, "json"));
    return;
  }
  context.terminal.out(`blocks ${moved.base} to ${moved.top} are in the stores of the ${options.to} engine; ${moved.written} were written\n`);
  context.terminal.out(`next: openledgerd config set app halt_height 0 && openledgerd config set config engine ${options.to}\n`);
}

/** `engine move`. */
export function addEngineCommand(program: Command, context: CommandContext): void {
  const engine = program.command("engine").description("What orders transactions").addOption(outerHomeOption()).helpCommand(false);
  withOutput(engine.command("move"))
    .summary("Move a stopped node's chain to the other engine")
    .description(
      "Moves the blocks of a stopped node into the stores of the other engine, every height checked. The chain goes on at the next height, over the same application state. All validators move at one height: docs/engines.md.",
    )
    .addOption(new Option("--to <engine>", "who is to make the next block").choices(["cometbft", "embedded"]).makeOptionMandatory())
    .option("--cometbft-home <folder>", "home of CometBFT, where it is not the one in this home")
    .action(async (_: unknown, self: Command) => {
      await move(self.optsWithGlobals<MoveOptions>(), context);
      context.done(0);
    });
}
