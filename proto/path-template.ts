/**
 * Path templates of google.api.http, as the tables of proto/gen carry them: "/a/{b}/c" and "/a/{denom=**}". Literals,
 * one-segment variables and a last variable of any number of segments are all that the Cosmos services use.
 */

/** One segment of a template: a literal, or a variable with the path of the request field that it fills. */
export type Segment =
  { readonly literal: string } | { readonly variable: readonly string[]; readonly rest: boolean };

export interface PathTemplate {
  readonly segments: readonly Segment[];
}

/** Request field, as a dotted path of .proto names, with the text found for it. */
export interface PathVariable {
  readonly field: readonly string[];
  readonly text: string;
}

const VARIABLE = /^\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)(?:=(\*\*?))?\}$/;
const LITERAL = /^[A-Za-z0-9._~-]+$/;

function parseSegment(text: string, template: string): Segment {
  if (LITERAL.test(text)) return { literal: text };
  const variable = VARIABLE.exec(text);
  if (variable?.[1] === undefined) throw new Error(`path template ${template}: segment ${text}`);
  return { variable: variable[1].split("."), rest: variable[2] === "**" };
}

/** @throws Error on a template that is not of our sources' kind: the sources are wrong, not a caller. */
export function parsePathTemplate(template: string): PathTemplate {
  if (!template.startsWith("/")) throw new Error(`path template ${template}: no leading slash`);
  const segments = template
    .slice(1)
    .split("/")
    .map((s) => parseSegment(s, template));
  const misplaced = segments.slice(0, -1).some((s) => "variable" in s && s.rest);
  if (misplaced) throw new Error(`path template ${template}: ** before the end`);
  return { segments };
}

/**
 * The variables of a path that the template fits, or undefined. The segments are those of the request, percent-decoded
 * one by one, so that an encoded slash stays inside its segment; a `**` variable joins its segments with slashes.
 */
export function matchPath(
  template: PathTemplate,
  path: readonly string[],
): readonly PathVariable[] | undefined {
  const { segments } = template;
  const last = segments[segments.length - 1];
  const open = last !== undefined && "variable" in last && last.rest;
  if (open ? path.length < segments.length : path.length !== segments.length) return undefined;
  const found: PathVariable[] = [];
  for (const [i, segment] of segments.entries()) {
    const given = path[i] ?? "";
    if ("literal" in segment) {
      if (segment.literal !== given) return undefined;
      continue;
    }
    const text = segment.rest ? path.slice(i).join("/") : given;
    if (text === "") return undefined;
    found.push({ field: segment.variable, text });
  }
  return found;
}

function weight(segment: Segment | undefined): number {
  if (segment === undefined) return 0;
  if ("literal" in segment) return 3;
  return segment.rest ? 1 : 2;
}

/** Sorts the more specific template first, so that ".../latest" is tried before ".../{height}". */
export function compareTemplates(a: PathTemplate, b: PathTemplate): number {
  const length = Math.max(a.segments.length, b.segments.length);
  for (let i = 0; i < length; i++) {
    const difference = weight(b.segments[i]) - weight(a.segments[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}
