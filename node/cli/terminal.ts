/** The person or script at the other end: lines in, passphrases without echo, text out. */
import { StringDecoder } from "node:string_decoder";
import { EdgeFailure } from "../errors.js";

export interface Terminal {
  /** Whether a person types, so that prompts make sense. */
  readonly isInteractive: boolean;
  /** Results: standard output. */
  out(text: string): void;
  /** What is said beside the result: standard error. */
  err(text: string): void;
  /** One line, asked with `prompt` where a person types. @throws EdgeFailure "aborted" at the end of the input. */
  line(prompt: string): Promise<string>;
  /** As `line`, and what is typed stays invisible. */
  secret(prompt: string): Promise<string>;
  /** Lets the process end although input was read. */
  close(): void;
}

/** Longest line that is read: a mnemonic has some 250 characters, an armored key is given by file. */
const MAX_LINE = 65_536;
const INTERRUPT = "\u0003";
const END_OF_INPUT = "\u0004";
const ERASE = ["\u007f", "\b"];

function ended(): EdgeFailure {
  return new EdgeFailure("aborted", "the input ended before all questions were answered; give the answers line by line on standard input");
}

type Input = Pick<NodeJS.ReadStream, "on" | "off" | "pause" | "resume" | "isTTY" | "setRawMode" | "unref">;

/** Characters of an endless stream (`yes | openledgerd ...`), a line at a time; reads no further than it must. */
class Characters {
  readonly #input: Input;
  readonly #decoder = new StringDecoder("utf8");
  #pending = "";
  #hasEnded = false;
  #isWatched = false;

  constructor(input: Input) {
    this.#input = input;
  }

  /** The next character, or undefined at the end. */
  async next(): Promise<string | undefined> {
    while (this.#pending === "" && !this.#hasEnded) await this.#fill();
    const [first] = this.#pending;
    this.#pending = this.#pending.slice(first?.length ?? 0);
    return first;
  }

  /** An input may end between two questions, while nobody reads. */
  #watchEnd(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#input.on("end", () => (this.#hasEnded = true));
  }

  #fill(): Promise<void> {
    this.#watchEnd();
    return new Promise((resolve, reject) => {
      const settle = (then: () => void): void => {
        this.#input.off("data", onData).off("end", onEnd).off("error", onError);
        this.#input.pause();
        then();
      };
      const onData = (bytes: Buffer): void => {
        this.#pending += this.#decoder.write(bytes);
        settle(resolve);
      };
      const onEnd = (): void => settle(resolve);
      const onError = (cause: Error): void => settle(() => reject(new EdgeFailure("aborted", "standard input cannot be read", {}, cause)));
      this.#input.on("data", onData).on("end", onEnd).on("error", onError);
      this.#input.resume();
    });
  }
}

/** Reads up to the end of the line. `isRaw`: the terminal leaves erasing and interrupting to us. */
async function readLine(characters: Characters, isRaw: boolean): Promise<string> {
  let line = "";
  for (;;) {
    const next = await characters.next();
    if (next === "\n" || (isRaw && next === "\r")) return line.replace(/\r$/, "");
    if (next === undefined && line !== "") return line;
    if (next === undefined || (isRaw && (next === INTERRUPT || (next === END_OF_INPUT && line === "")))) throw ended();
    if (isRaw && ERASE.includes(next)) line = line.replace(/.$/su, "");
    else line += next;
    if (line.length > MAX_LINE) throw new EdgeFailure("too-large", "a line of the input is too long");
  }
}

/** The terminal of a process. */
export function createTerminal(input: Input, output: NodeJS.WritableStream, errors: NodeJS.WritableStream): Terminal {
  const characters = new Characters(input);
  const isInteractive = input.isTTY;
  const ask = (prompt: string): void => {
    if (isInteractive) errors.write(prompt);
  };
  return {
    isInteractive,
    out: (text) => void output.write(text),
    err: (text) => void errors.write(text),
    line(prompt) {
      ask(prompt);
      return readLine(characters, false);
    },
    async secret(prompt) {
      if (!isInteractive) return readLine(characters, false);
      // First, since a fast typist answers as soon as the prompt shows.
      input.setRawMode(true);
      try {
        ask(prompt);
        return await readLine(characters, true);
      } finally {
        input.setRawMode(false);
        errors.write("\n");
      }
    },
    close: () => void input.pause(),
  };
}

/** Whether the answer was yes. Anything but "y" or "yes" is no, so that an empty line changes nothing. */
export async function confirm(terminal: Terminal, question: string): Promise<boolean> {
  const answer = await terminal.line(`${question} [y/N]: `);
  return ["y", "yes"].includes(answer.trim().toLowerCase());
}
