/** The OpenAPI 3.0 document of the HTTP door, from the very tables that route its calls. */
import type { AnyCodec, FieldTable } from "../../chain/codec/index.js";
import { HEIGHT_HEADER } from "../grpc/index.js";
import { isSpecial, isText, messageSchema, scalarSchema } from "./openapi-schema.js";
import type { Node, Schemas } from "./openapi-schema.js";
import type { RestRoute, RestRoutes } from "./routes.js";

export interface ApiInfo {
  readonly title: string;
  readonly version: string;
  /** What is mounted beside the queries: path items by path. */
  readonly mounted: Readonly<Record<string, Node>>;
}

/** Messages inside messages of a query: pagination is one deep, and nothing asked by GET goes further than three. */
const MAX_DEPTH = 3;

const ERROR: Node = {
  type: "object",
  description: "What went wrong: a gRPC status.",
  properties: {
    code: { type: "integer", format: "int32" },
    message: { type: "string" },
    details: { type: "array", items: { type: "object" } },
  },
  required: ["code", "message", "details"],
};

const HEIGHT: Node = {
  name: HEIGHT_HEADER,
  in: "header",
  description: "The height whose state is asked; the latest when absent.",
  required: false,
  schema: { type: "string", pattern: "^[0-9]{1,18}$" },
};

function jsonContent(schema: Node): Node {
  return { "application/json": { schema } };
}

/** "{denom=**}" is "{denom}" here. */
function openApiPath({ rule }: RestRoute): string {
  return rule.path.replace(/=\*\*?\}/g, "}");
}

function shapeOf({ rule }: RestRoute): string {
  return `${rule.verb} ${rule.path.replace(/\{[^}]*\}/g, "{}")}`;
}

function queryOf(codec: AnyCodec, prefix: string, taken: ReadonlySet<string>, depth: number): readonly Node[] {
  return codec.fields.flatMap((field) => parametersOf(field, prefix, taken, depth));
}

function parametersOf(field: FieldTable, prefix: string, taken: ReadonlySet<string>, depth: number): readonly Node[] {
  const name = `${prefix}${field.json}`;
  if (taken.has(name)) return [];
  const type = field.type?.();
  if (type !== undefined && !isText(type.typeName)) {
    const isOut = field.repeated === true || isSpecial(type.typeName) || depth >= MAX_DEPTH;
    return isOut ? [] : queryOf(type, `${name}.`, taken, depth + 1);
  }
  const one = scalarSchema(field);
  const isMany = field.repeated === true;
  const schema: Node = isMany ? { type: "array", items: one } : one;
  return [{ name, in: "query", required: false, schema, ...(isMany ? { style: "form", explode: true } : {}) }];
}

function fieldAt(codec: AnyCodec, path: readonly string[]): FieldTable | undefined {
  const [name, ...rest] = path;
  const field = codec.fields.find((f) => f.json === name);
  const type = field?.type?.();
  return rest.length === 0 || type === undefined ? field : fieldAt(type, rest);
}

function pathParameters(route: RestRoute): readonly Node[] {
  return route.template.segments.flatMap((segment) => {
    if ("literal" in segment) return [];
    const field = fieldAt(route.method.request, segment.variable);
    const about = segment.rest ? { description: "May have slashes." } : {};
    const schema = field === undefined ? { type: "string" } : scalarSchema(field);
    return [{ name: segment.variable.join("."), in: "path", required: true, schema, ...about }];
  });
}

function bodyOf({ method, rule }: RestRoute, schemas: Schemas): Node {
  if (rule.body === undefined) return {};
  const field = rule.body === "*" ? undefined : method.request.fields.find((f) => f.json === rule.body);
  const codec = field?.type?.() ?? method.request;
  return { requestBody: { required: true, content: jsonContent(messageSchema(codec, schemas)) } };
}

function operationOf(route: RestRoute, schemas: Schemas): Node {
  const { method, rule, service } = route;
  const path = pathParameters(route);
  const named = route.template.segments.flatMap((s) => ("literal" in s ? [] : s.variable.join(".")));
  const taken = new Set([...named, ...(rule.body === undefined ? [] : [rule.body])]);
  const query = rule.body === "*" ? [] : queryOf(method.request, "", taken, 1);
  const index = method.http?.indexOf(rule) ?? 0;
  return {
    tags: [service],
    operationId: `${service}.${method.name}${index === 0 ? "" : `.${index + 1}`}`,
    summary: method.name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, " "),
    parameters: [...path, ...query, { $ref: "#/components/parameters/height" }],
    ...bodyOf(route, schemas),
    responses: {
      "200": { description: "The answer.", content: jsonContent(messageSchema(method.response, schemas)) },
      default: { $ref: "#/components/responses/error" },
    },
  };
}

/** The document, as one JSON value. */
export function createOpenApi({ all }: RestRoutes, { title, version, mounted }: ApiInfo): Node {
  const schemas: Schemas = new Map();
  const effective = new Map(all.map((route) => [shapeOf(route), route]));
  const paths = new Map<string, Node>();
  for (const route of effective.values()) {
    const path = openApiPath(route);
    paths.set(path, { ...paths.get(path), [route.rule.verb.toLowerCase()]: operationOf(route, schemas) });
  }
  const tags = [...new Set([...effective.values()].map((r) => r.service))].map((name) => ({ name }));
  return {
    openapi: "3.0.3",
    info: { title, version, license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0.html" } },
    servers: [{ url: "/" }],
    tags: [...tags, ...(Object.keys(mounted).length === 0 ? [] : [{ name: "blobs" }])],
    paths: { ...Object.fromEntries(paths), ...mounted },
    components: {
      schemas: { ...Object.fromEntries(schemas), Error: ERROR },
      parameters: { height: HEIGHT },
      responses: { error: { description: "Why there is no answer.", content: jsonContent({ $ref: "#/components/schemas/Error" }) } },
    },
  };
}
