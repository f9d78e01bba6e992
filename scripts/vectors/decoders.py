"""Small decoders and adapters as transformers and peft save them, with the logits, losses and gradients that torch computes.

    PYTHONHASHSEED=0 python scripts/vectors/decoders.py write sidecar/model/vectors
    python scripts/vectors/decoders.py logits MODEL_DIR [ADAPTER_DIR] < prompts.json > logits.json

`write` makes the committed vectors. Everything is seeded; a second run writes the same bytes. `logits` reads a model (and an adapter)
that we wrote; the tests run it where a python with these packages is at hand. Needs Python 3.11 with
`pip install torch==2.15.0 transformers==5.23.0 peft==0.21.2 safetensors`. Numbers are computed in float64 where the libraries let one.

Each case is a folder: config.json and model.safetensors by `save_pretrained`, adapter/ by peft's, expected.json with the prompts (token
ids), the logits after the last token of each with and without the adapter, and one sequence with the adapter's loss (summed negative
log-likelihood); gradient.safetensors holds that loss's gradient under the names of the adapter's own tensors. One case has shards/ too:
the same weights in several files, with their index.
"""

import json
import logging
import os
import shutil
import sys
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["HF_HUB_OFFLINE"] = "1"
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig

transformers.logging.set_verbosity_error()
logging.disable(logging.WARNING)
torch.use_deterministic_algorithms(True)

VOCABULARY = 260
CONTEXT = 48


def gpt2(**over):
    sizes = {"n_positions": CONTEXT, "n_embd": 16, "n_layer": 2, "n_head": 2, "n_inner": 24}
    return GPT2Config(vocab_size=VOCABULARY, bos_token_id=0, eos_token_id=0, **{**sizes, **over})


def llama(**over):
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 2, "intermediate_size": 24}
    return LlamaConfig(vocab_size=VOCABULARY, max_position_embeddings=CONTEXT, bos_token_id=1, eos_token_id=0, **{**sizes, **over})


STRETCHED = {"rope_type": "llama3", "rope_theta": 500.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
             "original_max_position_embeddings": 16}
GROUPED = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "hidden_size": 24}
CASES = {
    "gpt2": (gpt2(), torch.float32, ["c_attn"]),
    "gpt2-wide": (gpt2(n_inner=None, n_layer=1), torch.float16, ["c_attn", "c_proj", "c_fc"]),
    "llama-tied": (llama(tie_word_embeddings=True), torch.float16, ["q_proj", "v_proj", "up_proj"]),
    "llama-grouped": (llama(tie_word_embeddings=False, rms_norm_eps=1e-5, **GROUPED), torch.bfloat16,
                      ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]),
    "llama-biased": (llama(tie_word_embeddings=True, attention_bias=True, mlp_bias=True, num_key_value_heads=1), torch.float32,
                     ["k_proj", "o_proj"]),
    "llama-stretched": (llama(tie_word_embeddings=False, rope_parameters=STRETCHED), torch.float32, ["gate_proj", "down_proj"]),
}


SHARDED = "llama-tied"


def draw(model, generator):
    """Weights large enough that every part of the model shows in its logits."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator, dtype=torch.float64).to(p.dtype)
            is_norm = "norm" in name or ".ln_" in name
            p.copy_(1 + 0.2 * noise if is_norm and name.endswith("weight") else 0.3 * noise)


def last_logits(model, prompts):
    with torch.no_grad():
        return [model(torch.tensor([p])).logits[0, -1].tolist() for p in prompts]


def rounded(rows):
    return [[round(x, 6) for x in row] for row in rows]


def load(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()


def write_case(folder, seed, config, dtype, targets):
    shutil.rmtree(folder, ignore_errors=True)
    generator = torch.Generator().manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config, dtype=dtype)
    draw(model, generator)
    model.save_pretrained(folder)
    if folder.name == SHARDED:
        model.save_pretrained(folder / "shards", max_shard_size="8KB")
        (folder / "shards" / "config.json").unlink()
    for extra in folder.glob("**/generation_config.json"):
        extra.unlink()
    prompts = [torch.randint(VOCABULARY, (n,), generator=generator).tolist() for n in (1, 6, 23, CONTEXT)]
    model = load(folder)
    expected = {"prompts": prompts, "logits": rounded(last_logits(model, prompts))}
    write_adapter(folder, model, expected, generator, targets)
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


def write_adapter(folder, model, expected, generator, targets):
    lora = LoraConfig(r=2, lora_alpha=6, target_modules=targets, fan_in_fan_out=model.config.model_type == "gpt2", task_type="CAUSAL_LM")
    adapted = get_peft_model(model, lora)
    learnt = [(n, p) for n, p in adapted.named_parameters() if p.requires_grad]
    with torch.no_grad():
        for _, p in learnt:
            p.copy_((0.3 * torch.randn(p.shape, generator=generator)).to(torch.float32).to(p.dtype))
    adapted.float().save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink(missing_ok=True)
    adapted = PeftModel.from_pretrained(load(folder), folder / "adapter", is_trainable=True).double().eval()
    expected["adapted"] = rounded(last_logits(adapted, expected["prompts"]))
    sequence = expected["sequence"] = torch.randint(VOCABULARY, (17,), generator=generator).tolist()
    logits = adapted(torch.tensor([sequence[:-1]])).logits[0]
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(sequence[1:]), reduction="sum")
    loss.backward()
    expected["loss"] = round(loss.item(), 6)
    gradient = {n.replace(".default.", "."): p.grad.float().contiguous() for n, p in adapted.named_parameters() if p.requires_grad}
    assert set(gradient) == set(load_file(folder / "adapter" / "adapter_model.safetensors"))
    save_file(gradient, folder / "gradient.safetensors", metadata={"format": "pt"})


def main():
    command, *paths = sys.argv[1:]
    if command == "write":
        for seed, (name, case) in enumerate(CASES.items()):
            write_case(Path(paths[0]) / name, 100 + seed, *case)
    elif command == "logits":
        model = load(paths[0])
        if len(paths) > 1:
            model = PeftModel.from_pretrained(model, paths[1]).double().eval()
        json.dump(last_logits(model, json.load(sys.stdin)), sys.stdout)
    else:
        sys.exit(__doc__)


main()
