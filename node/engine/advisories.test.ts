import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";

const ROOT = new URL("../../", import.meta.url);
const PAGE = readFileSync(new URL("docs/advisories.md", ROOT), "utf8");

interface Row {
  readonly what: string;
  readonly file: string;
  readonly test: string;
}

const ROWS: readonly Row[] = [...PAGE.matchAll(/^\| (?<what>[^|]+) \| (?<file>[\w/-]+\.test\.ts): (?<test>[^|]+) \|$/gm)].map(({ groups }) => ({
  what: groups?.["what"] ?? "",
  file: groups?.["file"] ?? "",
  test: groups?.["test"] ?? "",
}));

describe("docs/advisories.md", () => {
  it("is a table that is read whole", () => {
    const lines = PAGE.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| what went wrong"));
    expect(lines.length).to.equal(ROWS.length);
    expect(ROWS.length).to.be.greaterThan(40);
  });

  for (const { what, file, test } of ROWS)
    it(`has a test: ${what}`, () => {
      expect(existsSync(new URL(file, ROOT)), file).to.equal(true);
      expect(readFileSync(new URL(file, ROOT), "utf8")).to.contain(test);
    });
});
