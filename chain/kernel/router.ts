import { Fault } from "../primitives/index.js";
import type { MessageRoute, Module, QueryRoute } from "./module.js";

/** Messages and queries of all modules by name; made once. */
export interface Router {
  message(typeUrl: string): MessageRoute | undefined;
  query(path: string): QueryRoute | undefined;
}

function index<T>(items: readonly T[], nameOf: (item: T) => string): ReadonlyMap<string, T> {
  const byName = new Map<string, T>();
  for (const item of items) {
    if (byName.has(nameOf(item))) throw new Fault("two modules serve one name", { name: nameOf(item) });
    byName.set(nameOf(item), item);
  }
  return byName;
}

/** @throws Fault when two modules share a name, a message or a query. */
export function createRouter(modules: readonly Module[]): Router {
  index(modules, (m) => m.name);
  const messages = index(
    modules.flatMap((m) => m.messages),
    (r) => r.typeUrl,
  );
  const queries = index(
    modules.flatMap((m) => m.queries),
    (r) => r.path,
  );
  return { message: (typeUrl) => messages.get(typeUrl), query: (path) => queries.get(path) };
}
