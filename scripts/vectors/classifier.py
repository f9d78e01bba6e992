"""Features, logits, losses and gradients of three small classifiers, computed with torch in float64 from the description in
sidecar/classifier/README.md alone.

    python scripts/vectors/classifier.py > sidecar/classifier/vectors/classifier.json

Needs Python 3.11 with `pip install torch`. Numbers are seeded; a second run writes the same bytes.
"""

import json
import random
import re

import torch

torch.set_default_dtype(torch.float64)


def fnv1a(data):
    value = 0x811C9DC5
    for byte in data:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def text_features(rule, prompt):
    data = prompt.encode("utf-8")
    if rule["unit"] == "word":
        lower = bytes(b + 32 if 65 <= b <= 90 else b for b in data)
        units, glue = re.findall(rb"[0-9a-z\x80-\xff]+", lower), b" "
    else:
        units, glue = [bytes([b]) for b in data], b""
    counts = torch.zeros(rule["buckets"])
    for first in range(len(units)):
        for last in range(first + 1, min(first + rule["longest"], len(units)) + 1):
            counts[fnv1a(glue.join(units[first:last])) % rule["buckets"]] += 1
    length = counts.norm()
    return counts / length if length > 0 else counts


def features(rule, prompt):
    if rule["kind"] == "text":
        return text_features(rule, prompt)
    return torch.tensor([float(part) for part in prompt.strip("[]").split(",")])


def case(draw, config, rows):
    width = config["features"].get("buckets") or config["features"]["size"]
    sizes = [width, *config["hidden"], len(config["labels"])]
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        weight = [[round(draw.uniform(-0.9, 0.9), 3) for _ in range(outputs)] for _ in range(inputs)]
        bias = [round(draw.uniform(-0.5, 0.5), 3) for _ in range(outputs)]
        layers.append((torch.tensor(weight, requires_grad=True), torch.tensor(bias, requires_grad=True)))
    bend = torch.relu if config["activation"] == "relu" else torch.nn.functional.silu
    out = []
    for prompt, label in rows:
        given = x = features(config["features"], prompt)
        for l, (weight, bias) in enumerate(layers):
            x = x @ weight + bias
            if l + 1 < len(layers):
                x = bend(x)
        loss = torch.nn.functional.cross_entropy(x[None], torch.tensor([config["labels"].index(label)]))
        parts = [p for layer in layers for p in layer]
        gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss, parts)])
        out.append({
            "prompt": prompt,
            "label": label,
            "features": [round(v, 9) for v in given.tolist()],
            "logits": [round(v, 9) for v in x.tolist()],
            "loss": round(loss.item(), 9),
            "gradient": [round(v, 7) for v in gradient.tolist()],
        })
    theta = [v for weight, bias in layers for v in [*weight.flatten().tolist(), *bias.tolist()]]
    return {"config": config, "weights": theta, "rows": out}


draw = random.Random(17)
words = {"features": {"kind": "text", "unit": "word", "longest": 2, "buckets": 16}, "hidden": [5], "activation": "silu",
         "labels": ["crop", "ship", "law"], "context": 64}
letters = {"features": {"kind": "text", "unit": "byte", "longest": 3, "buckets": 12}, "hidden": [], "activation": "relu",
           "labels": ["yes", "no"], "context": 64}
numbers = {"features": {"kind": "numeric", "size": 4, "limit": 100}, "hidden": [4, 3], "activation": "relu",
           "labels": ["low", "high"], "context": 64}
cases = [
    case(draw, words, [("The wheat, the Wheat!", "crop"), ("a ship at sea 42", "ship"), ("d\u00e9j\u00e0 vu \u2014 court", "law"), ("...", "law")]),
    case(draw, letters, [("Aa aA", "yes"), ("n\u00f3", "no"), ("", "no")]),
    case(draw, numbers, [("1,-2.5,0.125,3e1", "low"), ("[0, 0.5, -1, 99.75]", "high")]),
]
print(json.dumps(cases, ensure_ascii=True))
