// All lessons on the static site: their pictures came with scripts before this one.

import { base64Bytes } from "../engine/payload.js";
import { mountCourse } from "../lesson/lesson.js";

/** Bring the lessons to life; what they ask for are pages beside this one. */
function openLessons(course) {
  const text = new TextEncoder().encode(JSON.stringify(course));
  const carried = (name) => (name === "course" ? text : base64Bytes(globalThis.dualvizPictures.get(name)));
  const onAsk = ({ kind, page, link }) => {
    if (kind === "open" && page === "lab") location.assign(`laboratory.html?${new URLSearchParams(link)}`);
    else if (kind === "open") location.assign("index.html");
  };
  mountCourse(document.querySelector("main"), carried, { onAsk });
}
