import { expect } from "chai";
import * as fc from "fast-check";
import { anyToJson } from "../../chain/codec/index.js";
import type { AnyCodec, FieldTable } from "../../chain/codec/index.js";
import { queryResponse } from "../../test/rpc/fake-chain.js";
import { TYPE_REGISTRY } from "../type-registry.js";
import { answerRest } from "./handler.js";
import type { RestAnswer, RestCall } from "./handler.js";
import { ROUTES } from "./testkit/rest-node.js";
import type { RestRoute } from "./routes.js";

interface Asked {
  readonly answer: RestAnswer;
  readonly path: string | undefined;
  readonly data: Uint8Array;
}

/** Answers as the node does, and tells what reached the query layer. */
async function ask(call: Partial<RestCall>): Promise<Asked> {
  let asked: { path: string; data: Uint8Array } | undefined;
  const door = {
    query: (request: { path: string; data: Uint8Array }) => {
      asked = request;
      return Promise.resolve(queryResponse({ code: 6, codespace: "sdk", log: "rpc error: code = Unknown desc = x: unknown request" }));
    },
  };
  const whole = { verb: "GET", path: "/", query: new URLSearchParams(), height: undefined, body: () => Promise.resolve(new Uint8Array()) };
  const answer = await answerRest({ ...whole, ...call }, { routes: ROUTES, door, registry: TYPE_REGISTRY });
  return { answer, path: asked?.path, data: asked?.data ?? new Uint8Array() };
}

const HTTP_STATUSES = new Set([400, 500, 501]);

function expectWellFormed({ status, body }: RestAnswer): void {
  expect(HTTP_STATUSES, body).to.include(status);
  expect(JSON.parse(body)).to.have.all.keys("code", "message", "details");
}

/** Texts that some field takes, texts that none does, and anything else. */
const text = fc.oneof(
  fc.constantFrom("", "0", "1", "-1", "true", "18446744073709551616", "9".repeat(50), "AQI=", "-_8", "BOND_STATUS_BONDED", "1970-01-01T00:00:00Z", "5s", "__proto__", "💥", "\u0000", "\ud800"),
  fc.string({ maxLength: 30 }),
);

function namesOf(codec: AnyCodec, depth = 0): readonly string[] {
  return codec.fields.flatMap((field: FieldTable) => {
    const type = field.type?.();
    return type === undefined || depth > 1 ? [field.json, field.name] : [field.json, ...namesOf(type, depth + 1).map((n) => `${field.json}.${n}`)];
  });
}

const route = fc.constantFrom(...ROUTES.all);

const queryOf = ({ method }: RestRoute): fc.Arbitrary<URLSearchParams> => {
  const name = fc.oneof(fc.constantFrom("x", ...namesOf(method.request)), fc.string({ maxLength: 20 }), fc.constantFrom("__proto__.x", "constructor.prototype.y", "a.".repeat(40)));
  return fc.array(fc.tuple(name, text), { maxLength: 6 }).map((pairs) => new URLSearchParams(pairs));
};

const pathOf = ({ template }: RestRoute): fc.Arbitrary<string> => {
  const segments = template.segments.map((s) => ("literal" in s ? fc.constant(s.literal) : text.map((t) => encodeURIComponent(t.toWellFormed()))));
  return fc.tuple(...segments).map((parts) => `/${parts.join("/")}`);
};

describe("whatever is sent to REST", () => {
  it("a path of any shape is a route or none", async () => {
    const anyPath = fc.oneof(fc.webPath(), fc.string(), fc.array(fc.constantFrom("cosmos", "bank", "v1beta1", "%", "%zz", "%2F", "..", "", "balances")).map((p) => `/${p.join("/")}`));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("GET", "POST", "PUT", "", "__proto__"), anyPath, async (verb, path) => {
        expectWellFormed((await ask({ verb, path })).answer);
      }),
      { numRuns: 500 },
    );
  });

  it("a route is found by what fills its template, and the request has it", async () => {
    const filled = route.chain((r) => {
      const variables = r.template.segments.map((s) => ("literal" in s ? fc.constant(s.literal) : fc.stringMatching(/^[A-Za-z0-9/ .:+%-]{1,12}$/)));
      return fc.tuple(fc.constant(r), fc.tuple(...variables));
    });
    await fc.assert(
      fc.asyncProperty(filled, async ([r, parts]) => {
        const found = ROUTES.find(r.rule.verb, `/${parts.map(encodeURIComponent).join("/")}`);
        expect(found, r.rule.path).to.not.equal(undefined);
        const isOwn = found?.route === r;
        const texts = r.template.segments.flatMap((s, i) => ("literal" in s ? [] : parts[i]));
        if (isOwn) expect(found.variables.map((v) => v.text)).to.deep.equal(texts);
        else expect(found?.route.rule.path.replace(/\{[^}]*\}/g, "{}").length).to.be.at.least(1);
      }),
    );
  });

  it("parameters of any text are taken or refused, and what is taken decodes", async () => {
    const call = route.filter((r) => r.rule.verb === "GET").chain((r) => fc.tuple(fc.constant(r), pathOf(r), queryOf(r)));
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(call, async ([, path, query]) => {
        const { answer, path: reached, data } = await ask({ path, query });
        expectWellFormed(answer);
        if (reached === undefined) return;
        taken++;
        const method = ROUTES.all.find((each) => each.query === reached)?.method;
        expect(() => anyToJson(method?.request as never, method?.request.decode(data))).to.not.throw();
      }),
      { numRuns: 1500 },
    );
    expect(taken, "calls that reached the query layer").to.be.greaterThan(100);
  });

  it("bodies of any JSON, and of no JSON, are taken or refused", async () => {
    const posts = ROUTES.all.filter((r) => r.rule.verb === "POST");
    const json = fc.oneof(
      fc.jsonValue(),
      fc.record({ tx_bytes: fc.oneof(fc.base64String(), fc.jsonValue()), mode: fc.jsonValue(), tx: fc.jsonValue() }, { requiredKeys: [] }),
      fc.record({ tx: fc.record({ body: fc.record({ messages: fc.array(fc.record({ "@type": fc.constantFrom("/cosmos.bank.v1beta1.MsgSend", "/x", "") , value: fc.jsonValue() }, { requiredKeys: [] })) }) }) }),
    ).map((value) => new TextEncoder().encode(JSON.stringify(value)));
    const body = fc.oneof(json, fc.uint8Array());
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...posts), body, async ({ rule }, bytes) => {
        expectWellFormed((await ask({ verb: "POST", path: rule.path, body: () => Promise.resolve(bytes) })).answer);
      }),
      { numRuns: 500 },
    );
  });

  it("heights of any text are taken or refused", async () => {
    await fc.assert(
      fc.asyncProperty(text, async (height) => {
        const { answer, path } = await ask({ path: "/cosmos/bank/v1beta1/params", height });
        expectWellFormed(answer);
        expect(path !== undefined).to.equal(/^\d{1,18}$/.test(height));
      }),
    );
  });
});
