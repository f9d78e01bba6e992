import { readFileSync } from "node:fs";
import { expect } from "chai";
import { matches } from "./match.js";
import { QueryError, parseQuery } from "./query.js";

/** Made by scripts/vectors/rpc with CometBFT's own parser and matcher. */
interface Vectors {
  readonly events: readonly Readonly<Record<string, readonly string[]>>[];
  readonly verdicts: readonly { readonly query: string; readonly error?: string; readonly matches?: readonly boolean[] }[];
}

const vectors = JSON.parse(readFileSync(new URL("./vectors/queries.json", import.meta.url), "utf8")) as Vectors;

/** The map of an event as subscriptions see it: the bare types are there for EXISTS. */
function withBareTypes(events: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, readonly string[]> {
  const map = new Map(Object.entries(events));
  for (const tag of Object.keys(events)) {
    const type = tag.slice(0, tag.lastIndexOf("."));
    if (!map.has(type)) map.set(type, []);
  }
  return map;
}

function complaint(query: string): string {
  try {
    parseQuery(query);
    return "";
  } catch (error) {
    if (error instanceof QueryError) return error.message;
    throw error;
  }
}

describe("queries beside CometBFT's parser", () => {
  for (const { query, error, matches: expected = [] } of vectors.verdicts) {
    it(`says the same of ${JSON.stringify(query)}`, () => {
      // Go's own words about times follow the colon.
      expect(complaint(query).replace(/(invalid (?:TIME|DATE) value: ).*/, "$1")).to.equal(
        (error ?? "").replace(/(invalid (?:TIME|DATE) value: ).*/, "$1"),
      );
      if (error !== undefined) return;
      const parsed = parseQuery(query);
      expect(vectors.events.map((events) => matches(parsed, withBareTypes(events)))).to.deep.equal(expected);
    });
  }
});
