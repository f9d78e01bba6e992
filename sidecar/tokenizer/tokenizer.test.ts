import { Tokenizer as Reference } from "@huggingface/tokenizers";
import { expect } from "chai";
import fc from "fast-check";
import { Reject, utf8 } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import { encodeTokenizer, parseTokenizer } from "./file.js";
import { Tokenizer } from "./tokenizer.js";
import { trainTokenizer } from "./train.js";

const TEXTS = ["the whale and the sea, the ship; the whale's wake", "in 1865 the union of the states -- the people's union"];
const model = trainTokenizer(TEXTS, 300, "<|endoftext|>");
const file = encodeTokenizer(model);
const tokenizer = new Tokenizer(parseTokenizer(utf8(file), SidecarError.BadModel));

describe("tokenizer", () => {
  it("gives back any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).to.equal(text);
      }),
    );
  });

  it("gives the ids of the Hugging Face tokenizer for the same file", () => {
    const reference = new Reference(JSON.parse(file) as object, {});
    const pieces = fc.constantFrom("the", " whale", " ", "  ", "\n", "'s", "1865", "--", "é", "—", "\t", "x", ", ", "🐋");
    fc.assert(
      fc.property(fc.array(pieces, { minLength: 1, maxLength: 30 }), (parts) => {
        const text = parts.join("");
        expect(tokenizer.encode(text)).to.deep.equal(reference.encode(text).ids);
      }),
      { numRuns: 300 },
    );
  });

  it("has learnt the frequent words", () => {
    expect(tokenizer.encode(" the").length).to.equal(1);
    expect(tokenizer.encode(" whale").length).to.be.at.most(2);
  });

  it("never makes a special token out of text", () => {
    expect(tokenizer.encode("<|endoftext|>")).to.not.include(tokenizer.end);
  });

  it("refuses files that would change the ids", () => {
    const change = (edit: (f: Record<string, unknown>) => void): Uint8Array => {
      const copy = JSON.parse(file) as Record<string, unknown>;
      edit(copy);
      return utf8(JSON.stringify(copy));
    };
    const bad = [
      change((f) => (f["normalizer"] = { type: "NFKC" })),
      change((f) => (f["pre_tokenizer"] = { type: "Whitespace" })),
      change((f) => (f["model"] = { type: "Unigram" })),
      change((f) => (f["added_tokens"] = [])),
      utf8("{"),
    ];
    for (const bytes of bad) expect(() => parseTokenizer(bytes, SidecarError.BadModel)).to.throw(Reject);
  });
});
