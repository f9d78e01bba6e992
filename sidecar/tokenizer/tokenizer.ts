import { TextDecoder } from "node:util";
import { concatBytes, utf8 } from "../../chain/primitives/index.js";
import { byteCharacter, entryBytes } from "./byte-level.js";
import { mergeLong, mergeShort } from "./merge.js";
import { splitText } from "./split.js";
import type { Split } from "./split.js";

/** A byte-level BPE vocabulary: token id = position in `vocabulary`. */
export interface TokenizerModel {
  readonly split: Split;
  readonly vocabulary: readonly string[];
  /** In order of priority. */
  readonly merges: readonly (readonly [string, string])[];
  /** Whether a piece that is an entry is that entry, whatever the merges would make of it (Llama 3). */
  readonly wholePieces: boolean;
  /** Entries that never come out of text; unless a config says otherwise, the first one begins and ends a document. */
  readonly special: readonly string[];
}

/** Ids of the special tokens around a document. */
export interface DocumentEnds {
  readonly start: number;
  readonly end: number;
  /** Any of these ends an answer; `end` is one of them. */
  readonly stops: ReadonlySet<number>;
}

const CACHE_LIMIT = 20_000;
/** Bytes of the longest piece that the pinned split merges as one; longer ones (no space for pages) are cut. */
const PINNED_LIMIT = 128;
/** Up to here the plain way to merge is the faster one, and results are worth keeping. */
const SHORT = 128;

export class Tokenizer {
  readonly size: number;
  /** Id of the token that begins a document. */
  readonly start: number;
  /** Id of the token that ends a document. */
  readonly end: number;
  readonly stops: ReadonlySet<number>;
  private readonly model: TokenizerModel;
  private readonly ids = new Map<string, number>();
  private readonly ranks = new Map<string, number>();
  private readonly bytes: readonly Uint8Array[];
  private readonly cache = new Map<string, readonly number[]>();
  private readonly rankOf = (left: string, right: string): number | undefined => this.ranks.get(`${left} ${right}`);

  constructor(model: TokenizerModel, ends?: DocumentEnds) {
    const special = new Set(model.special);
    const first = model.vocabulary.indexOf(model.special[0] ?? "");
    this.size = model.vocabulary.length;
    this.model = model;
    this.start = ends?.start ?? first;
    this.end = ends?.end ?? first;
    this.stops = ends?.stops ?? new Set([first]);
    this.bytes = model.vocabulary.map((entry) => (special.has(entry) ? undefined : entryBytes(entry)) ?? new Uint8Array(0));
    model.vocabulary.forEach((entry, id) => {
      if (!special.has(entry)) this.ids.set(entry, id);
    });
    model.merges.forEach(([left, right], rank) => this.ranks.set(`${left} ${right}`, rank));
  }

  /** @throws Reject sdk/18 if the text has a lone surrogate. Text never turns into special tokens. */
  encode(text: string): number[] {
    const out: number[] = [];
    for (const piece of splitText(text, this.model.split)) {
      const bytes = utf8(piece);
      const limit = this.model.split === "pinned" ? PINNED_LIMIT : bytes.length;
      for (let at = 0; at < bytes.length; at += limit) {
        for (const id of this.encodePiece(bytes.subarray(at, at + limit))) out.push(id);
      }
    }
    return out;
  }

  private encodePiece(bytes: Uint8Array): readonly number[] {
    const characters = Array.from(bytes, byteCharacter);
    const key = characters.join("");
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    const ids = this.mergePiece(characters, key);
    if (bytes.length > SHORT) return ids;
    if (this.cache.size >= CACHE_LIMIT) this.cache.clear();
    this.cache.set(key, ids);
    return ids;
  }

  private mergePiece(characters: string[], key: string): readonly number[] {
    const whole = this.model.wholePieces ? this.ids.get(key) : undefined;
    if (whole !== undefined) return [whole];
    const merge = characters.length > SHORT ? mergeLong : mergeShort;
    return merge(characters, this.rankOf).map((symbol) => this.ids.get(symbol) as number);
  }

  /** The bytes of a token; none for special tokens. */
  tokenBytes(id: number): Uint8Array {
    return this.bytes[id] ?? new Uint8Array(0);
  }

  /** UTF-8 text of the tokens; bytes that form no character become U+FFFD. */
  decode(ids: readonly number[]): string {
    return new TextDecoder().decode(concatBytes(...ids.map((id) => this.tokenBytes(id))));
  }
}
