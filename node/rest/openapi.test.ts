import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { lintOpenApi, misfits } from "../../test/doors/open-api.js";
import type { AnyJson } from "../../test/doors/open-api.js";
import { PAGES, ROUTES, startRestNode } from "./testkit/rest-node.js";

const document: AnyJson = JSON.parse(PAGES.get("/openapi.json")?.body ?? "");

/** `pip install openapi-spec-validator` brings it; OPENLEDGER_PYTHON names the interpreter that has it. */
function validator(): string | undefined {
  const python = process.env["OPENLEDGER_PYTHON"] ?? "python3";
  try {
    execFileSync(python, ["-c", "import openapi_spec_validator"], { stdio: "ignore" });
    return python;
  } catch {
    return undefined;
  }
}

describe("the OpenAPI document", () => {
  it("passes its linter", () => {
    expect(lintOpenApi(document)).to.deep.equal([]);
  });

  it("has every route, once", () => {
    const operations = Object.values<object>(document.paths).flatMap((item) => Object.keys(item));
    const shapes = new Set(ROUTES.all.map(({ rule }) => `${rule.verb} ${rule.path.replace(/\{[^}]*\}/g, "{}")}`));
    expect(operations.length).to.equal(shapes.size + 2);
    expect(document.paths["/cosmos/bank/v1beta1/denoms_metadata/{denom}"].get.operationId).to.equal("cosmos.bank.v1beta1.Query.DenomMetadata");
    expect(Object.keys(document.paths["/cosmos/tx/v1beta1/txs"])).to.have.members(["get", "post"]);
  });

  it("spells parameters as the server reads them", () => {
    const { parameters } = document.paths["/cosmos/bank/v1beta1/balances/{address}"].get;
    const names = parameters.map((p: AnyJson) => String(p.name ?? p.$ref));
    expect(names).to.include.members(["address", "pagination.key", "pagination.limit", "resolve_denom", "#/components/parameters/height"]);
    const events = document.paths["/cosmos/tx/v1beta1/txs"].get.parameters.find((p: AnyJson) => p.name === "events");
    expect(events).to.deep.include({ explode: true, schema: { type: "array", items: { type: "string" } } });
  });

  it("passes a validator of others", function () {
    const python = validator();
    if (python === undefined) {
      process.stdout.write("      skipped: openapi-spec-validator is not installed (pip install openapi-spec-validator)\n");
      this.skip();
    }
    this.timeout(60_000);
    const program = "import json, sys; from openapi_spec_validator import validate; validate(json.load(sys.stdin))";
    execFileSync(python, ["-c", program], { input: JSON.stringify(document) });
  });

  it("is served, beside a page of the routes", async () => {
    const node = await startRestNode();
    try {
      expect((await node.get("/openapi.json")).json).to.deep.equal(document);
      const page = await fetch(`${node.url}/`);
      expect(page.headers.get("content-type")).to.match(/^text\/html/);
      expect(page.headers.get("content-security-policy")).to.contain("default-src 'none'");
      expect(await page.text()).to.contain('<a href="/cosmos/bank/v1beta1/params">');
      expect((await fetch(`${node.url}/openapi.json`, { method: "POST" })).status).to.equal(501);
    } finally {
      await node.stop();
    }
  });
});

describe("the linter of OpenAPI documents", () => {
  const broken: readonly (readonly [what: string, change: (d: AnyJson) => void, says: RegExp])[] = [
    ["a reference that leads nowhere", (d) => delete d.components.schemas["cosmos.base.v1beta1.Coin"], /leads nowhere/],
    ["a path parameter that is missing", (d) => void d.paths["/cosmos/bank/v1beta1/balances/{address}"].get.parameters.shift(), /parameters $/],
    ["two operations of one name", (d) => (d.paths["/cosmos/bank/v1beta1/params"].get.operationId = "blobs.get"), /stands twice/],
    ["a schema without a type", (d) => (d.components.schemas.Error.properties.code = {}), /no type/],
    ["an answer of nothing", (d) => (d.paths["/cosmos/bank/v1beta1/params"].get.responses = {}), /no response/],
    ["two paths of one shape", (d) => (d.paths["/cosmos/bank/v1beta1/balances/{owner}"] = {}), /has its shape/],
  ];
  for (const [what, change, says] of broken) {
    it(`finds ${what}`, () => {
      const copy = structuredClone(document);
      change(copy);
      expect(lintOpenApi(copy).join("\n")).to.match(says);
    });
  }

  it("finds answers that do not fit", () => {
    const fits = (value: unknown): readonly string[] => misfits(document, { $ref: "#/components/schemas/cosmos.base.v1beta1.Coin" }, value);
    expect(fits({ denom: "uopen", amount: "1" })).to.deep.equal([]);
    expect(fits({ denom: "uopen", amount: 1 })).to.deep.equal(["$.amount: no string"]);
    expect(fits({ denomination: "uopen" })).to.deep.equal(["$: denomination is unknown"]);
    expect(fits(null)).to.deep.equal(["$: null"]);
  });
});
