"""Scores the gradients of scripts/vectors/attribution-gradients.ts with dattri's own attributors (PyPI dattri 0.3, torch).

    npx tsx scripts/vectors/attribution-gradients.ts > /tmp/gradients.json
    python scripts/vectors/score_with_dattri.py /tmp/gradients.json > bench/attribution/baselines/dattri.golden.json

The attributors take a task that differentiates a model. Here the data are the gradients themselves, so that both sides score the
very same numbers. TRAK's random projection is replaced by the identity: its drawing is not what is compared.
"""

import json
import sys

import torch
from torch.utils.data import DataLoader, TensorDataset

import dattri.algorithm.trak as trak_module
from dattri.algorithm.influence_function import IFAttributorDataInf
from dattri.algorithm.tracin import TracInAttributor
from dattri.algorithm.trak import TRAKAttributor

torch.set_default_dtype(torch.float64)
source = json.load(open(sys.argv[1]))
layers = [(layer["from"], layer["to"]) for layer in source["layers"]]
members = source["members"]
size = layers[-1][1]


class Holder(torch.nn.Module):
    """A model with one parameter per layer; only its sizes matter."""

    def __init__(self):
        super().__init__()
        self.parts = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(to - start)) for start, to in layers])


class Gradients:
    """Stands in for dattri's AttributionTask: a sample is (its gradient at each checkpoint, doubt at each, its number)."""

    def __init__(self, checkpoints):
        self.checkpoints = checkpoints
        self.model = Holder()

    def get_model(self):
        return self.model

    def get_checkpoints(self):
        return list(range(self.checkpoints))

    def get_param(self, ckpt_idx=0, layer_name=None, layer_split=False):
        self.now = ckpt_idx
        if layer_split:
            return [torch.zeros(to - start) for start, to in layers], list(range(len(layers)))
        return torch.zeros(size), None

    def gradient(self, parameters, data):
        gradients = data[0]
        while gradients.dim() > 3:
            gradients = gradients.squeeze(0)
        return gradients[:, self.now].clone()

    def get_grad_target_func(self, *args, **kwargs):
        self.now = kwargs.get("ckpt_idx") or getattr(self, "now", 0)
        return self.gradient

    get_grad_loss_func = get_grad_target_func


def loader(kind, chosen):
    vectors = torch.tensor([[m[kind][i] for m in chosen] for i in range(len(chosen[0][kind]))])
    doubt = torch.tensor([[m["doubt"][i] if kind == "rows" else 0.0 for m in chosen] for i in range(len(vectors))])
    return DataLoader(TensorDataset(vectors, doubt), batch_size=len(vectors), shuffle=False)


def by_query(scores):
    return scores.T.tolist()


def datainf(regularization):
    attributor = IFAttributorDataInf(Gradients(1), regularization=regularization)
    rows = loader("rows", members[:1])
    attributor.cache(rows)
    return by_query(attributor.attribute(rows, loader("queries", members[:1])))


def tracin(checkpoints, normalized):
    attributor = TracInAttributor(Gradients(checkpoints), weight_list=[0.5, 0.25][:checkpoints], normalized_grad=normalized)
    attributor.projector_kwargs = None
    chosen = members[:checkpoints]
    return by_query(attributor.attribute(loader("rows", chosen), loader("queries", chosen)))


def trak(checkpoints, ridge):
    trak_module.random_project = lambda feature, batch, **kwargs: lambda g, ensemble_id: g
    chosen = members[:checkpoints]
    task = Gradients(checkpoints)

    def correct(parameters, data):
        return 1 - data[1][task.now]

    attributor = TRAKAttributor(task, correct_probability_func=correct, regularization=ridge)
    attributor.norm_scaler = 1.0
    trak_module._unflatten_params = lambda parameters, model: parameters
    attributor.cache(loader("rows", chosen))
    return by_query(attributor.attribute(loader("queries", chosen)))


# As dattri: the same number added to every kernel; chosen from the first member's mean diagonal.
first = torch.tensor(members[0]["rows"])
ridge = 0.01 * float((first**2).sum() / len(first))
json.dump(
    {
        "madeWith": "dattri 0.3.0 attributors, identity projection, float64",
        "ridge": ridge,
        "datainf": [{"damping": d, "scores": datainf(d)} for d in (1e-4, 1e-2, 1.0)],
        "trak1": trak(1, ridge),
        "trak2": trak(2, ridge),
        "tracin": tracin(2, False),
        "gradCos": [[2 * x for x in row] for row in tracin(1, True)],
    },
    sys.stdout,
    indent=None,
)
