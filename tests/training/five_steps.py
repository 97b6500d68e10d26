"""Five steps of a run in float64, alone or as one of several processes of `torchrun`: what each step did, in a file."""

import sys
from dataclasses import replace
from pathlib import Path

import torch

from dualviz.detector import processes
from dualviz.pictures.dataset import CocoFolder
from dualviz.training import train as room
from dualviz.training.data import Recipe, Samples, batches
from dualviz.training.run import Rider, Run, Teacher
from dualviz.training.state import State


def main(annotations: str, out: str) -> None:
    """Write losses, clipped gradients and what batch normalisation counts after each of five steps."""
    recipe = Recipe(canvas_wh=(96, 64), mosaic=0.5)
    riders = (Rider("double", Teacher(1, 1, 12)), Rider("seven", Teacher(7, keep=1), draw=1))
    run = Run(annotations, None, out + ".run", pictures=20, batch=4, recipe=recipe, workers=0)
    run = replace(run, riders=riders)
    folder = CocoFolder(annotations)
    with processes.together("cpu") as where:
        torch.manual_seed(run.seed)
        state = State(run, folder, where)
        for module in (state.network, state.riders, state.average, state.riders_average):
            module.double()
        share = (processes.place(), processes.count())
        samples = Samples(folder, recipe, 0, 0, run.pictures, 16, 0, run.batch, share)
        steps, before = [], {}
        for batch in batches(samples, run.batch // processes.count(), 0):
            room.learn(state, batch)
            gradients = {
                f"{part} {n}": p.grad.clone()
                for part, ones in state.parts.items()
                for n, p in enumerate(ones)
                if p.grad is not None
            }
            counted = {
                name: value.clone()
                for name, value in state.network.state_dict().items()
                if "running" in name
            }
            losses = {name: value - before.get(name, 0) for name, value in state.running.items()}
            before = dict(state.running)
            pictures = (len(batch[0]), int((batch[2] >= 0).sum()))
            weights = {k: v.clone() for k, v in state.network.state_dict().items()}
            steps.append((losses, gradients, counted, weights, pictures))
    torch.save(steps, f"{out}.{share[0]}of{share[1]}")


if __name__ == "__main__":
    main(str(Path(sys.argv[1])), sys.argv[2])
