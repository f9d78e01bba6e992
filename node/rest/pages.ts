/** What the HTTP door says of itself: a page of its routes at "/", and their OpenAPI document. */
import { createOpenApi } from "./openapi.js";
import type { ApiInfo } from "./openapi.js";
import type { RestRoute, RestRoutes } from "./routes.js";

export interface Page {
  readonly type: string;
  readonly body: string;
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1a1a1a; background: #fff }
h1 { font-size: 1.4rem } h2 { font-size: 1rem; margin: 2rem 0 .5rem }
table { border-collapse: collapse; width: 100% } td { padding: .15rem .6rem .15rem 0; vertical-align: top }
code { font-size: .9em; overflow-wrap: anywhere } a { color: #0b57d0 }
@media (prefers-color-scheme: dark) { body { background: #111; color: #e8e8e8 } a { color: #8ab4f8 } }
`;

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** Paths without variables are links: their answer is one click away. */
function rowOf({ rule, method }: RestRoute): string {
  const path = `<code>${escape(rule.path)}</code>`;
  const shown = rule.verb === "GET" && !rule.path.includes("{") ? `<a href="${escape(rule.path)}">${path}</a>` : path;
  return `<tr><td><code>${rule.verb}</code></td><td>${shown}</td><td>${escape(method.name)}</td></tr>`;
}

function indexOf({ all }: RestRoutes, { title, version, mounted }: ApiInfo): string {
  const services = [...new Set(all.map((r) => r.service))];
  const sections = services.map((name) => {
    const rows = all.filter((r) => r.service === name).map(rowOf);
    return `<h2 id="${escape(name)}">${escape(name)}</h2>\n<table>\n${rows.join("\n")}\n</table>`;
  });
  const beside = Object.keys(mounted).map((path) => `<li><code>${escape(path)}</code></li>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title><style>${STYLE}</style></head>
<body>
<h1>${escape(title)} ${escape(version)}</h1>
<p>Queries of this node by HTTP. <a href="/openapi.json">openapi.json</a> describes them for programs; the header
<code>x-cosmos-block-height</code> asks for the state of a past height.</p>
${sections.join("\n")}
${beside.length === 0 ? "" : `<h2>Beside them</h2>\n<ul>\n${beside.join("\n")}\n</ul>`}
</body>
</html>
`;
}

/** By exact path. */
export function createPages(routes: RestRoutes, info: ApiInfo): ReadonlyMap<string, Page> {
  return new Map<string, Page>([
    ["/", { type: "text/html; charset=utf-8", body: indexOf(routes, info) }],
    ["/openapi.json", { type: "application/json", body: JSON.stringify(createOpenApi(routes, info)) }],
  ]);
}
