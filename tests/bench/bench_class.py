"""A class on one server: `python tests/bench/bench_class.py --users 30 --seconds 20`.

Every user is a socket that speaks Streamlit's protobuf as a browser does: it opens the laboratory on a rendered smear of
its own, lets go of α once a second with the state and the claim that the browser's own engine computes (in node), and takes
a new smear every 20 seconds. Printed: milliseconds from sending to the end of the script, the server's CPU a release, its
memory a user, and how many answers agreed with the claim. The machine's load stands beside them: only the CPU figure means
much on a busy one. `--address` takes a server that runs already, for instance behind nginx: CPU and memory are then not
known, and a user whose server dies comes back with the link it had.
"""

import argparse
import asyncio
import base64
import json
import os
import re
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from urllib.parse import urlsplit
from urllib.request import HTTPCookieProcessor, Request, build_opener

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.bench.bench_app import served

ROOT = Path(__file__).resolve().parents[2]
ALPHAS = (0.4, 0.6, 0.8, 1.0)
NEW_PICTURE = 20.0  # seconds
NODE = os.environ.get("NODE", "node")
ENGINE = """
import { createInterface } from "node:readline";
const { createEngine } = await import("./dualviz/lab/engine/engine.js");
const { cleanState, releaseState } = await import("./dualviz/lab/engine/knobs.js");
const { base64Bytes, unpack } = await import("./dualviz/lab/engine/payload.js");
for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  const payload = unpack(base64Bytes(given.payload));
  const engine = createEngine(payload);
  engine.setTruth(payload.seed.own);
  const states = given.alphas.map((alpha) => {
    const state = cleanState({ ...payload.seed, object: 0 });
    state.knobs.alpha = alpha;
    engine.compute(state.knobs, state.object);
    return releaseState(state, engine.claim(), payload.id);
  });
  console.log(JSON.stringify(states));
}
"""


class Engine:
    """The browser's engine in node: states with claims of a payload, one payload at a time."""

    async def start(self) -> None:
        """Start node; it ends with this process."""
        self.node = await asyncio.create_subprocess_exec(
            *("nice", NODE, "--input-type=module", "-e", ENGINE),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
            limit=2**24,
        )
        self.lock = asyncio.Lock()

    async def states(self, payload: bytes) -> list[dict]:
        """What the browser would send of this payload for each of `ALPHAS`."""
        given = {"payload": base64.b64encode(payload).decode(), "alphas": ALPHAS}
        async with self.lock:
            self.node.stdin.write(json.dumps(given).encode() + b"\n")
            await self.node.stdin.drain()
            return json.loads(await self.node.stdout.readline())


class User:
    """One browser tab."""

    bundled = False

    def __init__(self, number: int, address: str, engine: Engine, seen: dict) -> None:
        self.number, self.address, self.engine, self.seen = number, address, engine, seen
        self.random = Random(number)
        self.query = "pic=crowded" if self.bundled else f"pic=rendered&seed={number + 1}"
        self.states: list[dict] = []
        self.every = NEW_PICTURE

    async def connect(self) -> None:
        """Open the page, from the address it had, and stay."""
        await self.open()
        self.states = await self.engine.states(self.payload)

    async def open(self) -> None:
        """Open the page, from the address it had, and see all of it."""
        browser = build_opener(HTTPCookieProcessor())
        page = Request(f"{self.address}/laboratory", headers={"User-Agent": "bench"})
        answer = await asyncio.to_thread(browser.open, page, timeout=30)
        cookies = [head.split(";")[0] for head in answer.headers.get_all("Set-Cookie") or []]
        parts = urlsplit(self.address)
        self.socket = await websockets.connect(
            f"ws://{parts.netloc}/_stcore/stream",
            subprotocols=["streamlit"],
            additional_headers={"Cookie": "; ".join(cookies), "Origin": self.address},
            max_size=None,
            open_timeout=60,
        )
        self.cache: dict[str, ForwardMsg] = {}
        self.widgets: dict[str, str] = {}
        self.fragment = self.component = ""
        await self.run({})

    async def run(self, widgets: dict[str, tuple[str, object]], fragment: str = "") -> bool:
        """Send widgets and wait for the end of the script; whether Python said that it agrees."""
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.page_name = self.query, "laboratory"
        asked.fragment_id = fragment
        asked.cached_message_hashes.extend(self.cache)
        for name, (kind, value) in widgets.items():
            widget = asked.widget_states.widgets.add(id=name)
            setattr(widget, kind, value)
        began = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        agreed = False
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(await self.socket.recv())
            kind = answer.WhichOneof("type")
            if kind == "ref_hash":
                answer = self.cache[answer.ref_hash]
                kind = answer.WhichOneof("type")
            elif answer.metadata.cacheable:
                self.cache[answer.hash] = answer
            if kind == "delta":
                agreed |= self._take(answer.delta)
            elif kind == "page_info_changed":
                self.query = answer.page_info_changed.query_string
            elif kind == "script_finished":
                self.took = 1e3 * (time.perf_counter() - began)
                return agreed

    def _take(self, delta) -> bool:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "number_input" and element.number_input.label == "Seed":
            self.widgets["seed"] = element.number_input.id
        elif kind == "bidi_component" and "laboratory" in element.bidi_component.component_name:
            self.component, self.fragment = element.bidi_component.id, delta.fragment_id
            self.payload = element.bidi_component.bytes
        elif kind == "exception":
            self.seen["faults"][element.exception.message[:100]] += 1
        return kind == "markdown" and ":material/verified:" in element.markdown.body

    async def live(self, until: float) -> None:
        """Let go once a second, take a new picture every 20 seconds, come back if the server dies."""
        picture_due = time.monotonic() + self.random.random() * self.every
        due = time.monotonic() + self.random.uniform(0, 1)
        while due < until:
            await asyncio.sleep(max(0, due - time.monotonic()))
            due = max(due + 1, time.monotonic())
            try:
                if time.monotonic() >= picture_due:
                    picture_due += self.every
                    await self.new_picture()
                else:
                    await self.release()
            except (websockets.ConnectionClosed, OSError):
                await self.come_back()

    async def release(self) -> None:
        """Let go of α."""
        state = self.random.choice(self.states)
        self.alpha = state["knobs"]["alpha"]
        sent = {self.component: ("json_value", json.dumps({"state": state}))}
        agreed = await self.run(sent, self.fragment)
        self.seen["release"].append(self.took)
        self.seen["agreed"] += agreed

    async def new_picture(self) -> None:
        """Turn the seed: another smear is rendered and both heads look at it."""
        self.number += 1000
        await self.run({self.widgets["seed"]: ("int_value", self.number + 1)})
        self.seen["picture"].append(self.took)
        self.states = await self.engine.states(self.payload)

    async def come_back(self) -> None:
        """Connect again with the link this tab had, as a browser does, and see what the page then shows."""
        began, link = time.monotonic(), self.query
        while True:
            try:
                await self.open()
                break
            except (OSError, websockets.WebSocketException):
                await asyncio.sleep(0.5)
        self.seen["back"].append(time.monotonic() - began)
        self.seen["kept"] += self.query == link
        self.states = await self.engine.states(self.payload)


def process_seconds(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def process_megabytes(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def spread(values: list[float]) -> str:
    """Median and 95th percentile."""
    if not values:
        return "none"
    values = sorted(values)
    return f"{values[len(values) // 2]:.0f} / {values[int(0.95 * len(values))]:.0f} ms of {len(values)}"


async def lesson(
    address: str, users: int, seconds: float, pid: int, kill: int = 0, every: float = NEW_PICTURE
) -> None:
    """Let so many users work and print what they met."""
    engine = Engine()
    await engine.start()
    seen: dict = {"release": [], "picture": [], "back": [], "agreed": 0, "kept": 0}
    seen["faults"] = Counter()
    first = User(0, address, engine, seen)
    await first.connect()
    before = process_megabytes(pid) if pid else 0
    tabs = [User(number, address, engine, seen) for number in range(1, users + 1)]
    for tab in tabs:
        tab.every = every
    for some in range(0, users, 5):
        await asyncio.gather(*(tab.connect() for tab in tabs[some : some + 5]))
    cpu = process_seconds(pid) if pid else 0
    until = time.monotonic() + seconds
    if kill:
        asyncio.get_running_loop().call_later(seconds / 2, os.kill, kill, signal.SIGKILL)
    await asyncio.gather(*(tab.live(until) for tab in tabs))
    load = os.getloadavg()[0]
    print(f"{users} users for {seconds:.0f} s on {os.cpu_count()} cores at load {load:.1f}")
    print(f"a release, p50 / p95: {spread(seen['release'])}")
    print(f"a new picture, p50 / p95: {spread(seen['picture'])}")
    print(f"answers that agree: {seen['agreed']} of {len(seen['release'])}")
    if pid:
        used = 1e3 * (process_seconds(pid) - cpu) / max(1, len(seen["release"]))
        print(f"CPU of the server a release, all its work included: {used:.0f} ms")
        after = process_megabytes(pid)
        print(f"memory: {before:.0f} MB with one user, {after:.0f} MB at the end: ", end="")
        print(f"{(after - before) / users:.1f} MB a user")
    if seen["back"]:
        print(f"back after their server died: {len(seen['back'])} users, the last within ", end="")
        print(f"{max(seen['back']):.1f} s; link kept by {seen['kept']}")
    for fault, times in seen["faults"].items():
        print(f"{times} × {fault}")
    engine.node.kill()
    await engine.node.communicate()


def main() -> None:
    """Start a server where none is given, and let the class in."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--pictures", type=float, default=NEW_PICTURE, help="seconds between two")
    parser.add_argument("--bundled", action="store_true", help="all see one bundled picture")
    parser.add_argument("--address", help="of a server that runs already, http://host:port")
    parser.add_argument("--kill", type=int, default=0, help="process to kill at half time")
    chosen = parser.parse_args()
    if chosen.bundled:
        User.bundled, chosen.pictures = True, float("inf")
    if chosen.address:
        asyncio.run(
            lesson(chosen.address, chosen.users, chosen.seconds, 0, chosen.kill, chosen.pictures)
        )
        return
    with served(ROOT / "app.py") as (address, pid):
        asyncio.run(lesson(address, chosen.users, chosen.seconds, pid, every=chosen.pictures))


if __name__ == "__main__":
    main()
