/** TypeScript text for one protobuf package. Called by generate-proto.ts. */
import protobuf from "protobufjs";
import { fieldFlags, httpRules, isMsgService, messageOptions } from "./proto-options.js";

const BIG = new Set(["int64", "uint64", "sint64", "fixed64", "sfixed64"]);
const SMALL = new Set(["int32", "uint32", "sint32", "fixed32", "sfixed32"]);

/** `Outer.Inner` of a package becomes `Outer_Inner`. */
function localName(type: protobuf.Type | protobuf.Enum, pkg: string): string {
  return type.fullName.slice(pkg.length + 2).replaceAll(".", "_");
}

function packageOf(type: protobuf.ReflectionObject): string {
  let at: protobuf.NamespaceBase | null = type.parent;
  while (at instanceof protobuf.Type) at = at.parent;
  return at?.fullName.slice(1) ?? "";
}

/** Imports that the file under construction needs, by package. */
class Imports {
  private readonly wanted = new Map<string, Map<string, string>>();
  private readonly pkg: string;
  private readonly taken: ReadonlySet<string>;

  constructor(pkg: string, taken: ReadonlySet<string>) {
    this.pkg = pkg;
    this.taken = taken;
  }

  /** The identifier by which this file names the type. */
  name(type: protobuf.Type | protobuf.Enum): string {
    const pkg = packageOf(type);
    const name = localName(type, pkg);
    if (pkg === this.pkg) return name;
    const names = this.wanted.get(pkg) ?? new Map<string, string>();
    this.wanted.set(pkg, names);
    const clashes = this.taken.has(name) || [...this.wanted].some(([other, m]) => other !== pkg && m.has(name));
    const alias = names.get(name) ?? (clashes ? `${pkg.replaceAll(".", "_")}_${name}` : name);
    names.set(name, alias);
    return alias;
  }

  render(): string[] {
    const depth = this.pkg.split(".").length - 1;
    const up = depth === 0 ? "./" : "../".repeat(depth);
    return [...this.wanted]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([pkg, names]) => {
        const list = [...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(([n, alias]) => (n === alias ? n : `${n} as ${alias}`));
        return `import { ${list.join(", ")} } from "${up}${pkg.replaceAll(".", "/")}.js";`;
      });
  }
}

function comment(text: string | null | undefined, indent: string): string[] {
  if (text === null || text === undefined || text.trim() === "") return [];
  const lines = text.trim().replaceAll("*/", "* /").split("\n");
  if (lines.length === 1) return [`${indent}/** ${lines[0]} */`];
  return [`${indent}/**`, ...lines.map((l) => `${indent} * ${l}`.trimEnd()), `${indent} */`];
}

function isOptional(field: protobuf.Field): boolean {
  if (field.repeated) return false;
  const proto3Optional = field.options?.["proto3_optional"] === true;
  return field.partOf !== null || proto3Optional || (field.resolvedType instanceof protobuf.Type && !isAlways(field));
}

function isAlways(field: protobuf.Field): boolean {
  return (
    !field.repeated && field.resolvedType instanceof protobuf.Type && field.options?.["(gogoproto.nullable)"] === false
  );
}

function scalarType(field: protobuf.Field): string {
  if (BIG.has(field.type)) return "bigint";
  if (SMALL.has(field.type)) return "number";
  if (field.type === "bool") return "boolean";
  if (field.type === "string") return "string";
  if (field.type === "bytes") return "Uint8Array";
  throw new Error(`${field.fullName}: type ${field.type} may not reach the chain`);
}

function tsType(field: protobuf.Field, imports: Imports): string {
  const resolved = field.resolvedType;
  const base =
    resolved instanceof protobuf.Type ? imports.name(resolved) : resolved instanceof protobuf.Enum ? "number" : scalarType(field);
  if (field.repeated) return `readonly ${base}[]`;
  return isOptional(field) ? `${base} | undefined` : base;
}

function tableRow(field: protobuf.Field, imports: Imports): string {
  const resolved = field.resolvedType;
  const kind = resolved instanceof protobuf.Type ? "message" : resolved instanceof protobuf.Enum ? "enum" : field.type;
  const parts = [`no: ${field.id}`, `name: "${protobuf.util.jsonName(field.name)}"`, `json: "${field.name}"`, `kind: "${kind}"`];
  if (field.repeated) parts.push("repeated: true");
  if (isAlways(field)) parts.push("always: true");
  if (isOptional(field)) parts.push("optional: true");
  if (field.partOf !== null && field.options?.["proto3_optional"] !== true) parts.push("oneof: true");
  parts.push(...fieldFlags(field));
  if (resolved instanceof protobuf.Type) parts.push(`type: () => ${imports.name(resolved)}`);
  if (resolved instanceof protobuf.Enum) parts.push(`names: () => ${imports.name(resolved)}`);
  return `  { ${parts.join(", ")} },`;
}

function emitMessage(type: protobuf.Type, pkg: string, imports: Imports): string[] {
  const name = localName(type, pkg);
  const fields = [...type.fieldsArray].sort((a, b) => a.id - b.id);
  for (const f of fields) {
    if (f instanceof protobuf.MapField) throw new Error(`${f.fullName}: maps have no canonical order; use repeated entries`);
    f.resolve();
  }
  const options = messageOptions(type);
  return [
    ...comment(type.comment, ""),
    `export interface ${name} {`,
    ...fields.flatMap((f) => [
      ...comment(f.comment, "  "),
      `  readonly ${protobuf.util.jsonName(f.name)}: ${tsType(f, imports)};`,
    ]),
    "}",
    `export const ${name}: Codec<${name}> = defineMessage<${name}>("${type.fullName.slice(1)}", [`,
    ...fields.map((f) => tableRow(f, imports)),
    options === undefined ? "]);" : `], ${options});`,
    "",
  ];
}

function emitEnum(type: protobuf.Enum, pkg: string): string[] {
  const name = localName(type, pkg);
  const rows = Object.entries(type.values).map(([k, v]) => `  ${k}: ${v},`);
  return [...comment(type.comment, ""), `export const ${name} = {`, ...rows, "} as const;", ""];
}

function emitService(service: protobuf.Service, imports: Imports): string[] {
  const rows = service.methodsArray.map((m) => {
    m.resolve();
    if (m.resolvedRequestType === null || m.resolvedResponseType === null) throw new Error(`${m.fullName} is unresolved`);
    const flags = `${m.requestStream === true ? ", clientStreaming: true" : ""}${m.responseStream === true ? ", serverStreaming: true" : ""}`;
    const request = imports.name(m.resolvedRequestType);
    const response = imports.name(m.resolvedResponseType);
    const http = httpRules(m);
    const rules = http.length === 0 ? "" : `, http: [${http.join(", ")}]`;
    return `    { name: "${m.name}", request: ${request}, response: ${response}${flags}${rules} },`;
  });
  return [
    ...comment(service.comment, ""),
    `export const ${service.name}Service = {`,
    `  typeName: "${service.fullName.slice(1)}",`,
    ...(isMsgService(service) ? ["  msg: true,"] : []),
    "  methods: [",
    ...rows,
    "  ],",
    "} as const satisfies ServiceTable;",
    "",
  ];
}

/** Types of a namespace, nested ones after their owner. Sub-packages are namespaces too and are left out. */
function typesOf(namespace: protobuf.NamespaceBase): (protobuf.Type | protobuf.Enum)[] {
  return namespace.nestedArray.flatMap((o) => {
    if (o instanceof protobuf.Type) return [o, ...typesOf(o)];
    return o instanceof protobuf.Enum ? [o] : [];
  });
}

const FLOATS = new Set([".google.protobuf.DoubleValue", ".google.protobuf.FloatValue"]);

/**
 * protobufjs substitutes its own copies of google/protobuf/*.proto. Of those, descriptor.proto only serves options, and
 * the wrappers of floats have no place here.
 */
function isBundled(type: protobuf.ReflectionObject): boolean {
  if (FLOATS.has(type.fullName)) return true;
  let at: protobuf.ReflectionObject = type;
  while (at.parent instanceof protobuf.Type) at = at.parent;
  return at.filename?.includes("node_modules") ?? false;
}

/** The generated file, or undefined for a package that only declares options. */
export function generatePackage(root: protobuf.Root, pkg: string): string | undefined {
  const namespace = root.lookup(pkg) as protobuf.Namespace;
  const types = typesOf(namespace).filter((t) => packageOf(t) === pkg && !isBundled(t));
  const services = namespace.nestedArray.filter((o) => o instanceof protobuf.Service);
  if (pkg === "gogoproto" || pkg === "google.api" || (types.length === 0 && services.length === 0)) return undefined;
  const imports = new Imports(pkg, new Set(types.map((t) => localName(t, pkg))));
  const body = [
    ...types.flatMap((t) => (t instanceof protobuf.Enum ? emitEnum(t, pkg) : emitMessage(t, pkg, imports))),
    ...services.flatMap((s) => emitService(s, imports)),
  ];
  const up = "../".repeat(pkg.split(".").length + 1);
  const messages = types.some((t) => t instanceof protobuf.Type);
  const kinds = [...(messages ? ["Codec"] : []), ...(services.length > 0 ? ["ServiceTable"] : [])];
  const head = [
    "// Generated by scripts/generate-proto.ts (npm run generate). Do not edit.",
    ...(messages ? [`import { defineMessage } from "${up}chain/codec/index.js";`] : []),
    ...(kinds.length > 0 ? [`import type { ${kinds.join(", ")} } from "${up}chain/codec/index.js";`] : []),
    ...imports.render(),
  ];
  return [...head, "", ...body].join("\n").trimEnd() + "\n";
}
