// All lessons on the static site; a picture is loaded with the first lesson that shows it.

import { base64Bytes } from "../engine/payload.js";
import { askedFor, followAddress, writeAddress } from "../kit/address.js";
import { mountCourse } from "../lesson/lesson.js";
import { exerciseOf, goesToTongue } from "./asked.js";
import { textOf } from "./carried.js";
import { showExercise } from "./exercise.js";
import { createShare } from "./share.js";

/** Bring the lessons to life; what they ask for are pages beside this one. */
function openLessons({ root, course, ...site }) {
  if (goesToTongue({ root, ...site })) return;
  const { title, note, ...way } = askedFor();
  if (location.search) writeAddress(way); // the lesson reads where it stands behind "#"
  showExercise(exerciseOf({ title, note }), () => {});
  createShare();
  followAddress();
  const text = new TextEncoder().encode(JSON.stringify(course));
  const from = new URL(root, document.baseURI);
  const carried = (name) => (name === "course" ? text : textOf(name, from).then(base64Bytes));
  const onAsk = ({ kind, page, link }) => {
    if (kind === "open" && page === "lab") location.assign(`laboratory.html?${new URLSearchParams(link)}`);
    else if (kind === "open") location.assign("index.html");
  };
  mountCourse(document.querySelector("main"), carried, { onAsk });
}
