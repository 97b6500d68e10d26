"""DualViz without a browser: `python -m dualviz dataset | train | average | evaluate | ablate | export`."""

import argparse
import json
import sys
from dataclasses import fields
from functools import partial
from pathlib import Path

from tqdm import tqdm

from dualviz import scenes
from dualviz.ablation import ROWS, Ablation, Trained, load_ablation, save_ablation
from dualviz.dataset import CocoFolder, coco_of_voc
from dualviz.detector import load_detector
from dualviz.detector.network import SCALES
from dualviz.evaluation import Evaluation, evaluate


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 1 with one sentence on the error stream."""
    chosen = _parser().parse_args(arguments)
    try:
        chosen.command(chosen)
    except (ValueError, RuntimeError, ModuleNotFoundError, OSError) as error:
        print(f"dualviz: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as error:
        print(f"dualviz: interrupted; {error or 'what was saved stays'}", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m dualviz", description="See, touch and test dual label assignment."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    _dataset_command(
        commands.add_parser(
            "dataset", help="make a labelled set: smears, or from PASCAL VOC's folders"
        )
    )
    _train_command(commands.add_parser("train", help="train a detector with both heads"))
    _average_command(commands.add_parser("average", help="the mean of weights of one run"))
    _evaluate_command(commands.add_parser("evaluate", help="measure both heads on a labelled set"))
    _ablate_command(commands.add_parser("ablate", help="train and measure the ablation's rows"))
    _export_command(commands.add_parser("export", help="write figures, data and pages"))
    return parser


def _dataset_command(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--smears", type=int, help="render so many random blood smears")
    source.add_argument("--voc", type=Path, help="folder of Annotations, JPEGImages and ImageSets")
    add(
        "--out", type=Path, required=True, help="the COCO JSON; smears go into the folder beside it"
    )
    add(
        "--list",
        default="",
        help="of ImageSets/Main, for instance train (default: every annotation)",
    )
    add(
        "--seed",
        type=int,
        default=1000,
        help="of the first smear (the Evaluation page's: 0 to 499)",
    )
    parser.set_defaults(command=_dataset)


def _dataset(chosen: argparse.Namespace) -> None:
    if chosen.voc:
        document, left_out = coco_of_voc(chosen.voc, chosen.list)
        for sentence in left_out:
            print(sentence, file=sys.stderr)
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(json.dumps(document), encoding="utf-8")
        folder = CocoFolder(chosen.out, chosen.voc / "JPEGImages")
        also = f" --images {folder.folder}"
    else:
        if chosen.smears < 1:
            raise ValueError(f"--smears must be at least 1, got {chosen.smears}")
        named = tqdm(scenes.random_scenes(chosen.smears, chosen.seed), total=chosen.smears)
        scenes.write_scenes(named, chosen.out.with_suffix(""), chosen.out)
        folder, also = CocoFolder(chosen.out), ""
    print(
        f"{chosen.out}: {len(folder)} pictures, {folder.objects} objects of {', '.join(folder.class_names)}"
    )
    print(f"python -m dualviz train --annotations {chosen.out}{also} --out FOLDER")


def _train_command(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--annotations", required=True, help="COCO JSON of the training pictures")
    add("--images", help="their folder (default: beside the JSON, with its name)")
    add("--out", required=True, help="folder for checkpoints, log and weights")
    add("--resume", action="store_true", help="go on from the last checkpoint in --out")
    add("--scale", default="pico", choices=list(SCALES), help="size of the network (default pico)")
    add("--pictures", type=int, default=60_000, help="samples seen in all (default %(default)s)")
    add("--batch", type=int, default=16, help="pictures a step (default %(default)s)")
    add("--learning-rate", type=float, default=2e-3, help="at its highest (default %(default)s)")
    add("--seed", type=int, default=0, help="of weights and samples (default %(default)s)")
    add(
        "--width",
        type=int,
        default=416,
        help="of the input, a multiple of 32 (default %(default)s)",
    )
    add("--height", type=int, default=320, help="likewise (default %(default)s)")
    add(
        "--grow-from",
        type=float,
        default=1.0,
        help="share of both sides to begin with (default %(default)s)",
    )
    add(
        "--mosaic",
        type=float,
        default=0.5,
        help="share of samples joined from four (default %(default)s)",
    )
    add("--mixup", type=float, default=0.0, help="share of samples blended with another")
    add("--scenes", type=float, default=0.0, help="share of pictures from the smear renderer")
    add("--scenes-from", type=float, default=0.0, help="share of the run after which they join")
    add("--upright", action="store_true", help="never turn pictures upside down (street, animals)")
    add("--start", help="weights to begin with: a bundled name or a file")
    add(
        "--rider",
        nargs="+",
        action="append",
        default=[],
        metavar=("NAME", "SETTING"),
        help="one more one-to-one head on the same trunk, which does not feel it; settings: alpha=, beta=, topk=, keep=, hungarian, "
        "draw= (0: the first weights of the run's own, else others); may be given again; its detector is weights-NAME.safetensors",
    )
    add("--snapshots", type=int, default=0, help="how many to keep for the replay")
    add("--device", default="auto", help="auto, cuda, mps or cpu")
    add("--workers", type=int, default=1, help="processes that prepare pictures (default 1)")
    parser.set_defaults(command=_train)


def _train(chosen: argparse.Namespace) -> None:
    from dualviz.training.data import Recipe
    from dualviz.training.run import Rider, Run
    from dualviz.training.train import train

    recipe = Recipe(
        canvas_wh=(chosen.width, chosen.height),
        grow_from=chosen.grow_from,
        mosaic=chosen.mosaic,
        mixup=chosen.mixup,
        scenes=chosen.scenes,
        upside=not chosen.upright,
    )
    own = {f.name for f in fields(Run)} & vars(chosen).keys()
    riders = tuple(map(Rider.from_words, chosen.rider))
    run = Run(**{name: getattr(chosen, name) for name in own}, recipe=recipe, riders=riders)
    weights = train(run, resume=chosen.resume, device=chosen.device)
    print(f"{weights}: open it in the app under Detector, or evaluate it:")
    print(f"python -m dualviz evaluate --detector {weights} --annotations FILE")
    for rider in riders:
        print(f"with {rider.name} as its one-to-one head: {run.weights(rider.name)}")


def _average_command(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("weights", nargs="+", help="files of one scale and the same classes")
    add("--out", type=_file, required=True, help="the file to write")
    parser.set_defaults(command=_average)


def _average(chosen: argparse.Namespace) -> None:
    from dualviz.training.state import average

    average(chosen.weights, chosen.out)
    print(f"{chosen.out}: the mean of {len(chosen.weights)}")


def _evaluate_command(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--detector", default="pico-cells", help="a bundled name or a weights file")
    add("--annotations", required=True, help="COCO JSON")
    add("--images", help="folder of the pictures (default: beside the JSON, with its name)")
    add("--size", type=int, help="longer side of the network's input (default: of the weights)")
    add("--device", default="auto", help="auto, cuda, mps or cpu")
    add("--csv", type=_file, help="also write table and gaps here")
    add("--figure", type=_drawing, help="also draw the gap's distribution: .png, .svg or .pdf")
    parser.set_defaults(command=_evaluate)


def _drawing(name: str) -> Path:
    """Refuse a figure's name before hours of measuring, not after."""
    path = _file(name)
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise argparse.ArgumentTypeError(f"{name} must end in .png, .svg or .pdf")
    return path


def _file(name: str) -> Path:
    """Refuse a file to write whose folder is not there, or that is a folder."""
    path = Path(name)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{name} is a folder, expected a file")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path.parent} for {path.name}")
    return path


def _evaluate(chosen: argparse.Namespace) -> None:
    detector = load_detector(chosen.detector, chosen.device)
    folder = CocoFolder(chosen.annotations, chosen.images)
    result = evaluate(
        detector, folder, chosen.size, progress=lambda items: tqdm(items, unit="picture")
    )
    print(_table(result, detector.device.type))
    if chosen.csv:
        from dualviz.tables import evaluation_csv

        text = evaluation_csv(result, detector.name, folder.path.name)
        chosen.csv.write_text(text, encoding="utf-8")
    if chosen.figure:
        _draw(result, detector.name, folder.path.name, chosen.figure)


def _draw(result: Evaluation, detector: str, over: str, path: Path) -> None:
    from dualviz.charts.print.gaps import gap_figure
    from dualviz.export import figure_bytes

    drawn = gap_figure(result, detector=detector, over=over)
    path.write_bytes(figure_bytes(drawn, path.suffix.removeprefix(".").lower()))


def _ablate_command(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--annotations", required=True, help="COCO JSON of the training pictures")
    add("--images", help="their folder (default: beside the JSON, with its name)")
    add("--judge", required=True, help="COCO JSON of the pictures to measure on")
    add("--judge-images", help="their folder (default: beside the JSON, with its name)")
    add("--out", default="runs/ablation", help="folder of the runs; finished ones stay measured")
    add("--keep-weights", action="store_true", help="keep each run's weights once it is measured")
    names = ", ".join(ROWS)
    add("--rows", nargs="+", default=list(ROWS), choices=list(ROWS), metavar="ROW", help=names)
    add("--seeds", nargs="+", type=int, default=[0, 1, 2])
    add("--pictures", type=int, default=12_000, help="samples a run sees (default %(default)s)")
    add("--width", type=int, default=256, help="of the network's input, a multiple of 32")
    add("--height", type=int, default=192, help="likewise")
    add("--device", default="auto", help="auto, cuda, mps or cpu")
    add("--results", type=_file, help="where the table goes (default: ablation.json in --out)")
    parser.set_defaults(command=_ablate)


def _ablate(chosen: argparse.Namespace) -> None:
    from dualviz.training.ablation import Plan, ablate

    plan = Plan(**{f.name: getattr(chosen, f.name) for f in fields(Plan)})
    results = chosen.results or Path(chosen.out) / "ablation.json"
    rows = [ROWS[name] for name in chosen.rows]
    for made in ablate(plan, rows, chosen.seeds, chosen.device, load_ablation(results)):
        save_ablation(made, results)
    print(_ablation_table(made))
    print(f"{results}: {len(made.runs)} runs; the page Ablation shows assets/ablation.json")


def _ablation_table(made: Ablation) -> str:
    lines = [f"{'row':<14} {'AP + NMS':>14} {'AP one-to-one':>14} {'Top-1 %':>14}  seeds"]
    for row in made.rows:
        measures = (
            partial(Trained.points, path="one2many + NMS"),
            partial(Trained.points, path="one2one"),
            lambda run: 100 * run.figures.alignment[0],
        )
        cells = [made.spread(row, measure) for measure in measures]
        seeds = max(cell.seeds for cell in cells)
        lines.append(
            " ".join([f"{row.name:<14}", *(f"{c.words():>14}" for c in cells), f" {seeds}"])
        )
    return "\n".join(lines)


def _export_command(parser: argparse.ArgumentParser) -> None:
    from dualviz import export

    export.add_arguments(parser)
    parser.set_defaults(command=export.run)


def _table(result: Evaluation, device: str) -> str:
    lines = [f"{'path':<16} {'AP':>6} {'AP50':>6} {'duplicates':>11} {'ms':>6}"]
    for name, path in result.paths.items():
        lines.append(
            f"{name:<16} {path.ap:>6.3f} {path.ap50:>6.3f} {path.duplicates:>11.2f} "
            f"{path.milliseconds:>6.2f}"
        )
    shares = " / ".join(f"{share:.1%}" for share in result.alignment)
    lines += [
        f"one-to-one picks inside the one-to-many top 1 / 5 / 10: {shares}",
        f"supervision gap: mean {result.gap.mean():.2f}, floor {result.floor.mean():.2f}, "
        f"ceiling {result.ceiling.mean():.2f} over {len(result.gap)} objects",
        f"network, both heads: {result.network_milliseconds:.1f} ms a picture on {device} "
        f"(median of {result.pictures})",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
