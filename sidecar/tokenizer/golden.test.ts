import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import fc from "fast-check";
import { Reject, utf8 } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import { readEnds } from "./ends.js";
import { encodeTokenizer, parseTokenizer } from "./file.js";
import { mergeLong, mergeShort } from "./merge.js";
import type { Split } from "./split.js";
import { Tokenizer } from "./tokenizer.js";

const FOLDER = fileURLToPath(new URL("./vectors/", import.meta.url));
const file = (name: string): Uint8Array => readFileSync(`${FOLDER}${name}/tokenizer.json`);

/** Written by transformers and tokenizers (scripts/vectors/tokenizer_ids.py). */
for (const split of ["gpt2", "digits", "llama3"] as const satisfies readonly Split[]) {
  describe(`a tokenizer in the form of ${split}`, () => {
    const cases = JSON.parse(readFileSync(`${FOLDER}${split}/ids.json`, "utf8")) as { text: string; ids: number[] }[];
    const model = parseTokenizer(file(split), SidecarError.BadModel);
    const tokenizer = new Tokenizer(model);

    it("gives the ids of transformers", () => {
      expect(model.split).to.equal(split);
      for (const { text, ids } of cases) expect(tokenizer.encode(text), JSON.stringify(text)).to.deep.equal(ids);
    });

    it("gives the text back", () => {
      for (const { text, ids } of cases) expect(tokenizer.decode(ids)).to.equal(text);
    });

    it("is the same after being written", () => {
      expect(parseTokenizer(utf8(encodeTokenizer(model)), SidecarError.BadModel)).to.deep.equal(model);
    });
  });
}

describe("merging", () => {
  it("gives the same in near-linear time as in the plain way", () => {
    const ranks = new Map([["a a", 3], ["aa aa", 2], ["b a", 1], ["a b", 4], ["ab ab", 0], ["aaaa a", 5]]);
    const rankOf = (left: string, right: string): number | undefined => ranks.get(`${left} ${right}`);
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 60 }), (symbols) => {
        expect(mergeLong([...symbols], rankOf)).to.deep.equal(mergeShort([...symbols], rankOf));
      }),
      { numRuns: 500 },
    );
  });
});

describe("a tokenizer.json", () => {
  type Fields = Record<string, unknown>;
  const changed = (name: string, edit: (file: Fields & { model: Fields; pre_tokenizer: Fields }) => void): Uint8Array => {
    const copy = JSON.parse(Buffer.from(file(name)).toString()) as Fields & { model: Fields; pre_tokenizer: Fields };
    edit(copy);
    return utf8(JSON.stringify(copy));
  };

  const refused: Record<string, Uint8Array> = {
    "that lower-cases first": changed("gpt2", (f) => (f["normalizer"] = { type: "Lowercase" })),
    "that puts a space before the text": changed("gpt2", (f) => (f.pre_tokenizer["add_prefix_space"] = true)),
    "that does not cut the text": changed("gpt2", (f) => (f.pre_tokenizer["use_regex"] = false)),
    "that falls back to bytes": changed("gpt2", (f) => (f.model["byte_fallback"] = true)),
    "that drops merges at random": changed("gpt2", (f) => (f.model["dropout"] = 0.1)),
    "that marks the ends of words": changed("gpt2", (f) => (f.model["end_of_word_suffix"] = "</w>")),
    "with a pattern of its own": changed("llama3", (f) => (f.pre_tokenizer = JSON.parse(JSON.stringify(f.pre_tokenizer).replace("{1,3}", "{1,4}")) as Fields)),
    "with words instead of bytes": changed("gpt2", (f) => (f["model"] = { type: "WordLevel", vocab: {} } as Fields)),
    "with digits in groups": changed("digits", (f) => ((f.pre_tokenizer["pretokenizers"] as Fields[])[0]!["individual_digits"] = false)),
    "with added tokens that text turns into": changed("gpt2", (f) => ((f["added_tokens"] as Fields[])[0]!["special"] = false)),
    "without a special token": changed("gpt2", (f) => (f["added_tokens"] = [])),
    "with a gap in the ids": changed("gpt2", (f) => ((f.model["vocab"] as Fields)["!"] = 1000)),
    "with an id twice": changed("gpt2", (f) => ((f.model["vocab"] as Fields)["!"] = 9)),
    "with an id that is no number": changed("gpt2", (f) => ((f.model["vocab"] as Fields)["!"] = NaN)),
    "without one of the bytes": changed("gpt2", (f) => ((f["added_tokens"] as Fields[]).push({ id: 1, content: "!", special: true }))),
    "with a merge of what is no entry": changed("gpt2", (f) => (f.model["merges"] = [["!", "zzz"]])),
    "with a merge into a special token": changed("gpt2", (f) => {
      f["added_tokens"] = [...(f["added_tokens"] as Fields[]), { id: 420, content: "!!", special: true }];
      f.model["merges"] = [["!", "!"]];
    }),
    "cut short": file("gpt2").subarray(0, 4000),
    "that is not UTF-8": Uint8Array.of(0xff, 0xfe),
    "that is a list": utf8("[]"),
  };
  for (const [why, bytes] of Object.entries(refused)) {
    it(`${why} is refused`, () => {
      expect(() => parseTokenizer(bytes, SidecarError.BadModel)).to.throw(Reject).with.property("code", 3);
    });
  }

  it("of the early days, without a type and with an unknown token, is read", () => {
    const early = changed("gpt2", (f) => {
      delete f.model["type"];
      f.model["unk_token"] = "<|endoftext|>";
      f.model["merges"] = (f.model["merges"] as string[][]).map((m) => m.join(" "));
    });
    expect(parseTokenizer(early, SidecarError.BadModel)).to.deep.equal(parseTokenizer(file("gpt2"), SidecarError.BadModel));
  });
});

describe("the ends of a document", () => {
  const model = parseTokenizer(file("llama3"), SidecarError.BadModel);
  const ends = (fields: object): unknown => readEnds(utf8(JSON.stringify(fields)), model);

  it("are what the config says", () => {
    expect(ends({ bos_token_id: 420, eos_token_id: 421 })).to.deep.equal({ start: 420, end: 421, stops: new Set([421]) });
    expect(ends({ bos_token_id: 420, eos_token_id: [421, 420] })).to.deep.equal({ start: 420, end: 421, stops: new Set([421, 420]) });
    expect(ends({ eos_token_id: 421 })).to.deep.equal({ start: 421, end: 421, stops: new Set([421]) });
    expect(ends({ bos_token_id: null, eos_token_id: null })).to.deep.equal({ start: 420, end: 420, stops: new Set([420]) });
  });

  it("are refused where they are no special tokens", () => {
    for (const bad of [5, -1, 422, 1.5, "421", {}, [421, 5], new Array<number>(17).fill(421)]) {
      expect(() => ends({ eos_token_id: bad }), JSON.stringify(bad)).to.throw(Reject).with.property("code", 3);
    }
    expect(() => ends({ bos_token_id: 7 })).to.throw(Reject);
  });
});
