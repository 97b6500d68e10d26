// The row of tabs below the three pictures. What a tab shows is a section of this component (why, steps, curves) or is drawn
// by the page below it (the others), which hears of the choice when the hand lets go.

import { setMark } from "../kit/ink.js";
import { t } from "../kit/words.js";

export const TAB_NAMES = {
  why: t("Why two boxes"),
  steps: t("NMS step by step"),
  curves: t("Curves"),
  calibration: t("Calibration"),
  crowds: t("Crowds"),
  starving: t("Starving objects"),
  time: t("Time"),
};

export function createTabs(page) {
  const holder = page.part("tabs");
  const sections = new Map([...page.root.querySelectorAll("[role=tabpanel][data-tab]")].map((section) => [section.dataset.tab, section]));
  // where no page stands below, as on the static site, only the tabs that this component draws
  const keys = Object.keys(TAB_NAMES).filter((key) => sections.has(key) || page.cases);
  const buttons = keys.map((key) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", id: `dvd-tab-${key}`, textContent: TAB_NAMES[key] });
    button.setAttribute("role", "tab");
    button.dataset.key = key;
    button.addEventListener("click", () => page.openTab(key));
    holder.append(button);
    return button;
  });
  holder.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: keys.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    const button = buttons[(to + keys.length) % keys.length];
    button.focus();
    button.click();
    event.preventDefault();
    event.stopPropagation();
  });
  return {
    show() {
      for (const button of buttons) {
        const chosen = button.dataset.key === page.view.tab;
        setMark(button, "aria-selected", String(chosen));
        button.tabIndex = chosen ? 0 : -1;
        if (chosen && holder.scrollWidth > holder.clientWidth) holder.scrollLeft = Math.max(0, button.offsetLeft - 40);
      }
      for (const [key, section] of sections) section.hidden = key !== page.view.tab;
    },
  };
}
