import { Argument } from "commander";
import type { Command } from "commander";
import type { CommandContext } from "./common-options.js";

type Shell = "bash" | "zsh" | "fish";
const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];

/** What can follow the words of a command: its subcommands and its flags. */
interface Choices {
  /** Words after "openledgerd", joined by a space; empty for the program itself. */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly about: string }[];
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").replaceAll(/['"`$\\]/g, "");
}

/** Every command with what can follow it, by walking the very program that parses them. */
function choicesOf(command: Command, path: readonly string[] = []): Choices[] {
  const visible = command.createHelp();
  const commands = visible
    .visibleCommands(command)
    .flatMap((c) => [c.name(), ...c.aliases()].map((word) => ({ word, about: firstLine(c.summary() || c.description()) })));
  const flags = visible.visibleOptions(command).flatMap((o) => (typeof o.long !== "string" ? [] : [{ word: o.long, about: firstLine(o.description) }]));
  const below = command.commands.flatMap((c) => [c.name(), ...c.aliases()].flatMap((name) => choicesOf(c, [...path, name])));
  return [{ path: path.join(" "), words: [...commands, ...flags] }, ...below];
}

function bash(all: readonly Choices[]): string {
  const cases = all.map(({ path, words }) => `    "${path}") words="${words.map((w) => w.word).join(" ")}" ;;`);
  return `# bash completion for openledgerd; load it with: source <(openledgerd completion bash)
_openledgerd() {
  local path="" word words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in -*) ;; *) case " $(_openledgerd_words "$path") " in *" $word "*) path="\${path:+$path }$word" ;; esac ;; esac
  done
  COMPREPLY=($(compgen -W "$(_openledgerd_words "$path")" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [ "\${#COMPREPLY[@]}" -eq 0 ] && COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
_openledgerd_words() {
  local words=""
  case "$1" in
${cases.join("\n")}
  esac
  echo "$words"
}
complete -F _openledgerd openledgerd
`;
}

function zsh(all: readonly Choices[]): string {
  return `#compdef openledgerd
# zsh completion for openledgerd; load it with: source <(openledgerd completion zsh)
autoload -U +X bashcompinit && bashcompinit
${bash(all).split("\n").slice(1).join("\n")}`;
}

function fish(all: readonly Choices[]): string {
  const lines = all.flatMap(({ path, words }) => {
    const seen = path === "" ? "__fish_use_subcommand" : path.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    return words.map(({ word, about }) => {
      const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c openledgerd -n '${seen}' ${what} -d '${about}'`;
    });
  });
  return `# fish completion for openledgerd; load it with: openledgerd completion fish | source\n${lines.join("\n")}\n`;
}

const WRITERS: Readonly<Record<Shell, (all: readonly Choices[]) => string>> = { bash, zsh, fish };

/** `completion`: a script that the shell loads. Made from the commands themselves, so it cannot lag behind them. */
export function addCompletionCommand(program: Command, { terminal, done }: CommandContext): void {
  program
    .command("completion")
    .summary("Generate the autocompletion script for the specified shell")
    .description("Prints a completion script. For this session: source <(openledgerd completion bash). For all: write it into your shell's folder of completions.")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .action((shell: Shell) => {
      terminal.out(WRITERS[shell](choicesOf(program)));
      done(0);
    });
}
