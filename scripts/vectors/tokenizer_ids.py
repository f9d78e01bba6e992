"""Byte-level BPE tokenizers in the forms of GPT-2, Llama 3 and SmolLM, and the ids that transformers gives for texts chosen to be hard.

    python scripts/vectors/tokenizer_ids.py sidecar/tokenizer/vectors

Needs Python 3.11 with `pip install transformers==5.23.0 tokenizers==0.23.3`. A second run writes the same bytes. Special tokens within a
text are encoded as plain text (`encode_special_tokens`), as the sidecar does: what people write never becomes one.
"""

import json
import logging
import sys
from pathlib import Path

import transformers
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

logging.disable(logging.WARNING)

# The pattern of meta-llama/Meta-Llama-3-8B's tokenizer.json.
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
TEXTS = [
    "", " ", "  ", "a", " a", "the whale and the sea, the ship's wake; it's the whale's", "WE'RE IT'S I'LL they'd you've I'm don't",
    "in 1865 there were 12 of 12345678 ships, 3.14159 and 1,000,000; x2y3", "tabs\tand\t\ttabs\nlines\n\n\nmore\r\n\r\nlines \n  indented\n",
    "trailing spaces   ", "   leading", "many     spaces     inside", "caf\u00e9 na\u00efve \u00fcber Stra\u00dfe \u0141\u00f3d\u017a",
    "cafe\u0301 decomposed", "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440! \u4f60\u597d\uff0c\u4e16\u754c \u3053\u3093\u306b\u3061\u306f",
    "\u0645\u0631\u062d\u0628\u0627 \u0661\u0662\u0663\u0664\u0665 \u0928\u092e\u0938\u094d\u0924\u0947 \u0967\u0968\u0969 \u00bd \u2163 \u00b2",
    "\U0001f40b whale \U0001f468\u200d\U0001f469\u200d\U0001f467 family \U0001f1e9\U0001f1ea flag", "a\u00a0b\u00a0\u00a0c\u2003d\u3000e\u2028f",
    "next\u0085line \u0085 mark\ufeff bom \ufeff", "zero\u200bwidth\u00adhyphen", "'\u017fharp '\u017f IT'\u017f 'S 'T x'Re", "\u212a kelvin \u0130 dotted",
    "=" * 300 + "\n" + "-" * 129, "a" * 400 + " " + "thewhale" * 60, " " * 200 + "x", "\n" * 150, "\u00e9" * 130, "9" * 257,
    "<|endoftext|> is text <|begin_of_text|>", "code: if (x != y) { return x[i++] * 0x1F; } // done", "\x00\x01\x7f control", "e\u0301\u0302\u0303 marks",
    "\U00010400 \U0001d7ce\U0001d7cf digits \U000e0041", "...!!!???---", "a.b,c;d:e f\tg", "'", "''s", "'sx 'tx 'llx", "\u2019s it\u2019s",
]
CORPUS = [t for t in TEXTS if "<|" not in t and len(t) < 200] * 8 + ["the whale and the sea, the ship and the whale's wake " * 4] * 20


def train(pre, special, size=420):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def gpt2():
    return train(pre_tokenizers.ByteLevel(add_prefix_space=False), ["<|endoftext|>"])


def digits():
    cut = [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    return train(pre_tokenizers.Sequence(cut), ["<|endoftext|>", "<|im_start|>"])


def llama3():
    """Half of the merges are dropped: their entries are found by `ignore_merges` only."""
    cut = [pre_tokenizers.Split(Regex(LLAMA3), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    tokenizer = train(pre_tokenizers.Sequence(cut), [])
    file = json.loads(tokenizer.to_str())
    merges = file["model"]["merges"]
    file["model"]["merges"] = merges[: len(merges) // 2]
    file["model"]["ignore_merges"] = True
    tokenizer = Tokenizer.from_str(json.dumps(file))
    tokenizer.add_special_tokens(["<|begin_of_text|>", "<|end_of_text|>"])
    begin = tokenizer.token_to_id("<|begin_of_text|>")
    tokenizer.post_processor = processors.TemplateProcessing(single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", begin)])
    return tokenizer


def main():
    for name, make in {"gpt2": gpt2, "digits": digits, "llama3": llama3}.items():
        folder = Path(sys.argv[1]) / name
        folder.mkdir(parents=True, exist_ok=True)
        make().save(str(folder / "tokenizer.json"), pretty=False)
        fast = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
        fast.backend_tokenizer.encode_special_tokens = True
        ids = [fast.encode(text, add_special_tokens=False, split_special_tokens=True) for text in TEXTS]
        (folder / "ids.json").write_text(json.dumps([{"text": t, "ids": i} for t, i in zip(TEXTS, ids)]) + "\n")


main()
