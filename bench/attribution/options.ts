import { parseArgs } from "node:util";

/** `npm run bench:attribution -- [--short] [--json] [--cache DIR] [--only NAME]... [--alone]` */
export interface Options {
  /** Minutes instead of an hour: what CI runs. */
  readonly short: boolean;
  /** End with one line of JSON that holds every figure. */
  readonly json: boolean;
  /** Where retrainings and results are kept from run to run; a folder of its own for each run by default. */
  readonly cache?: string;
  /** Names of parts; all by default. */
  readonly only: readonly string[];
  /** Without a second process for the retrainings. */
  readonly alone: boolean;
  /** Is that second process. */
  readonly helper: boolean;
}

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      cache: { type: "string" },
      only: { type: "string", multiple: true, default: [] },
      alone: { type: "boolean", default: false },
      helper: { type: "boolean", default: false },
    },
  });
  const { cache, ...rest } = values;
  return { ...rest, ...(cache === undefined ? {} : { cache }) };
}
