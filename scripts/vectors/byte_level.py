"""Byte-level BPE tokenizers with three kinds of cutting, trained and saved by Hugging Face's tokenizers, and the ids it gives.

    python scripts/vectors/byte_level.py sidecar/tokenizer/vectors

Needs Python 3.11 with `pip install tokenizers`.
"""

import json
import os
import sys

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

OUT = sys.argv[1]
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"

TEXT = ["The ships of 1865 carried wheat, iron and 12345 letters; they're gone.", "I'LL say it: l'\u00e9t\u00e9 \u00e0 M\u00fcnchen \u2014 na\u00efve caf\u00e9s\n\n  and tabs\t\tand  spaces  ",
        "def f(x):\n    return x ** 2  # \u4f60\u597d \ud83d\udc0b".encode("utf-16", "surrogatepass").decode("utf-16")]
PROBES = ["", " ", "the", " The ships", "12345 678", "they're THEY'RE I'll", "\n\n  x\r\n", "\t\ttabs", "caf\u00e9 na\u00efve \u00fc", "\u4f60\u597d\u4e16\u754c", "a\u00a0b\u2003c", "\U0001f40b!",
          "!!!\n\n...", "  leading and trailing  ", "x=1;y=22;z=333;w=4444", "\u0663\u0664\u0665 arabic digits", "e\u0301 combining", "<|endoftext|>"]
SPLITS = {
    "gpt2": pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    "llama3": pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]),
    "digits": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]),
}


def write_tokenizer(name, split, ignore_merges):
    t = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    t.pre_tokenizer = split
    t.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    t.train_from_iterator(TEXT * 2, trainers.BpeTrainer(vocab_size=340, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False))
    os.makedirs(OUT, exist_ok=True)
    t.save(os.path.join(OUT, f"{name}.json"))
    # Special tokens are never read out of a text here, so the probe that looks like one is left to the test.
    ids = {p: t.encode(p, add_special_tokens=False).ids for p in PROBES[:-1]}
    with open(os.path.join(OUT, f"{name}.expected.json"), "w") as f:
        json.dump(ids, f, indent=0)


for name, split in SPLITS.items():
    write_tokenizer(name, split, name == "llama3")
