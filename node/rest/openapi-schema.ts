/** JSON schemas of messages, as their JSON form is written (cosmos-formats.md §2.2), in the dialect of OpenAPI 3.0. */
import type { AnyCodec, FieldTable } from "../../chain/codec/index.js";

/** A schema, or any other object of the document. */
export interface Node {
  readonly [name: string]: Node | string | boolean | number | readonly (Node | string)[];
}

/** Schemas by message name; grows as messages are met. */
export type Schemas = Map<string, Node>;

const ANY: Node = {
  type: "object",
  description: "A message of the type that @type names, beside its fields.",
  properties: { "@type": { type: "string", example: "/cosmos.bank.v1beta1.MsgSend" } },
  required: ["@type"],
  additionalProperties: true,
};

/** Messages whose JSON is not an object of their fields. */
const SPECIAL: Readonly<Record<string, Node>> = {
  "google.protobuf.Any": ANY,
  "google.protobuf.Timestamp": { type: "string", format: "date-time" },
  "google.protobuf.Duration": { type: "string", pattern: "^-?[0-9]+(\\.[0-9]+)?s$" },
};

/** Whether a message is one text in JSON, and can stand in a query. */
export function isText(typeName: string): boolean {
  return SPECIAL[typeName]?.["type"] === "string";
}

export function isSpecial(typeName: string): boolean {
  return Object.hasOwn(SPECIAL, typeName);
}

function integerSchema(kind: string): Node {
  const format = `${/^(u|fixed)/.test(kind) ? "uint" : "int"}${kind.endsWith("64") ? "64" : "32"}`;
  return kind.endsWith("64") ? { type: "string", format } : { type: "integer", format };
}

/** Of a field that is no message, once. */
export function scalarSchema(field: FieldTable): Node {
  switch (field.kind) {
    case "string":
      return field.decimal === true ? { type: "string", description: "A decimal." } : { type: "string" };
    case "bytes":
      return field.decimal === true ? { type: "string", description: "A decimal." } : { type: "string", format: "byte" };
    case "bool":
      return { type: "boolean" };
    case "enum":
      return { type: "string", enum: Object.keys(field.names?.() ?? {}) };
    case "message":
      return { type: "string" };
    default:
      return integerSchema(field.kind);
  }
}

/** Of a message: by reference, so that each stands in the document once. */
export function messageSchema(codec: AnyCodec, schemas: Schemas): Node {
  const special = SPECIAL[codec.typeName];
  if (special !== undefined) return special;
  const reference = { $ref: `#/components/schemas/${codec.typeName}` };
  if (schemas.has(codec.typeName)) return reference;
  schemas.set(codec.typeName, {});
  const properties = Object.fromEntries(codec.fields.map((f) => [f.json, fieldSchema(f, schemas)]));
  schemas.set(codec.typeName, { type: "object", properties });
  return reference;
}

/** Empty bytes and absent messages are null; a member of a oneof is left out instead. */
function fieldSchema(field: FieldTable, schemas: Schemas): Node {
  const type = field.type?.();
  const one = type === undefined ? scalarSchema(field) : messageSchema(type, schemas);
  if (field.repeated === true) return { type: "array", items: one };
  const isNullable = field.kind === "bytes" || field.nullable === true || (type !== undefined && field.always !== true);
  if (!isNullable) return one;
  return "$ref" in one ? { allOf: [one], nullable: true } : { ...one, nullable: true };
}
