import { expect } from "chai";
import { formatResult, formatYaml } from "./format-output.js";

describe("results as YAML", () => {
  it("look as Cosmos daemons print them", () => {
    const value = { name: "ada", list: [{ a: 1, b: [] }, { a: 2, b: ["x", "y"] }], inner: { deep: { empty: {}, none: null } }, text: "" };
    expect(formatYaml(value)).to.equal(
      'name: ada\nlist:\n- a: 1\n  b: []\n- a: 2\n  b:\n  - x\n  - "y"\ninner:\n  deep:\n    empty: {}\n    none: null\ntext: ""\n',
    );
  });

  it("quote what another reader would take for something else", () => {
    for (const [text, printed] of [
      ["true", '"true"'],
      ["No", '"No"'],
      ["12", '"12"'],
      ["1e5", '"1e5"'],
      ["0x10", '"0x10"'],
      ["-", '"-"'],
      ["a: b", '"a: b"'],
      ["# no", '"# no"'],
      ["a\nb", '"a\\nb"'],
      ['say "it\'s"', "'say \"it''s\"'"],
      ["tcp://127.0.0.1:26657", "tcp://127.0.0.1:26657"],
      ["open19rl4cm2hmr8afy4kldpxz3fka4jguq0attl9rz", "open19rl4cm2hmr8afy4kldpxz3fka4jguq0attl9rz"],
    ] as const)
      expect(formatYaml({ text }), text).to.equal(`text: ${printed}\n`);
  });

  it("are one line of JSON when asked", () => {
    expect(formatResult({ a: [1, "2"] }, "json")).to.equal('{"a":[1,"2"]}\n');
  });
});
