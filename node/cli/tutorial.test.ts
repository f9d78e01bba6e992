import { readFileSync } from "node:fs";
import { expect } from "chai";
import { createTestDaemon } from "./testkit/daemon.js";

/** Commands of the first shell block below a heading. */
function commandsBelow(heading: string): string[][] {
  const text = readFileSync(new URL("../../docs/validators.md", import.meta.url), "utf8");
  const block = /```sh\n([^`]+)```/.exec(text.slice(text.indexOf(`## ${heading}\n`)))?.[1] ?? "";
  return block.trim().split("\n").map((line) => line.split(" "));
}

describe("docs/validators.md", () => {
  for (const heading of ["A chain of your own", "With others"]) {
    it(`can be followed word by word: ${heading}`, async () => {
      const daemon = await createTestDaemon();
      try {
        if (heading === "With others") await daemon.runHere(["init", "ada"]);
        const commands = commandsBelow(heading);
        expect(commands.length).to.be.greaterThan(0);
        for (const [program, ...args] of commands) {
          expect(program).to.equal("openledgerd");
          // Starting it is tested with ports of its own, beside gentx.
          if (args[0] === "start") continue;
          const { code, err } = await daemon.runHere(args);
          expect(code, `${args.join(" ")}: ${err}`).to.equal(0);
        }
      } finally {
        daemon.remove();
      }
    });
  }
});
