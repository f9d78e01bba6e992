/**
 * Two of the three kinds of failure (design §3). The third, *Edge*, belongs to node/.
 *
 * - `Reject`: the input is wrong. Coded; the code is hashed into results, so registries are append-only.
 * - `Fault`: we are wrong (broken invariant, undecodable own state). Never caught below node/, which halts.
 */

/** Facts about a rejection, for logs and tests. Values are plain so that they print the same everywhere. */
export type Facts = Readonly<Record<string, string | number | bigint | boolean>>;

/** A refusal with a stable (codespace, code). `message` is the text that clients see in `log`. */
export class Reject extends Error {
  override readonly name = "Reject";
  readonly codespace: string;
  readonly code: number;
  readonly facts: Facts;

  constructor(codespace: string, code: number, message: string, facts: Facts = {}) {
    super(message);
    this.codespace = codespace;
    this.code = code;
    this.facts = facts;
  }
}

/** A broken promise of our own code. Halts the node with its context. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly facts: Facts;

  constructor(message: string, facts: Facts = {}) {
    super(message);
    this.facts = facts;
  }
}

/** One row of a registry: the number is consensus, the text is what wallets match on. */
export interface ErrorSpec {
  readonly code: number;
  readonly text: string;
}

/** Makes a `Reject` whose message is `detail: text`, or `text` alone (the SDK's wrapping convention). */
export type RejectFactory = (detail?: string, facts?: Facts) => Reject;

/**
 * Declares a codespace. Numbers are never reused; code 1 is reserved for unclassified errors.
 * @throws Fault if two names share a number or a number is below 2.
 */
export function defineErrors<Name extends string>(
  codespace: string,
  specs: Readonly<Record<Name, ErrorSpec>>,
): Readonly<Record<Name, RejectFactory>> {
  const seen = new Set<number>();
  const made: Partial<Record<Name, RejectFactory>> = {};
  // eslint-disable-next-line determinism/core -- a literal in the source, and the order decides nothing
  for (const name of Object.keys(specs) as Name[]) {
    const { code, text } = specs[name];
    if (code < 2 || seen.has(code)) throw new Fault("error code reserved or reused", { codespace, name, code });
    seen.add(code);
    made[name] = (detail, facts) =>
      new Reject(codespace, code, detail === undefined ? text : `${detail}: ${text}`, facts);
  }
  return made as Record<Name, RejectFactory>;
}
