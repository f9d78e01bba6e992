import type { Command } from "commander";
import { homeOf, homeOption } from "./common-options.js";
import type { CommandContext } from "./common-options.js";

export interface SignerOptions {
  /** "unix:///path" of the node's priv_validator_laddr. */
  readonly address: string;
  readonly chainId: string;
  readonly keyFile: string;
  readonly stateFile: string;
}

interface Flags {
  readonly home?: string;
  readonly address: string;
  readonly chainId: string;
  readonly keyFile?: string;
  readonly stateFile?: string;
}

interface SignerPrograms {
  signer(options: SignerOptions): Promise<number>;
}

/** `openledgerd signer`: the process that holds a validator's key apart from its node. */
export function addSignerCommand(program: Command, commands: SignerPrograms, context: CommandContext): void {
  const signer = program.command("signer").description("A process that holds the validator's key and signs for a node, or for a CometBFT");
  signer
    .command("start")
    .description("Dial the node's priv_validator_laddr and sign what it asks for, never twice for one place. Ends on SIGINT and SIGTERM.")
    .requiredOption("--address <unix:///path>", "priv_validator_laddr of the node")
    .requiredOption("--chain-id <id>", "the one chain that is signed for")
    .option("--key-file <file>", "the key; of the home when absent")
    .option("--state-file <file>", "what was signed last; of the home when absent")
    .addOption(homeOption())
    .action(async (flags: Flags) => {
      const home = homeOf(flags, context);
      const { address, chainId, keyFile = home.validatorKey, stateFile = home.validatorState } = flags;
      context.done(await commands.signer({ address, chainId, keyFile, stateFile }));
    });
}
