// The keyboard and a presenter's clicker: Space, → and Page Down go on, ← and Page Up back, 1 2 3 answer, P presents, N opens the
// notes, Escape ends. A key is left alone where a field, a slider or a button wants it.

/** Listen on the page; returns what stops listening. */
export function listenLesson(live) {
  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.composedPath()[0];
    const inside = event.composedPath().includes(live.root);
    const idle = target === document.body || target === document.documentElement;
    if (!inside && !idle) return;
    const typing = target.matches?.('textarea, select, input:not([type="range"], [type="checkbox"])');
    if (typing && event.key !== "Escape") return;
    const slides = target.matches?.('input[type="range"], canvas[tabindex]');
    const presses = target.matches?.("button, a, summary, input, label");
    const act = actOf(event.key, { slides, presses });
    if (!act || (live.shown !== "lesson" && act !== "leave")) return;
    if (doKey(act, event.key)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  function actOf(key, { slides, presses }) {
    if (/^[1-9]$/.test(key)) return "answer";
    if (key === "Escape") return "leave";
    if ((key === "ArrowRight" || key === "ArrowLeft") && slides) return "";
    if (key === " " && presses) return "";
    if (key === " " || key === "ArrowRight" || key === "PageDown") return "on";
    if (key === "ArrowLeft" || key === "PageUp") return "back";
    if (key === "p" || key === "P") return "present";
    return key === "n" || key === "N" ? "notes" : "";
  }

  function doKey(act, key) {
    if (act === "on") live.waits() ? null : live.next();
    else if (act === "back") live.by(-1);
    else if (act === "present") live.present(!live.presenting);
    else if (act === "notes") live.notes.show();
    else if (act === "leave") {
      if (!live.presenting) return false;
      live.present(false);
    } else {
      const open = live.steps().find(({ id, answer }) => answer?.type === "choice" && live.way.guesses[id] === undefined);
      const option = open?.answer.options[Number(key) - 1];
      if (!option) return false;
      live.guess(open, option.key);
    }
    return true;
  }

  document.addEventListener("keydown", press);
  return () => document.removeEventListener("keydown", press);
}
