// The link to a page as it stands: to copy, and as a code to photograph, drawn here.

import { qrCode } from "../engine/qr.js";
import { setWords } from "../kit/ink.js";
import { t } from "../kit/words.js";

const QUIET = 4; // modules of white around the code

/** Bring the header's button to life. @param limits gives a sentence on what the link leaves out, or "" */
export function createShare(limits = () => "") {
  const dialog = document.querySelector(".dvx-share");
  const part = (name) => dialog.querySelector(`[data-part=${name}]`);

  function open() {
    const { href } = location;
    part("address").value = href;
    setWords(part("copied"), "");
    const code = reachable() ? qrCode(href) : null;
    part("code").toggleAttribute("hidden", !code);
    if (code) draw(part("code"), code);
    setWords(part("reach"), [whyNot(code), limits()].filter(Boolean).join(" "));
    dialog.showModal();
    part("address").select();
  }

  async function copy() {
    part("address").select();
    try {
      await navigator.clipboard.writeText(part("address").value);
      setWords(part("copied"), t("Copied."));
    } catch {
      setWords(part("copied"), t("The browser did not let the page copy: copy the marked text with Ctrl+C."));
    }
  }

  document.querySelector("[data-do=share]").addEventListener("click", open);
  part("copy").addEventListener("click", copy);
}

/** Whether another device could open this address. */
function reachable() {
  return location.protocol.startsWith("http") && !/^(localhost|127\.|\[::1\])/.test(location.hostname);
}

function whyNot(code) {
  if (code) return "";
  if (location.protocol === "file:") return t("Opened from a disk: only this computer knows this address.");
  return reachable() ? t("The link is too long for a code.") : t("Only this computer knows this address: open the page by the name that the network knows.");
}

function draw(svg, rows) {
  const side = rows.length + 2 * QUIET;
  const cells = rows.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : []))).join("");
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  svg.innerHTML = `<path fill="white" d="M0 0h${side}v${side}h-${side}z"/><path fill="black" shape-rendering="crispEdges" d="${cells}"/>`;
}
