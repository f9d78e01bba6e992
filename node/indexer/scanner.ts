/** Tokens of the query language, with the positions and complaints of CometBFT's scanner (libs/pubsub/query/syntax). */
import { parseRfc3339 } from "../../chain/codec/index.js";
import { utf8 } from "../../chain/primitives/index.js";

export type TokenKind =
  | "invalid token"
  | "tag"
  | "string"
  | "number"
  | "timestamp"
  | "datestamp"
  | "AND operator"
  | "CONTAINS operator"
  | "EXISTS operator"
  | "= operator"
  | "< operator"
  | "<= operator"
  | "> operator"
  | ">= operator";

export interface Token {
  readonly kind: TokenKind;
  /** What stands in it: the tag, the content of a string, the digits, the time. */
  readonly text: string;
}

/** Why there is no token: the end of the query ("EOF"), or what is wrong with it. */
export class ScanError extends Error {
  override readonly name = "ScanError";
}

const END = "EOF";
const SPACE = /^[\s\u0085]$/u;
const DIGIT = /^[0-9]$/;
const FIRST_OF_TAG = /^[_\p{L}\p{Nd}]$/u;
const IN_TAG = /^[._\-\p{L}\p{Nd}]$/u;
const IN_TIME = /^[-T:+Z0-9]$/;
const IN_DATE = /^[-0-9]$/;
const DATE = /^(\d{4})-\d{2}-\d{2}$/;
const TIME = /^(\d{4})-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2})$/;

const KEYWORDS: Readonly<Record<string, TokenKind>> = {
  AND: "AND operator",
  EXISTS: "EXISTS operator",
  CONTAINS: "CONTAINS operator",
};

/** Whether the day exists too. */
function isMoment(text: string): boolean {
  try {
    parseRfc3339(text);
    return true;
  } catch {
    return false;
  }
}

/** Reads a query token by token. */
export class Scanner {
  readonly #chars: readonly string[];
  #at = 0;
  /** Bytes read so far. */
  #end = 0;
  /** Byte at which the token in progress, or the last one, began. */
  #start = 0;

  constructor(text: string) {
    // eslint-disable-next-line @typescript-eslint/no-misused-spread -- tokens are made of code points
    this.#chars = [...text];
  }

  get start(): number {
    return this.#start;
  }

  /** undefined at the end. @throws ScanError. */
  next(): Token | undefined {
    this.#start = this.#end;
    let char = this.#take();
    while (char !== undefined && SPACE.test(char)) {
      this.#start = this.#end;
      char = this.#take();
    }
    if (char === undefined) return undefined;
    if (DIGIT.test(char)) return this.#number(char);
    if (FIRST_OF_TAG.test(char)) return this.#word(char);
    if (char === "'") return this.#string();
    if (char === "=") return { kind: "= operator", text: char };
    if (char === "<" || char === ">") return this.#comparison(char);
    throw new ScanError(`invalid input ${char} at offset ${this.#end}`);
  }

  #take(): string | undefined {
    const char = this.#chars[this.#at];
    if (char === undefined) return undefined;
    this.#at++;
    this.#end += utf8(char).length;
    return char;
  }

  #takeWhile(pattern: RegExp): string {
    let text = "";
    for (let char = this.#chars[this.#at]; char !== undefined && pattern.test(char); char = this.#chars[this.#at]) {
      text += char;
      this.#take();
    }
    return text;
  }

  #number(first: string): Token {
    const whole = first + this.#takeWhile(DIGIT);
    if (this.#chars[this.#at] !== ".") return { kind: "number", text: whole };
    this.#take();
    return { kind: "number", text: `${whole}.${this.#takeWhile(DIGIT)}` };
  }

  #comparison(first: "<" | ">"): Token {
    if (this.#chars[this.#at] !== "=") return { kind: `${first} operator`, text: first };
    this.#take();
    return { kind: `${first}= operator`, text: `${first}=` };
  }

  #string(): Token {
    let text = "";
    for (let char = this.#take(); char !== "'"; char = this.#take()) {
      if (char === undefined) throw new ScanError(END);
      text += char;
    }
    return { kind: "string", text };
  }

  #word(first: string): Token {
    const text = first + this.#takeWhile(IN_TAG);
    const hasSpace = this.#chars[this.#at] === " ";
    if (text === "TIME" && hasSpace) return this.#moment("timestamp", IN_TIME, TIME, "TIME");
    if (text === "DATE" && hasSpace) return this.#moment("datestamp", IN_DATE, DATE, "DATE");
    return { kind: Object.hasOwn(KEYWORDS, text) ? (KEYWORDS[text] ?? "tag") : "tag", text };
  }

  #moment(kind: "timestamp" | "datestamp", within: RegExp, form: RegExp, keyword: string): Token {
    this.#take(); // the one space
    const text = this.#takeWhile(within);
    const year = Number(form.exec(text)?.[1]);
    if (Number.isNaN(year) || !isMoment(kind === "timestamp" ? text : `${text}T00:00:00Z`)) throw new ScanError(`invalid ${keyword} value: "${text}"`);
    if (year < 1900 || year > 2999) throw new ScanError(`${kind} year ${year} out of range`);
    return { kind, text };
  }
}
