/**
 * Checks of an OpenAPI 3.0 document, and of answers against its schemas. Tests only: what a linter would say of the parts
 * of the specification that our documents use.
 */

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- documents of every shape
export type AnyJson = any;

const VERBS = new Set(["get", "put", "post", "delete", "options", "head", "patch", "trace"]);
const TYPES = new Set(["array", "boolean", "integer", "number", "object", "string"]);
const SCHEMA_KEYS = new Set([
  "$ref", "additionalProperties", "allOf", "description", "enum", "example", "format", "items", "nullable", "pattern", "properties", "required", "type",
]);

function resolve(document: AnyJson, ref: string): AnyJson {
  let at = document;
  for (const key of ref.slice(2).split("/")) at = at?.[key];
  return at as unknown;
}

class Linter {
  readonly found: string[] = [];
  readonly #document: AnyJson;
  readonly #operations = new Set<string>();

  constructor(document: AnyJson) {
    this.#document = document;
  }

  #say(at: string, what: string): void {
    this.found.push(`${at}: ${what}`);
  }

  #ref(at: string, ref: string): AnyJson {
    const target = ref.startsWith("#/") ? resolve(this.#document, ref) : undefined;
    if (target === undefined) this.#say(at, `${ref} leads nowhere`);
    return target;
  }

  schema(at: string, schema: AnyJson): void {
    for (const key of Object.keys(schema)) if (!SCHEMA_KEYS.has(key)) this.#say(at, `${key} is no keyword`);
    if (schema.$ref !== undefined) {
      if (Object.keys(schema).length > 1) this.#say(at, "siblings of $ref are ignored");
      this.#ref(at, schema.$ref);
      return;
    }
    if (schema.allOf !== undefined) for (const part of schema.allOf) this.schema(`${at}.allOf`, part);
    else if (!TYPES.has(schema.type)) this.#say(at, "no type");
    if (schema.type === "array" && schema.items === undefined) this.#say(at, "an array of nothing");
    if (schema.items !== undefined) this.schema(`${at}[]`, schema.items);
    if (schema.enum !== undefined && (schema.enum.length === 0 || new Set(schema.enum).size < schema.enum.length)) this.#say(at, "bad enum");
    if (schema.pattern !== undefined) new RegExp(schema.pattern);
    for (const [name, each] of Object.entries(schema.properties ?? {})) this.schema(`${at}.${name}`, each);
    for (const name of schema.required ?? []) if (schema.properties?.[name] === undefined) this.#say(at, `requires ${name}`);
  }

  #content(at: string, content: AnyJson): void {
    for (const [type, media] of Object.entries<AnyJson>(content)) {
      if (!/^[a-z]+\/[a-z-]+$/.test(type)) this.#say(at, `media type ${type}`);
      this.schema(`${at} ${type}`, media.schema);
    }
  }

  #response(at: string, response: AnyJson): void {
    const target = response.$ref === undefined ? response : this.#ref(at, response.$ref);
    if (typeof target?.description !== "string") this.#say(at, "a response without a description");
    if (target?.content !== undefined) this.#content(at, target.content);
  }

  #parameters(at: string, path: string, list: readonly AnyJson[]): void {
    const parameters = list.map((p): AnyJson => (p.$ref === undefined ? (p as unknown) : this.#ref(at, p.$ref)));
    const keys = parameters.map((p) => `${p?.in} ${p?.name}`);
    if (new Set(keys).size < keys.length) this.#say(at, `a parameter stands twice: ${keys.join(", ")}`);
    const named = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
    const given = parameters.filter((p) => p.in === "path").map((p) => p.name as string);
    if (named.slice().sort().join() !== given.slice().sort().join()) this.#say(at, `path has ${named.join()}, parameters ${given.join()}`);
    for (const p of parameters) {
      if (!["query", "header", "path", "cookie"].includes(p.in)) this.#say(at, `${p.name} is in ${p.in}`);
      if (p.in === "path" && p.required !== true) this.#say(at, `${p.name} must be required`);
      this.schema(`${at} ${p.name}`, p.schema);
    }
  }

  #operation(at: string, path: string, operation: AnyJson): void {
    if (this.#operations.has(operation.operationId)) this.#say(at, `operationId ${operation.operationId} stands twice`);
    this.#operations.add(operation.operationId);
    this.#parameters(at, path, operation.parameters ?? []);
    if (operation.requestBody !== undefined) this.#content(`${at} body`, operation.requestBody.content);
    if (Object.keys(operation.responses ?? {}).length === 0) this.#say(at, "no response");
    for (const [code, response] of Object.entries(operation.responses)) {
      if (!/^(?:[1-5]\d\d|default)$/.test(code)) this.#say(at, `status ${code}`);
      this.#response(`${at} ${code}`, response);
    }
    const tags = new Set(this.#document.tags.map((t: AnyJson) => String(t.name)));
    for (const tag of operation.tags) if (!tags.has(tag)) this.#say(at, `tag ${tag} is not listed`);
  }

  run(): readonly string[] {
    const { openapi, info, paths, components } = this.#document;
    if (!/^3\.0\.\d$/.test(openapi)) this.#say("openapi", openapi);
    if (typeof info?.title !== "string" || typeof info.version !== "string") this.#say("info", "no title or version");
    const shapes = new Set<string>();
    for (const [path, item] of Object.entries<AnyJson>(paths)) {
      if (!path.startsWith("/") || path.includes("**")) this.#say(path, "no path");
      const shape = path.replace(/\{[^}]+\}/g, "{}");
      if (shapes.has(shape)) this.#say(path, "another path has its shape");
      shapes.add(shape);
      for (const [verb, operation] of Object.entries(item)) {
        if (VERBS.has(verb)) this.#operation(`${verb} ${path}`, path, operation);
        else this.#say(path, `verb ${verb}`);
      }
    }
    for (const [name, schema] of Object.entries(components.schemas)) {
      if (!/^[a-zA-Z0-9._-]+$/.test(name)) this.#say(name, "no name of a component");
      this.schema(name, schema);
    }
    return this.found;
  }
}

/** What is wrong with a document; nothing, for a good one. */
export function lintOpenApi(document: AnyJson): readonly string[] {
  return new Linter(document).run();
}

const FORMATS: Readonly<Record<string, RegExp>> = {
  byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/,
  int64: /^-?\d{1,19}$/,
  uint64: /^\d{1,20}$/,
};

function textComplaints(schema: AnyJson, value: string, at: string): readonly string[] {
  const rules = [FORMATS[schema.format], schema.pattern === undefined ? undefined : new RegExp(schema.pattern)];
  if (rules.some((rule) => rule?.test(value) === false)) return [`${at}: ${value} is no ${schema.format ?? schema.pattern}`];
  return schema.enum === undefined || schema.enum.includes(value) ? [] : [`${at}: ${value} is not in the enum`];
}

/** Where a value does not fit a schema. Every property must be known, unless the schema says otherwise. */
export function misfits(document: AnyJson, schema: AnyJson, value: unknown, at = "$"): readonly string[] {
  if (schema.$ref !== undefined) return misfits(document, resolve(document, schema.$ref), value, at);
  if (value === null) return schema.nullable === true ? [] : [`${at}: null`];
  if (schema.allOf !== undefined) return schema.allOf.flatMap((part: unknown) => misfits(document, part, value, at)) as readonly string[];
  if (schema.type === "array") {
    return Array.isArray(value) ? value.flatMap((each, i) => misfits(document, schema.items, each, `${at}[${i}]`)) : [`${at}: no array`];
  }
  if (schema.type === "object") {
    if (typeof value !== "object" || Array.isArray(value)) return [`${at}: no object`];
    const missing = (schema.required ?? []).filter((name: string) => !Object.hasOwn(value, name)).map((name: string) => `${at}: no ${name}`);
    return Object.entries(value).reduce<string[]>((all, [name, each]) => {
      const known = schema.properties?.[name];
      if (known !== undefined) return [...all, ...misfits(document, known, each, `${at}.${name}`)];
      return schema.additionalProperties === true ? all : [...all, `${at}: ${name} is unknown`];
    }, missing);
  }
  if (schema.type === "integer") return Number.isInteger(value) ? [] : [`${at}: no integer`];
  if (typeof value !== schema.type) return [`${at}: no ${schema.type}`];
  return schema.type === "string" ? textComplaints(schema, value as string, at) : [];
}
