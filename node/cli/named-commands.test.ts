import { readdirSync } from "node:fs";
import type { Command } from "commander";
import { expect } from "chai";
import { LEDGER } from "./ledger-commands.js";
import { createProgram } from "./program.js";
import type { Commands } from "./program.js";
import { TutorialPage } from "./testkit/tutorial-page.js";

const DOCS = new URL("../../docs/", import.meta.url);
const PAGES = ["README.md", "ARCHITECTURE.md", "SECURITY.md", ...readdirSync(DOCS).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)];
const CONTEXT = { terminal: { isInteractive: false, out: () => undefined, err: () => undefined, close: () => undefined } as never, env: {}, done: () => undefined };

/** Words that stand for what a reader puts there. */
const PLACEHOLDER = /^(?:[A-Z]{2,}|\$.*|\.\.\.|-)$/;

/** The words behind each "openledgerd" of a page's commands, up to a pipe or the end of a substitution. */
function typedOn(page: string): readonly string[] {
  return new TutorialPage(page).commands.flatMap(({ text, kind }) => {
    if (kind !== "inline" && kind !== "sh") return [];
    const lines = text.replaceAll("node bin/openledgerd.mjs", "openledgerd");
    return [...lines.matchAll(/(?:^|[|(]\s*)openledgerd ([^|)\n]+)/gm)].map(([, words = ""]) => words.trim());
  });
}

/** What is wrong with the words; undefined where a reader would get as far as his own values. */
function mistakeIn(program: Command, typed: string): string | undefined {
  const words = typed.split(/\s+/);
  let command = program;
  for (const word of words) {
    if (word.startsWith("-") || PLACEHOLDER.test(word) || command.commands.length === 0) break;
    const below = command.commands.find((c) => c.name() === word || c.aliases().includes(word));
    if (below === undefined) return `${command.name()} has no ${word}`;
    command = below;
  }
  // The sidecar reads its own flags.
  if (command.name() === "sidecar") return undefined;
  const known = new Set(["--help", "-h"]);
  for (let at: Command | null = command; at !== null; at = at.parent) for (const { long, short } of at.options) known.add(long ?? "").add(short ?? "");
  const flag = words.find((word) => /^--?[a-z]/.test(word) && !known.has(word.replace(/=.*/, "")));
  return flag === undefined ? undefined : `${command.name()} has no ${flag}`;
}

describe("commands of openledgerd that pages name", () => {
  const program = createProgram({} as Commands, CONTEXT, LEDGER);

  for (const page of PAGES) {
    const typed = typedOn(page);
    if (typed.length === 0) continue;
    it(`${page}: ${typed.length} exist, with their flags`, () => {
      const mistakes = typed.map((words) => [words, mistakeIn(program, words)] as const).filter(([, mistake]) => mistake !== undefined);
      expect(mistakes).to.deep.equal([]);
    });
  }

  it("would not pass with another name or flag", () => {
    expect(mistakeIn(program, "query bank balnces $BOB")).to.equal("bank has no balnces");
    expect(mistakeIn(program, "tx bank send ada $BOB 1uopen --yess")).to.equal("send has no --yess");
    expect(mistakeIn(program, "tx bank send ada $BOB 1uopen --yes")).to.equal(undefined);
  });
});
