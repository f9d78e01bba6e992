/** A message of a proposal, field by field: from what was set, or from what a person answers. */
import { formatAddress } from "../../../chain/codec/index.js";
import type { AnyCodec, FieldTable, JsonValue } from "../../../chain/codec/index.js";
import { moduleAddress } from "../../../chain/crypto/index.js";
import { EdgeFailure, isFailure } from "../../errors.js";
import { nearest } from "../../nearest.js";
import { fieldJson, valueHint } from "../fields/field-json.js";
import type { FieldSources } from "../fields/field-json.js";

/** Text of a field; undefined leaves it at its default. */
export type FieldAnswers = (path: string, hint: string, check: (text: string) => Promise<JsonValue>) => Promise<JsonValue | undefined>;

/** How deep messages within messages are asked for field by field; what is deeper is given as JSON. */
const MAX_DEPTH = 3;

/** Fields of cosmos.upgrade.v1beta1.Plan that the SDK deprecated, and every chain refuses: never asked for. */
const DEPRECATED: ReadonlySet<string> = new Set(["plan.time", "plan.upgraded_client_state"]);

/** Fields that are asked for one by one: those of a message that has no way of writing of its own. */
function partsOf(field: FieldTable, depth: number): AnyCodec | undefined {
  const type = field.type?.();
  const isPlain = field.repeated !== true && valueHint(field) === "json" && type?.typeName !== "google.protobuf.Any";
  return isPlain && depth < MAX_DEPTH ? type : undefined;
}

/** JSON of the fields of `codec`; those in `filled` are not asked for. */
async function fieldsJson(codec: AnyCodec, filled: Readonly<Record<string, JsonValue>>, ask: FieldAnswers, at: Place): Promise<Record<string, JsonValue>> {
  const json: Record<string, JsonValue> = { ...filled };
  for (const field of codec.fields.filter(({ json: name }) => !(name in filled))) {
    const path = `${at.prefix}${field.json}`;
    if (DEPRECATED.has(path) && !at.isSet(path)) continue;
    const parts = at.isSet(path) ? undefined : partsOf(field, at.depth);
    const below = { ...at, prefix: `${path}.`, depth: at.depth + 1 };
    const value = parts === undefined ? await ask(path, valueHint(field), (text) => fieldJson(field, [text], at.sources)) : await fieldsJson(parts, {}, ask, below);
    const isEmpty = value === undefined || (parts !== undefined && Object.keys(value as object).length === 0);
    if (!isEmpty) json[field.json] = value;
  }
  return json;
}

interface Place {
  readonly prefix: string;
  readonly depth: number;
  readonly sources: FieldSources;
  /** Whether a field is given whole. */
  readonly isSet: (path: string) => boolean;
}

/** `a.b=value` by path. @throws EdgeFailure "malformed". */
export function parseSettings(texts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    texts.map((text) => {
      const [, path, value] = /^([a-z][a-z0-9_.]*)=(.*)$/s.exec(text) ?? [];
      if (path === undefined || value === undefined) throw new EdgeFailure("malformed", `--set must look like recipient=open1..., got "${text.slice(0, 60)}"`);
      return [path, value];
    }),
  );
}

/** Every path that can be set. */
function pathsOf(codec: AnyCodec, prefix = "", depth = 0): readonly string[] {
  return codec.fields.flatMap((field) => {
    const parts = partsOf(field, depth);
    return [`${prefix}${field.json}`, ...(parts === undefined ? [] : pathsOf(parts, `${prefix}${field.json}.`, depth + 1))];
  });
}

/**
 * The message as JSON with its @type, signed by governance. `set`: texts by path, asked for no more; `ask`: the others.
 *
 * @throws EdgeFailure "malformed" on a path that the message has not, or a value that does not fit.
 */
export async function draftMessage(codec: AnyCodec, set: ReadonlyMap<string, string>, ask: FieldAnswers, sources: FieldSources): Promise<JsonValue> {
  const paths = pathsOf(codec);
  const unknown = [...set.keys()].find((path) => !paths.includes(path));
  if (unknown !== undefined) throw new EdgeFailure("malformed", `${codec.typeName} has no field ${unknown}; did you mean ${nearest(unknown, paths)}?`);
  const governance = formatAddress(moduleAddress("gov"));
  const signers = Object.fromEntries((codec.options.signers ?? []).map((name) => [name, governance]));
  const answer: FieldAnswers = (path, hint, check) => {
    const named = async (text: string): Promise<JsonValue> => {
      try {
        return await check(text);
      } catch (error) {
        if (!isFailure(error, "malformed")) throw error;
        throw new EdgeFailure("malformed", `${path} ${error.message.replace(/^it:? /, "")}`, error.facts, error);
      }
    };
    const text = set.get(path);
    return text === undefined ? ask(path, hint, named) : named(text);
  };
  const fields = await fieldsJson(codec, signers, answer, { prefix: "", depth: 0, sources, isSet: (path) => set.has(path) });
  return { "@type": `/${codec.typeName}`, ...fields };
}
