"""Claims about films in a real browser: it plays the video, and finds every frame where it looks for it."""

import argparse
import base64

import numpy as np
import pytest
from playwright.sync_api import Page

from dualviz.commands.export import add_arguments
from dualviz.commands.subject import shown_subject
from dualviz.detector.catalogue import available
from dualviz.exports.animation import LAST, film, film_file

pytestmark = pytest.mark.skipif(not available(), reason="no weights are bundled")


def test_a_browser_plays_the_video_and_seeks_in_it(page: Page) -> None:
    given = argparse.ArgumentParser()
    add_arguments(given)
    chosen = given.parse_args(
        ["--picture", "sparse", "--size", "128", "--object", "3", "--out", "x"]
    )
    swept = film("beta", shown_subject(chosen)[0], frames=4, width=400)
    data = base64.b64encode(film_file(swept, "webm", pace=2).data).decode()
    page.set_content("<video muted></video><canvas></canvas>")
    told = page.evaluate(
        """async (data) => {
          const video = document.querySelector("video");
          const wait = (name) => new Promise((done, fail) => {
            video.addEventListener(name, done, { once: true });
            video.addEventListener("error", () => fail(new Error(video.error.message)), { once: true });
          });
          video.src = `data:video/webm;base64,${data}`;
          await wait("loadedmetadata");
          const looks = [];
          for (const time of [0.25, 1.25, 1.75]) {
            const sought = wait("seeked");
            video.currentTime = time;
            await sought;
            const canvas = document.querySelector("canvas");
            [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
            const context = canvas.getContext("2d");
            context.drawImage(video, 0, 0);
            looks.push([...context.getImageData(0, 0, canvas.width, canvas.height).data]);
          }
          video.currentTime = 0;
          await video.play();
          await new Promise((done) => setTimeout(done, 700));
          return { duration: video.duration, size: [video.videoWidth, video.videoHeight], now: video.currentTime, looks };
        }""",
        data,
    )
    assert told["duration"] == pytest.approx((4 + LAST - 1) / 2, abs=0.3)
    assert told["size"] == [400, 224] and told["now"] > 0
    looks = [np.array(look, int).reshape(224, 400, 4)[..., :3] for look in told["looks"]]
    for look, place in zip(looks, (0, 2, 3)):
        apart = [np.abs(look - frame).mean() for frame in swept.frames]
        assert min(apart) == apart[place] < 12, apart
