/** The commands that a page of documentation gives, so that a test can run each as it stands there. Tests only. */
import { readFileSync } from "node:fs";

/** What a reader would type or paste. */
export interface PageCommand {
  /** A command of the shell, with its here-document; or a whole program of another language. Without a comment at its end. */
  readonly text: string;
  /** Language of the fenced block, or "inline" for words between backquotes that begin like a command. */
  readonly kind: string;
  /** Heading above it. */
  readonly heading: string;
}

/** Programs whose names begin an inline command; a setting before them belongs to it. */
const PROGRAMS = /^(?:[A-Z_]+=\S+ )*(?:openledgerd|npm|npx|node|curl|grpcurl|yarn|printf) \S/;

/** Fences whose text is shown, not typed. */
const SHOWN: ReadonlySet<string> = new Set(["", "json", "toml", "text"]);

/** Commands of a shell block: a line each, a here-document with its command. What a comment alone says is done by hand. */
function shellCommands(block: string): readonly string[] {
  const commands: string[] = [];
  let end: string | undefined;
  for (const line of dedented(block.trimEnd().split("\n"))) {
    const open = commands.at(-1);
    if (end !== undefined && open !== undefined) commands[commands.length - 1] = `${open}\n${line}`;
    else if (!line.startsWith("#")) commands.push(line.replace(/\s+# .*$/, ""));
    if (line === end) end = undefined;
    end ??= /<<(\w+)$/.exec(line)?.[1];
  }
  return commands;
}

/** A block within a list is indented as the list is. */
function dedented(lines: readonly string[]): readonly string[] {
  const [indent = ""] = /^ */.exec(lines[0] ?? "") ?? [];
  return lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
}

function fenced(heading: string, language: string, block: string): readonly PageCommand[] {
  const texts = SHOWN.has(language) ? [] : language === "sh" ? shellCommands(block) : [block];
  return texts.map((text) => ({ text, kind: language, heading }));
}

function inline(heading: string, prose: string): readonly PageCommand[] {
  const spans = [...prose.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text.replace(/\s+/g, " "));
  return spans.filter((text) => PROGRAMS.test(text)).map((text) => ({ text, kind: "inline", heading }));
}

/** Every command of a Markdown text, in order. */
export function commandsOfPage(markdown: string): readonly PageCommand[] {
  return markdown.split(/^(?=##? )/m).flatMap((section) => {
    const heading = /^##? (.*)/.exec(section)?.[1] ?? "";
    // Odd parts are what stands between fences, its language first.
    return section.split(/^ *```/m).flatMap((part, i) => {
      if (i % 2 === 0) return inline(heading, part);
      const newline = part.indexOf("\n");
      return fenced(heading, part.slice(0, newline), part.slice(newline + 1));
    });
  });
}

/** A page, and which of its commands somebody has answered for. */
export class TutorialPage {
  readonly name: string;
  readonly commands: readonly PageCommand[];
  readonly #answered = new Set<string>();

  /** `name`: its path in the repository. */
  constructor(name: string) {
    this.name = name;
    this.commands = commandsOfPage(readFileSync(new URL(`../../../${name}`, import.meta.url), "utf8"));
  }

  /** The command that begins so, which the caller runs. @throws when the page has none, so that no test outlives its page. */
  take(start: string): string {
    const found = this.commands.find(({ text }) => text === start) ?? this.commands.find(({ text }) => text.startsWith(start));
    if (found === undefined) throw new Error(`${this.name} has no command that begins with "${start}"`);
    this.#answered.add(found.text);
    return found.text;
  }

  /** The shell commands below a heading, which the caller runs one after the other. */
  takeBelow(heading: string): readonly string[] {
    const found = this.commands.filter((command) => command.heading === heading && command.kind === "sh").map(({ text }) => text);
    if (found.length === 0) throw new Error(`${this.name} has no commands below "${heading}"`);
    for (const text of found) this.#answered.add(text);
    return found;
  }

  /** A command that is not run here, and why: printed, so that nobody takes it for tested. */
  leave(start: string, why: string): void {
    process.stdout.write(`      not run: ${this.take(start).split("\n")[0] ?? ""} (${why})\n`);
  }

  /** What nobody has answered for. */
  unanswered(): readonly string[] {
    return this.commands.filter(({ text }) => !this.#answered.has(text)).map(({ text }) => text);
  }
}
