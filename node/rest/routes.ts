/** Which method a verb and a path mean: the HTTP annotations of every service, the most specific first. */
import type { HttpRule, MethodTable, ServiceTable } from "../../chain/codec/index.js";
import { compareTemplates, matchPath, parsePathTemplate } from "../../proto/path-template.js";
import type { PathTemplate, PathVariable } from "../../proto/path-template.js";

export interface RestRoute {
  /** "/package.Service/Method": the name of the query behind it. */
  readonly query: string;
  readonly service: string;
  readonly method: MethodTable;
  readonly rule: HttpRule;
  readonly template: PathTemplate;
}

export interface FoundRoute {
  readonly route: RestRoute;
  readonly variables: readonly PathVariable[];
}

export interface RestRoutes {
  /** Every route, in the order of the services. */
  readonly all: readonly RestRoute[];
  /** `path` is that of the request, still percent-encoded. undefined for what is no route, or no text. */
  find(verb: string, path: string): FoundRoute | undefined;
}

/** Longer paths belong to nobody; the longest template has fewer than a dozen segments, a `**` a few more. */
const MAX_SEGMENTS = 32;

function routesOf(service: ServiceTable): readonly RestRoute[] {
  return service.methods.flatMap((method) =>
    (method.http ?? []).map((rule) => ({
      query: `/${service.typeName}/${method.name}`,
      service: service.typeName,
      method,
      rule,
      template: parsePathTemplate(rule.path),
    })),
  );
}

/** Routes that share a verb and the first literals of their path: a short list to try in order. */
function bucketOf(verb: string, first: string, second: string): string {
  return `${verb} ${first}/${second}`;
}

function literalOf({ segments }: PathTemplate, index: number): string {
  const segment = segments[index];
  return segment !== undefined && "literal" in segment ? segment.literal : "";
}

/** Percent-decoded segments, or undefined for a path that does not decode. */
function segmentsOf(path: string): readonly string[] | undefined {
  const parts = path.slice(1).split("/", MAX_SEGMENTS + 1);
  if (!path.startsWith("/") || parts.length > MAX_SEGMENTS) return undefined;
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/**
 * Of two routes of one shape the later counts, as in grpc-gateway: the SDK gives GET /cosmos/auth/v1beta1/bech32/{x} twice.
 * @throws Error when a template starts with a variable: the sources are wrong.
 */
export function createRoutes(services: readonly ServiceTable[]): RestRoutes {
  const all = services.flatMap(routesOf);
  const buckets = new Map<string, RestRoute[]>();
  for (const route of all) {
    const { verb, path } = route.rule;
    const first = literalOf(route.template, 0);
    const second = literalOf(route.template, 1);
    if (first === "" || second === "") throw new Error(`route ${verb} ${path} of ${route.query}`);
    const key = bucketOf(verb, first, second);
    const bucket = buckets.get(key);
    if (bucket === undefined) buckets.set(key, [route]);
    else bucket.push(route);
  }
  for (const bucket of buckets.values()) bucket.reverse().sort((a, b) => compareTemplates(a.template, b.template));
  return {
    all,
    find(verb, path) {
      const segments = segmentsOf(path);
      if (segments === undefined) return undefined;
      for (const route of buckets.get(bucketOf(verb, segments[0] ?? "", segments[1] ?? "")) ?? []) {
        const variables = matchPath(route.template, segments);
        if (variables !== undefined) return { route, variables };
      }
      return undefined;
    },
  };
}
