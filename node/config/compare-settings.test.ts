import { expect } from "chai";
import { parseClientSettings } from "./client-settings.js";
import { compareSettings, migrateSettings } from "./compare-settings.js";
import { OPTIONS, formatOptions, formatValue, placeOf } from "./options.js";
import { parseSettings } from "./settings.js";

const OLD = 'moniker = "ada"\nlog_levle = "info"\n[rpc]\nladdr = "tcp://127.0.0.1:1"\ncors_allowed_origins = [\n  "*",\n]\n[fastsync]\nversion = "v0"\n';

describe("settings of a file beside the defaults", () => {
  it("are none for a file that was just written", () => {
    for (const file of ["config", "app", "client"] as const) {
      expect(compareSettings(file, formatOptions(file))).to.deep.equal({ changed: [], missing: [], unknown: [] });
      expect(migrateSettings(file, formatOptions(file))).to.equal(formatOptions(file));
    }
  });

  it("are what was changed, left out, or is unknown", () => {
    const { changed, missing, unknown } = compareSettings("config", OLD);
    expect(changed.map(({ place }) => place)).to.deep.equal(["moniker", "rpc.laddr", "rpc.cors_allowed_origins"]);
    expect(unknown).to.deep.equal(["log_levle", "fastsync.version"]);
    expect(missing).to.include("p2p.laddr").and.not.to.include("rpc.laddr");
  });

  it("stay when the file is rewritten, and the rewritten file can be read", () => {
    const migrated = migrateSettings("config", OLD);
    expect(compareSettings("config", migrated)).to.deep.include({ missing: [], unknown: [] });
    const { moniker, rpc } = parseSettings({ config: migrated, app: "" });
    expect([moniker, rpc.port, rpc.corsOrigins]).to.deep.equal(["ada", 1, ["*"]]);
    expect(migrateSettings("config", migrated)).to.equal(migrated);
  });

  it("that are misspelt are errors which say what was meant", () => {
    expect(() => parseSettings({ config: OLD, app: "" })).to.throw(/config\.(log_levle|fastsync) is not a setting; did you mean config\./);
    expect(() => parseSettings({ config: '[rpc]\nladdr_ = "x"', app: "" })).to.throw("did you mean config.rpc.laddr?");
    expect(() => parseClientSettings('chainid = "x"')).to.throw("did you mean client.chain-id?");
  });

  it("of a wrong type are errors that name the setting", () => {
    for (const { file, section, name, value } of OPTIONS.filter((o) => o.file !== "client")) {
      const wrong = typeof value === "string" ? "7" : formatValue("x");
      const text = `${section === "" ? "" : `[${section}]\n`}${name} = ${wrong}\n`;
      const files = { config: "", app: "", [file]: text };
      expect(() => parseSettings(files), `${file} ${name}`).to.throw(new RegExp(`${file}.${placeOf({ file, section, name, value, about: [] })} must be`));
    }
  });
});
