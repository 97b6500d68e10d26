// One file of several pictures: one is chosen, and seen in the laboratory or by its detections; lessons may go along. The address
// says which: #pic=crowded&view=detections, and the knobs as everywhere (?a= or #a=).

import { mountDetections } from "../detections/detections.js";
import { FILTERS, defaultKnobs, linkQuery, linkToTable, parseLink, tableToLink } from "../engine/knobs.js";
import { tellFrame } from "../kit/parent.js";
import { mountLaboratory } from "../laboratory/laboratory.js";
import { mountCourse } from "../lesson/lesson.js";
import { withSeed } from "../network/pack.js";

const ROOMS = ["laboratory", "detections", "lesson"];

/**
 * Bring the page to life.
 * @param carried gives the bytes of a part by its name
 * @param album {pictures: {name: {title, part, own, facts: [[key, words]], start}}, lessons: whether the part "course" is there}
 */
function openAlbum(carried, { pictures, lessons }) {
  const part = (name) => document.querySelector(`[data-album=${name}]`);
  const section = (name) => document.querySelector(`section[data-room=${name}]`);
  const asked = Object.fromEntries([...new URLSearchParams(location.search), ...new URLSearchParams(location.hash.slice(1))]);
  const names = Object.keys(pictures);
  const chosen = { picture: names.includes(asked.pic) ? asked.pic : names[0], room: ROOMS.includes(asked.view) ? asked.view : lessons && asked.lesson ? "lesson" : "laboratory" };
  let link = Object.fromEntries(Object.entries(asked).filter(apart)); // what the address says of knobs, object and filters
  let rev = 0;
  const rooms = {};
  const mounts = {
    laboratory: (bytes) => mountLaboratory(section("laboratory"), bytes, { standalone: true, onRelease: (state) => keep({ ...filtersOf(link), ...Object.fromEntries(new URLSearchParams(linkQuery(state))) }) }),
    detections: (bytes) => mountDetections(section("detections"), bytes, { onRelease: ({ settings }) => keep({ ...knobsOf(link), ...tableToLink(FILTERS, settings) }) }),
  };

  /** The address bar, and who frames the page, hear of the state. */
  function keep(said) {
    link = said;
    const known = { pic: chosen.picture, ...(chosen.room === "laboratory" ? {} : { view: chosen.room }), ...said };
    const query = new URLSearchParams(known).toString();
    try {
      history.replaceState(null, "", `${location.pathname}#${query}`);
    } catch {
      // a page opened from a disk, or in a closed frame, may refuse
    }
    tellFrame("state", { link: query });
  }

  function seedOf({ own, start }) {
    const state = parseLink(new URLSearchParams(link).toString());
    if (chosen.room === "laboratory") return { ...state, rev, own };
    const settings = linkToTable(FILTERS, link);
    if (!("conf" in link)) settings.conf = start;
    return { rev, own, settings, start, knobs: state.knobs ?? defaultKnobs() };
  }

  function show() {
    rev += 1;
    for (const name of ROOMS) section(name).hidden = name !== chosen.room;
    for (const button of part("rooms").children) button.toggleAttribute("aria-current", button.dataset.room === chosen.room);
    part("picture").value = chosen.picture;
    part("picture").disabled = chosen.room === "lesson"; // a lesson has pictures of its own
    const entry = pictures[chosen.picture];
    part("facts").replaceChildren(...entry.facts.flatMap(([key, words]) => [text("dt", key), text("dd", words)]));
    if (chosen.room === "lesson") {
      rooms.lesson ??= mountCourse(section("lesson"), carried, {});
      return;
    }
    keep(link); // the laboratory reads its knobs there
    const bytes = withSeed(carried(entry.part), seedOf(entry));
    if (rooms[chosen.room]) rooms[chosen.room].update(bytes);
    else rooms[chosen.room] = mounts[chosen.room](bytes);
  }

  for (const [name, { title }] of Object.entries(pictures)) part("picture").append(new Option(title, name));
  part("picture").addEventListener("change", () => {
    chosen.picture = part("picture").value;
    const { o, t, ...rest } = link; // object and drawn boxes are of the picture before
    link = rest;
    show();
  });
  for (const button of part("rooms").children) {
    button.hidden = button.dataset.room === "lesson" && !lessons;
    button.addEventListener("click", () => {
      chosen.room = button.dataset.room;
      show();
    });
  }
  show();
}

const text = (tag, words) => Object.assign(document.createElement(tag), { textContent: words });
const isFilter = ([name]) => Object.values(FILTERS).some(({ letter }) => letter === name);
const apart = ([name]) => !["pic", "view", "lesson", "step", "guess"].includes(name);
const filtersOf = (link) => Object.fromEntries(Object.entries(link).filter(isFilter));
const knobsOf = (link) => Object.fromEntries(Object.entries(link).filter((entry) => !isFilter(entry)));
