import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { misfits } from "../../test/doors/open-api.js";
import { createWalletWorld } from "../../test/doors/wallet-world.js";
import type { WalletWorld } from "../../test/doors/wallet-world.js";
import { PAGES, ROUTES } from "./testkit/rest-node.js";
import type { AnyJson } from "./testkit/rest-node.js";

/** One call of a client, as our own notes of its sources have it. */
interface Call {
  readonly name: string;
  readonly door?: "rpc";
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly type?: string;
  readonly body?: object;
  readonly status?: number;
  /** What the client reads: place in the answer to kind of value; "=" before an exact one. "[]" is each of a list that is not empty. */
  readonly reads: Readonly<Record<string, string>>;
}

const KINDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: (v) => typeof v === "string" && v !== "",
  string: (v) => typeof v === "string",
  number: (v) => Number.isSafeInteger(v),
  flag: (v) => typeof v === "boolean",
  list: (v) => Array.isArray(v),
  integer: (v) => typeof v === "string" && /^-?\d+$/.test(v),
  decimal: (v) => typeof v === "string" && /^\d+\.\d{18}$/.test(v),
  fraction: (v) => typeof v === "string" && /^\d(\.\d+)?$/.test(v),
  duration: (v) => typeof v === "string" && /^\d+(\.\d+)?s$/.test(v),
  time: (v) => typeof v === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(v),
  hash: (v) => typeof v === "string" && /^[0-9A-F]{64}$/.test(v),
  base64: (v) => typeof v === "string" && v !== "" && Buffer.from(v, "base64").toString("base64") === v,
};

/** Every value at a place, or undefined when a list on the way is empty or a name is missing. */
function valuesAt(json: AnyJson, place: readonly string[]): readonly unknown[] | undefined {
  const [step, ...rest] = place;
  if (step === undefined) return [json as unknown];
  const isEach = step.endsWith("[]");
  const held: unknown = json?.[isEach ? step.slice(0, -2) : step];
  if (held === undefined) return undefined;
  if (!isEach) return valuesAt(held, rest);
  if (!Array.isArray(held) || held.length === 0) return undefined;
  const all = held.map((each: unknown) => valuesAt(each, rest));
  return all.includes(undefined) ? undefined : all.flatMap((values) => values ?? []);
}

function read(json: AnyJson, reads: Call["reads"], names: WalletWorld["names"]): readonly string[] {
  return Object.entries(reads).flatMap(([place, kind]) => {
    const values = valuesAt(json, place.split("."));
    if (values === undefined) return [`${place} is not there`];
    const fits = (value: unknown): boolean =>
      kind.startsWith("=") ? String(value) === fill(kind.slice(1), names) : KINDS[kind]?.(value) === true;
    const wrong = values.find((value) => !fits(value));
    return wrong === undefined ? [] : [`${place} is ${JSON.stringify(wrong)}, not ${kind}`];
  });
}

function fill(text: string, names: WalletWorld["names"]): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => names[name] ?? all);
}

function fixtures(name: string): { readonly client: string; readonly calls: readonly Call[] } {
  return JSON.parse(readFileSync(join(import.meta.dirname, "fixtures", `${name}.json`), "utf8")) as never;
}

const document: AnyJson = JSON.parse(PAGES.get("/openapi.json")?.body ?? "");

/** The schema of the document that the answer of a call must fit. */
function schemaOf({ method = "GET", path }: Call, names: WalletWorld["names"]): unknown {
  const { pathname } = new URL(`http://node${fill(path, names)}`);
  const found = ROUTES.find(method, pathname);
  if (found === undefined) return undefined;
  return { $ref: `#/components/schemas/${found.route.method.response.typeName}` };
}

describe("wallets and explorers find what they read", function () {
  this.timeout(120_000);
  let world: WalletWorld;
  before(async () => {
    world = await createWalletWorld();
  });
  after(() => world.node.stop());

  async function ask(call: Call): Promise<{ readonly status: number; readonly json: AnyJson }> {
    const { node, names } = world;
    const base = call.door === "rpc" ? node.rpc : node.api;
    const { method = "GET", type = "application/json", body } = call;
    const sent = body === undefined ? {} : { body: fill(JSON.stringify(body), names), headers: { "Content-Type": type } };
    const response = await fetch(base + fill(call.path, names), { method, ...sent });
    return { status: response.status, json: await response.json() };
  }

  for (const file of ["keplr", "ping-pub"]) {
    const { client, calls } = fixtures(file);
    describe(client, () => {
      for (const call of calls) {
        it(call.name, async () => {
          const { status, json } = await ask(call);
          expect(status, JSON.stringify(json)).to.equal(call.status ?? 200);
          expect(read(json, call.reads, world.names), JSON.stringify(json).slice(0, 2000)).to.deep.equal([]);
          const schema = call.door === "rpc" || status !== 200 ? undefined : schemaOf(call, world.names);
          if (schema !== undefined) expect(misfits(document, schema, json), "the OpenAPI document").to.deep.equal([]);
        });
      }
    });
  }
});
