/** What the options of the .proto sources say, as text for the tables. Called by proto-emit.ts. */
import type protobuf from "protobufjs";

const LEGACY_DEC = "cosmossdk.io/math.LegacyDec";

/** Every value given for a message option, in order: some options may stand more than once. */
function all(type: protobuf.Type, option: string): string[] {
  const given = (type.parsedOptions ?? []) as readonly Readonly<Record<string, unknown>>[];
  return given.map((o) => o[option]).filter((v): v is string => typeof v === "string");
}

function text(field: protobuf.Field, option: string): string | undefined {
  const value: unknown = field.options?.[option];
  return typeof value === "string" ? value : undefined;
}

/** `validators` of a oneof is `Validators` in amino JSON, as Go names the field. */
function goName(name: string): string {
  return name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The flags of a table row that come from options: decimals, addresses and amino's exceptions. */
export function fieldFlags(field: protobuf.Field): string[] {
  const scalar = text(field, "(cosmos_proto.scalar)");
  const accepts = text(field, "(cosmos_proto.accepts_interface)");
  const oneofType = text(field, "(amino.oneof_name)");
  const aminoName = text(field, "(amino.field_name)");
  const aminoEncoding = text(field, "(amino.encoding)");
  const parts: string[] = [];
  const custom = text(field, "(gogoproto.customtype)");
  if (custom === LEGACY_DEC) parts.push("decimal: true");
  else if (scalar === "cosmos.Int") parts.push("integer: true");
  if (custom !== undefined && field.options?.["(gogoproto.nullable)"] !== false) parts.push("nullable: true");
  const address = scalar === undefined ? null : /^cosmos\.(Validator|Consensus)?AddressString$/.exec(scalar);
  if (address !== null) parts.push(`address: "${(address[1] ?? "Account").toLowerCase()}"`);
  if (accepts !== undefined) parts.push(`accepts: "${accepts}"`);
  if (field.options?.["(amino.dont_omitempty)"] === true) parts.push("keepEmpty: true");
  if (aminoName !== undefined) parts.push(`aminoName: "${aminoName}"`);
  if (aminoEncoding !== undefined) parts.push(`aminoEncoding: "${aminoEncoding}"`);
  if (oneofType !== undefined && field.partOf !== null) {
    parts.push(`aminoOneof: { name: "${goName(field.partOf.name)}", type: "${oneofType}" }`);
  }
  return parts;
}

/** The third argument of defineMessage, or undefined where a message has no options. */
export function messageOptions(type: protobuf.Type): string | undefined {
  const [aminoName] = all(type, "(amino.name)");
  const [aminoEncoding] = all(type, "(amino.message_encoding)");
  const signers = all(type, "(cosmos.msg.v1.signer)");
  const interfaces = all(type, "(cosmos_proto.implements_interface)");
  const list = (names: readonly string[]): string => `[${names.map((n) => `"${n}"`).join(", ")}]`;
  const parts: string[] = [];
  if (aminoName !== undefined) parts.push(`aminoName: "${aminoName}"`);
  if (aminoEncoding !== undefined) parts.push(`aminoEncoding: "${aminoEncoding}"`);
  if (signers.length > 0) parts.push(`signers: ${list(signers)}`);
  if (interfaces.length > 0) parts.push(`implements: ${list(interfaces)}`);
  return parts.length === 0 ? undefined : `{ ${parts.join(", ")} }`;
}

const VERBS = ["get", "put", "post", "delete", "patch"] as const;

type Rule = Readonly<Record<string, unknown>>;

function ruleText(rule: Rule, method: string): string {
  const verb = VERBS.find((v) => typeof rule[v] === "string");
  if (verb === undefined) throw new Error(`${method}: an HTTP rule without a verb`);
  const body = typeof rule["body"] === "string" ? `, body: "${rule["body"]}"` : "";
  return `{ verb: "${verb.toUpperCase()}", path: "${String(rule[verb])}"${body} }`;
}

/** The method's google.api.http rules, the additional bindings after the first. */
export function httpRules(method: protobuf.Method): string[] {
  const options = (method.parsedOptions ?? []) as readonly Rule[];
  const main = options.map((o) => o["(google.api.http)"] as Rule | undefined).find((r) => r !== undefined);
  if (main === undefined) return [];
  const more = main["additional_bindings"] as Rule | readonly Rule[] | undefined;
  const further = more === undefined ? [] : Array.isArray(more) ? (more as readonly Rule[]) : [more as Rule];
  return [main, ...further].map((rule) => ruleText(rule, method.fullName));
}

/** Whether the service is one whose requests are messages of transactions. */
export function isMsgService(service: protobuf.Service): boolean {
  return service.options?.["(cosmos.msg.v1.service)"] === true;
}
