/**
 * FileDescriptorProtos of the repository's own .proto files, for reflection: real file names and imports. Custom options
 * (gogoproto, amino, cosmos_proto, cosmos.msg) are left out, and with them the files that define them: protobufjs cannot
 * write options as extensions, and no caller of reflection needs them to make a request (ADR 0056).
 */
import { readFileSync, readdirSync } from "node:fs";
import { join, sep } from "node:path";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";
import { EdgeFailure } from "../errors.js";

/** What can be asked about by name. */
export interface Descriptors {
  /** The encoded FileDescriptorProto. */
  file(name: string): Uint8Array | undefined;
  /** Name of the file that defines a message, enum, service or method, by full name without a leading dot. */
  fileOfSymbol(symbol: string): string | undefined;
  /** Files that a file imports. */
  imports(name: string): readonly string[];
}

const OPTION_FILES = /^(?:gogoproto|cosmos_proto|amino|cosmos\/msg|google\/api)\//;

interface Source {
  readonly package: string;
  readonly imports: readonly string[];
  readonly members: protobuf.ReflectionObject[];
}

interface FieldShape {
  name?: string;
  typeName?: string;
}
interface MessageShape {
  name?: string;
  field?: FieldShape[];
  nestedType?: MessageShape[];
}

function protoFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".proto"))
    .map((name) => name.split(sep).join("/"))
    .filter((name) => !OPTION_FILES.test(name))
    .sort((a, b) => (a < b ? -1 : 1));
}

function parseAll(dir: string, root: protobuf.Root): Map<string, Source> {
  const sources = new Map<string, Source>();
  for (const name of protoFiles(dir)) {
    // protobufjs notes this name in what it parses next; its types do not mention it.
    Object.assign(protobuf.parse, { filename: name });
    const parsed = protobuf.parse(readFileSync(join(dir, name), "utf8"), root, { keepCase: true });
    const imports = [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])].filter((f) => !OPTION_FILES.test(f));
    sources.set(name, { package: parsed.package ?? "", imports, members: [] });
  }
  Object.assign(protobuf.parse, { filename: null });
  root.resolveAll();
  return sources;
}

/** Hands every top-level definition to its file and notes every symbol. */
function assign(namespace: protobuf.NamespaceBase, sources: Map<string, Source>, symbols: Map<string, string>): void {
  for (const member of namespace.nestedArray) {
    const isDefinition =
      member instanceof protobuf.Type || member instanceof protobuf.Enum || member instanceof protobuf.Service;
    if (isDefinition && member.filename !== null && !(namespace instanceof protobuf.Type)) {
      sources.get(member.filename)?.members.push(member);
    }
    if (isDefinition && member.filename !== null) symbols.set(member.fullName.slice(1), member.filename);
    if (member instanceof protobuf.Service && member.filename !== null) {
      for (const method of member.methodsArray) symbols.set(`${member.fullName.slice(1)}.${method.name}`, member.filename);
    }
    if (member instanceof protobuf.Namespace) assign(member, sources, symbols);
  }
}

/** protobufjs writes type names relative to the message; absolute ones cannot be misread. */
function qualify(shape: MessageShape, type: protobuf.Type): void {
  for (const field of shape.field ?? []) {
    const resolved = type.fields[field.name ?? ""]?.resolve().resolvedType;
    if (resolved !== null && resolved !== undefined) field.typeName = resolved.fullName;
  }
  for (const nested of shape.nestedType ?? []) {
    const inner = type.nested?.[nested.name ?? ""];
    if (inner instanceof protobuf.Type) qualify(nested, inner);
  }
}

interface Describable {
  toDescriptor(edition: string): object;
}

function describe(member: protobuf.ReflectionObject): object {
  // ext/descriptor adds toDescriptor to the classes of protobufjs when it is loaded; its types do not say so.
  const shape = (member as protobuf.ReflectionObject & Describable).toDescriptor("proto3");
  if (member instanceof protobuf.Type) qualify(shape, member);
  return shape;
}

function encodeFile(name: string, { package: pkg, imports, members }: Source): Uint8Array {
  const pick = (kind: typeof protobuf.Type | typeof protobuf.Enum | typeof protobuf.Service): object[] =>
    members.filter((m) => m instanceof kind).map(describe);
  const message = descriptor.FileDescriptorProto.create({
    name,
    package: pkg,
    dependency: imports,
    messageType: pick(protobuf.Type),
    enumType: pick(protobuf.Enum),
    service: pick(protobuf.Service),
    syntax: "proto3",
  });
  return descriptor.FileDescriptorProto.encode(message).finish();
}

/** Reads every .proto below `dir`. @throws EdgeFailure "config" when the folder is missing or a file does not parse. */
export function loadDescriptors(dir: string): Descriptors {
  try {
    const root = new protobuf.Root();
    const sources = parseAll(dir, root);
    const symbols = new Map<string, string>();
    assign(root, sources, symbols);
    const files = new Map([...sources].map(([name, source]) => [name, encodeFile(name, source)]));
    return {
      file: (name) => files.get(name),
      fileOfSymbol: (symbol) => symbols.get(symbol),
      imports: (name) => sources.get(name)?.imports ?? [],
    };
  } catch (cause) {
    throw new EdgeFailure("config", "the .proto files cannot be read", { dir }, cause);
  }
}
