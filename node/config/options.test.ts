import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { parseClientSettings } from "./client-settings.js";
import { setTomlValue } from "./edit-toml.js";
import { OPTIONS, formatOptions, optionsOf } from "./options.js";
import { parseSettings } from "./settings.js";
import { parseToml } from "./table.js";

const files = { config: formatOptions("config"), app: formatOptions("app") };

describe("the described settings", () => {
  it("say the defaults that a node takes where a file leaves them out", () => {
    expect(parseSettings(files)).to.deep.equal(parseSettings({ config: "", app: "" }));
    expect(parseClientSettings(formatOptions("client"))).to.deep.equal(parseClientSettings(""));
  });

  it("are all that a node reads: a setting cannot be added without a description", () => {
    const source = readFileSync(new URL("settings.ts", import.meta.url), "utf8");
    const reads = [...source.matchAll(/(\w+)\.(?:text|texts|whole|flag)\("([\w-]+)"/g)].map(([, , name]) => name);
    expect(reads).to.have.members(OPTIONS.filter((o) => o.file !== "client").map((o) => o.name));
  });

  it("have a sentence each", () => {
    for (const { about, file, name } of OPTIONS) expect(about.join(" "), `${file} ${name}`).to.match(/^[A-Z\[h"].{4,}/);
  });
});

describe("changing one setting", () => {
  it("changes nothing else of the file", () => {
    for (const { section, name } of optionsOf("config")) {
      const changed = setTomlValue(files.config, { section, name }, "7");
      const [before, after] = [files.config.split("\n"), changed.split("\n")];
      const differing = before.flatMap((line, i) => (line === after[i] ? [] : [after[i]]));
      expect(differing, name).to.deep.equal([`${name} = 7`]);
    }
  });

  it("finds the setting in its section, whatever stands around it", () => {
    const text = '# size = 1\nsize = 1\n[a] # here\n  size=2 # two\n["b"]\nsize = 3\n';
    expect(setTomlValue(text, { section: "a", name: "size" }, "9")).to.equal('# size = 1\nsize = 1\n[a] # here\n  size= 9\n["b"]\nsize = 3\n');
    expect(setTomlValue(text, { section: "", name: "size" }, "9")).to.contain("\nsize = 9\n[a]");
  });

  it("adds what is missing, and its section", () => {
    expect(parseToml(setTomlValue("a = 1\n", { section: "", name: "b" }, "2"), "x")).to.deep.equal({ a: 1, b: 2 });
    expect(parseToml(setTomlValue("a = 1\n[s]\nx = 1\n[t]\n", { section: "s", name: "b" }, "2"), "x")).to.deep.equal({ a: 1, s: { x: 1, b: 2 }, t: {} });
    expect(parseToml(setTomlValue("a = 1\n", { section: "s", name: "b" }, "2"), "x")).to.deep.equal({ a: 1, s: { b: 2 } });
  });

  it("refuses a value of several lines", () => {
    expect(() => setTomlValue("a = [\n 1,\n]\n", { section: "", name: "a" }, "[]")).to.throw("several lines");
  });

  it("gives back any text that is written", () => {
    fc.assert(
      fc.property(fc.string(), (moniker) => {
        const text = setTomlValue(files.config, { section: "", name: "moniker" }, JSON.stringify(moniker));
        expect(parseToml(text, "x")["moniker"]).to.equal(moniker);
      }),
    );
  });
});
