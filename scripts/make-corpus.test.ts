import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { AUTHORS, ROWS_PER_AUTHOR, output, rowsOf } from "./make-corpus.js";

describe("the story's corpus", () => {
  for (const author of AUTHORS) {
    it(`holds ${ROWS_PER_AUTHOR} different rows of ${author}, as the script makes them`, () => {
      const rows = readFileSync(join(output, `${author.replaceAll("_", "-")}.txt`), "utf8").trimEnd().split("\n");
      expect(rows).to.deep.equal(rowsOf(author));
      expect(new Set(rows).size).to.equal(ROWS_PER_AUTHOR);
    });
  }
});
