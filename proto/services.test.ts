import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { AnyCodec, FieldTable, HttpRule, MethodTable, ServiceTable } from "../chain/codec/index.js";
import { parsePathTemplate } from "./path-template.js";

/** What the generated tables say of every service: HTTP rules that can be followed, messages that can be signed. */

const gen = join(dirname(fileURLToPath(import.meta.url)), "gen");

async function services(): Promise<readonly ServiceTable[]> {
  const files = readdirSync(gen, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".ts"));
  const packages = await Promise.all(files.sort().map((f) => import(join(gen, f)) as Promise<object>));
  const exported = packages.flatMap((p) => Object.values(p) as unknown[]);
  return exported.filter((v): v is ServiceTable => Array.isArray((v as Partial<ServiceTable>).methods));
}

interface Rule {
  readonly method: MethodTable;
  readonly name: string;
  readonly rule: HttpRule;
}

const rulesOf = (all: readonly ServiceTable[]): readonly Rule[] =>
  all.flatMap((s) =>
    s.methods.flatMap((method) =>
      (method.http ?? []).map((rule) => ({ method, name: `${s.typeName}/${method.name}`, rule })),
    ),
  );

function fieldAt(codec: AnyCodec, path: readonly string[]): FieldTable | undefined {
  const [head, ...rest] = path;
  const field = codec.fields.find((f) => f.json === head);
  const inner = field?.type?.();
  return rest.length === 0 || inner === undefined ? field : fieldAt(inner, rest);
}

/** Templates that no request can tell apart have the same shape. */
const shape = (rule: HttpRule): string => `${rule.verb} ${rule.path.replace(/\{[^}]*\}/g, "{}")}`;

describe("services of the tables", () => {
  let all: readonly ServiceTable[];
  before(async () => {
    all = await services();
  });

  it("are there for the SDK's modules and for ours", () => {
    const names = all.map((s) => s.typeName);
    expect(names).to.include.members([
      "cosmos.staking.v1beta1.Query",
      "cosmos.gov.v1.Msg",
      "cosmos.tx.v1beta1.Service",
      "cosmos.base.tendermint.v1beta1.Service",
      "openledger.datanet.v1.Query",
    ]);
    expect(new Set(names).size).to.equal(names.length);
  });

  it("give every query an HTTP rule", () => {
    const queries = all.filter(
      (s) => s.msg !== true && /^cosmos\.|^openledger\.\w+\.v1\.Query$/.test(s.typeName),
    );
    const without = queries.flatMap((s) =>
      s.methods.filter((m) => m.http === undefined).map((m) => `${s.typeName}/${m.name}`),
    );
    expect(without).to.deep.equal([]);
  });

  it("name scalar fields of the request in their paths, and fields in their bodies", () => {
    for (const { method, name, rule } of rulesOf(all)) {
      for (const segment of parsePathTemplate(rule.path).segments) {
        if ("literal" in segment) continue;
        const field = fieldAt(method.request, segment.variable);
        expect(field, `${name} ${segment.variable.join(".")}`).to.not.equal(undefined);
        expect(field?.kind, name).to.not.equal("message");
        expect(field?.repeated, name).to.equal(undefined);
      }
      if (rule.body !== undefined && rule.body !== "*")
        expect(fieldAt(method.request, [rule.body]), name).to.be.an("object");
    }
  });

  it("give no path to two methods, but for the SDK's one clash", () => {
    const seen = new Map<string, string[]>();
    for (const { name, rule } of rulesOf(all))
      seen.set(shape(rule), [...(seen.get(shape(rule)) ?? []), name]);
    expect([...seen.values()].filter((names) => names.length > 1)).to.deep.equal([
      ["cosmos.auth.v1beta1.Query/AddressBytesToString", "cosmos.auth.v1beta1.Query/AddressStringToBytes"],
    ]);
  });

  it("have messages that say who signs, by fields that they have", () => {
    for (const service of all.filter((s) => s.msg === true)) {
      for (const { request } of service.methods) {
        expect(request.options.signers, request.typeName).to.be.an("array").that.is.not.empty;
        for (const name of request.options.signers ?? []) {
          const field = request.fields.find((f) => f.json === name);
          expect(field, `${request.typeName}.${name}`).to.not.equal(undefined);
          expect(field?.kind, `${request.typeName}.${name}`).to.be.oneOf(["string", "message"]);
        }
      }
    }
  });

  it("have messages with an amino name of their own, but for those that the SDK left without", () => {
    const requests = all.filter((s) => s.msg === true).flatMap((s) => s.methods.map((m) => m.request));
    const unnamed = requests.filter((r) => r.options.aminoName === undefined).map((r) => r.typeName);
    expect(unnamed).to.deep.equal([
      "cosmos.feegrant.v1beta1.MsgPruneAllowances",
      "cosmos.gov.v1.MsgCancelProposal",
    ]);
    const names = requests.flatMap((r) => r.options.aminoName ?? []);
    expect(names.filter((n, i) => names.indexOf(n) !== i)).to.deep.equal([]);
  });
});
