import { expect } from "chai";
import fc from "fast-check";
import { classOf, splitText } from "./split.js";
import { LETTERS, NUMBERS, UNICODE_VERSION } from "./unicode-classes.js";

describe("the classes of characters", () => {
  it("are those of the engine's own tables, or of an earlier version of them", () => {
    const isSame = process.versions["unicode"] === UNICODE_VERSION;
    for (const [table, engine] of [[LETTERS, /^\p{L}$/u], [NUMBERS, /^\p{N}$/u]] as const) {
      const ours = new RegExp(`^[${classOf(table)}]$`, "u");
      let differing = 0;
      for (let point = 0; point <= 0x10ffff; point++) {
        const character = String.fromCodePoint(point);
        if (ours.test(character) !== engine.test(character)) differing += 1;
      }
      expect(differing).to.be.at.most(isSame ? 0 : 10_000);
    }
  });
});

describe("cutting text", () => {
  for (const split of ["gpt2", "digits", "llama3", "pinned"] as const) {
    it(`leaves nothing out in the form of ${split}`, () => {
      const texts = fc.oneof(fc.string({ unit: "grapheme", maxLength: 60 }), fc.string({ unit: fc.constantFrom("a", "Z", "9", " ", "\n", "\r", "\t", "'", ".", "\u00a0", "é", "中", "\ufeff", "\u0085"), maxLength: 60 }));
      fc.assert(
        fc.property(texts, (text) => {
          expect(splitText(text, split).join("")).to.equal(text);
        }),
        { numRuns: 300 },
      );
    });
  }

  it("takes time that grows with the text, not with its square", () => {
    const page = " ".repeat(1 << 16) + "x" + "\n ".repeat(1 << 15) + "'".repeat(1 << 16);
    for (const split of ["gpt2", "digits", "llama3", "pinned"] as const) expect(splitText(page, split).join("").length).to.equal(page.length);
  });
});
