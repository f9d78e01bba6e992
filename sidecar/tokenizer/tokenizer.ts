import { TextDecoder } from "node:util";
import { concatBytes, utf8 } from "../../chain/primitives/index.js";
import { byteCharacter, entryBytes } from "./byte-level.js";
import { splitText } from "./split.js";
import type { Split } from "./split.js";

/** A byte-level BPE vocabulary: token id = position in `vocabulary`. */
export interface TokenizerModel {
  readonly split: Split;
  readonly vocabulary: readonly string[];
  /** In order of priority. */
  readonly merges: readonly (readonly [string, string])[];
  /** Whether a piece that is an entry is that token, whatever its merges come to (`ignore_merges`). */
  readonly wholePieces: boolean;
  /** Entries that never come out of text; the first one ends a document. */
  readonly special: readonly string[];
}

const CACHE_LIMIT = 20_000;
/** Longest piece that is merged as one; longer ones (no space for pages) are cut first, to keep merging near linear. */
const PIECE_LIMIT = 128;

export class Tokenizer {
  readonly size: number;
  /** Id of the token that ends a document. */
  readonly end: number;
  private readonly split: Split;
  private readonly wholePieces: boolean;
  private readonly ids = new Map<string, number>();
  private readonly ranks = new Map<string, number>();
  private readonly bytes: readonly Uint8Array[];
  private readonly cache = new Map<string, readonly number[]>();

  constructor(model: TokenizerModel) {
    const special = new Set(model.special);
    this.size = model.vocabulary.length;
    this.split = model.split;
    this.wholePieces = model.wholePieces;
    this.end = model.vocabulary.indexOf(model.special[0] ?? "");
    this.bytes = model.vocabulary.map((entry) => (special.has(entry) ? undefined : entryBytes(entry)) ?? new Uint8Array(0));
    model.vocabulary.forEach((entry, id) => {
      if (!special.has(entry)) this.ids.set(entry, id);
    });
    model.merges.forEach(([left, right], rank) => this.ranks.set(`${left} ${right}`, rank));
  }

  /** @throws Reject sdk/18 if the text has a lone surrogate. Text never turns into special tokens. */
  encode(text: string): number[] {
    const out: number[] = [];
    for (const piece of splitText(text, this.split)) {
      const bytes = utf8(piece);
      for (let at = 0; at < bytes.length; at += PIECE_LIMIT) {
        for (const id of this.encodePiece(bytes.subarray(at, at + PIECE_LIMIT))) out.push(id);
      }
    }
    return out;
  }

  private encodePiece(bytes: Uint8Array): readonly number[] {
    const characters = Array.from(bytes, byteCharacter);
    const key = characters.join("");
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    const whole = this.wholePieces ? this.ids.get(key) : undefined;
    const ids = whole === undefined ? this.merge(characters).map((symbol) => this.ids.get(symbol) as number) : [whole];
    if (this.cache.size >= CACHE_LIMIT) this.cache.clear();
    this.cache.set(key, ids);
    return ids;
  }

  /** Joins the pair of lowest rank, leftmost first, until none is left. */
  private merge(symbols: string[]): readonly string[] {
    for (;;) {
      let best = Infinity;
      let at = -1;
      for (let i = 1; i < symbols.length; i++) {
        const rank = this.ranks.get(`${symbols[i - 1]} ${symbols[i]}`);
        if (rank !== undefined && rank < best) {
          best = rank;
          at = i - 1;
        }
      }
      if (at < 0) return symbols;
      symbols.splice(at, 2, `${symbols[at]}${symbols[at + 1]}`);
    }
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
