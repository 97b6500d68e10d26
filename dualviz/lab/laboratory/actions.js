// What keys and buttons do, by the names that keys.js and the buttons' data-do have.

import { paperKnobs } from "./controls.js";
import { VIEW } from "../engine/knobs.js";

/** {actions, buttons}: of keys, and of the clicks on [data-do], which do a little more. */
export function createActions(lab, { steps, editor, drawer, tips }) {
  const actions = {
    steps,
    editor,
    help: () => {
      const dialog = lab.part("help");
      if (dialog.open) dialog.close();
      else dialog.showModal();
    },
    lock: () => lab.setKnobs({ locked: !lab.knobs.locked }),
    reset: () => lab.setKnobs(paperKnobs(lab.knobs)),
    edit: () => {
      lab.takeUp(lab.tool === "edit" ? "look" : "edit");
      editor.drop();
      drawer.toggle(false);
    },
    undo: () => lab.history.canUndo && lab.travel("undo"),
    redo: () => lab.history.canRedo && lab.travel("redo"),
    more: () => drawer.toggle(),
    formula: () => lab.setView({ formula: !lab.view.formula, panel: "why" }),
    panel: () => lab.setView({ panel: VIEW.panel[(VIEW.panel.indexOf(lab.view.panel) + 1) % VIEW.panel.length] }),
    leave: () => {
      if (editor.holds()) editor.drop();
      else if (drawer.open) drawer.toggle(false);
      else if (lab.tool === "edit") actions.edit();
      else if (lab.view.pin >= 0) lab.pin(lab.view.pin);
      else lab.inspect(-1, true);
      tips.hide();
    },
  };
  const count = () => Math.max(1, lab.history.present.boxes.length);
  const buttons = {
    ...actions,
    formula: () => lab.setView({ formula: !lab.view.formula }),
    table: () => {
      lab.setView({ table: !lab.view.table });
      drawer.toggle(false);
      if (lab.view.table) requestAnimationFrame(() => requestAnimationFrame(() => lab.part("scroll").scrollIntoView({ block: "nearest" })));
    },
    large: () => lab.setView({ large: !lab.view.large }),
    unpin: () => lab.pin(lab.view.pin),
    previous: () => lab.choose((lab.object - 1 + count()) % count()),
    next: () => lab.choose((lab.object + 1) % count()),
    zoom: () => lab.setView({ zoom: !lab.view.zoom }),
    delete: () => editor.remove(),
    detections: () => editor.detections(),
    "own-truth": () => lab.edit(lab.own, -2),
    play: () => steps.toggle(),
    "step-back": () => steps.by(-1),
    "step-on": () => steps.by(1),
  };
  return { actions, buttons };
}
