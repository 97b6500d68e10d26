"""The browser's network runtime, onnxruntime-web (MIT), from npm: fetched once into the cache, and never without being asked.

npm takes it from wherever it is set up to; a folder of the package that is there already can be named instead.
"""

import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from dualviz.detector.catalogue import cache_folder
from dualviz.words import UserError

PACKAGE, VERSION = "onnxruntime-web", "1.30.0"
RUNTIMES = {  # module and binary: on the processor, and where a browser has one on the graphics processor
    "wasm": ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"),
    "webgpu": ("ort.webgpu.bundle.min.mjs", "ort-wasm-simd-threaded.asyncify.wasm"),
}
FILES = tuple(name for pair in RUNTIMES.values() for name in pair)
FETCH_SECONDS = 300


def runtime_files(folder: Path | None = None) -> dict[str, Path]:
    """The runtime's files by name.

    Args:
        folder: an unpacked package, or its `dist`; fetched by npm into the cache where none is given.

    Raises:
        UserError: there is no npm, it cannot fetch the package, or the folder lacks a file.
    """
    place = folder or cache_folder() / f"{PACKAGE}-{VERSION}"
    if folder is None and not all((place / name).is_file() for name in FILES):
        _fetch(place)
    for dist in (place, place / "dist", place / "package" / "dist"):
        files = {name: dist / name for name in FILES}
        if all(path.is_file() for path in files.values()):
            return files
    raise UserError(
        "{folder} lacks {files} of {package}",
        folder=place,
        files=" or ".join(FILES),
        package=PACKAGE,
    )


def _fetch(place: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise UserError(
            "there is no npm on this machine, which brings {package}; name an unpacked copy with --runtime",
            package=PACKAGE,
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as name:
        try:
            done = subprocess.run(
                [npm, "pack", "--json", f"{PACKAGE}@{VERSION}"],
                cwd=name,
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=FETCH_SECONDS,
                check=True,
            )
            packed = Path(name) / json.loads(done.stdout)[0]["filename"]
            with tarfile.open(packed) as archive:
                wanted = [f"package/dist/{file}" for file in FILES]
                for member in [
                    archive.getmember(file) for file in [*wanted, "package/package.json"]
                ]:
                    archive.extract(member, Path(name) / "whole", filter="data")
        except (
            OSError,
            ValueError,
            KeyError,
            LookupError,
            subprocess.SubprocessError,
            tarfile.TarError,
        ) as error:
            words = getattr(error, "stderr", "") or str(error)
            raise UserError(
                "npm could not bring {package} {version} ({why}); name an unpacked copy with --runtime",
                package=PACKAGE,
                version=VERSION,
                why=" ".join(words.split())[:200],
            ) from error
        shutil.rmtree(place, ignore_errors=True)
        (Path(name) / "whole" / "package" / "dist").replace(place)
