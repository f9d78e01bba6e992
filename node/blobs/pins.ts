/** Which blobs `gc` must keep: a small file of CIDs, replaced whole so that a crash leaves the old or the new one. */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { EdgeFailure } from "../errors.js";

/** A node that pins more has another purpose, and needs another index. */
const MAX_PINS = 100_000;

export class Pins {
  readonly #path: string;
  #set = new Set<string>();
  #writing: Promise<void> = Promise.resolve();

  constructor(dir: string) {
    this.#path = join(dir, "pins.json");
  }

  get all(): readonly string[] {
    return [...this.#set];
  }

  /** @throws EdgeFailure "storage" if the file is there and cannot be used. */
  async load(): Promise<void> {
    const text = await readFile(this.#path, "utf8").catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return "[]";
      throw new EdgeFailure("storage", "cannot read the pins", { path: this.#path }, error);
    });
    try {
      this.#set = new Set((JSON.parse(text) as unknown[]).map(String));
    } catch (cause) {
      throw new EdgeFailure("storage", "the file of pins is damaged", { path: this.#path }, cause);
    }
  }

  async add(cid: string): Promise<void> {
    if (this.#set.has(cid)) return;
    if (this.#set.size >= MAX_PINS) throw new EdgeFailure("busy", "too many pins", { maxPins: MAX_PINS });
    this.#set.add(cid);
    await this.#save();
  }

  async remove(cid: string): Promise<void> {
    if (this.#set.delete(cid)) await this.#save();
  }

  /** One save at a time, each with the newest set. */
  async #save(): Promise<void> {
    const turn = this.#writing.then(() => this.#write());
    this.#writing = turn.catch(() => undefined);
    await turn;
  }

  async #write(): Promise<void> {
    const temporary = `${this.#path}.new`;
    try {
      await mkdir(join(this.#path, ".."), { recursive: true });
      const file = await open(temporary, "w", 0o600);
      try {
        await file.writeFile(JSON.stringify(this.all));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.#path);
    } catch (cause) {
      throw new EdgeFailure("storage", "cannot save the pins", { path: this.#path }, cause);
    }
  }
}
