// What the static site says where something cannot be had, and where the network runs.

import { t } from "../kit/words.js";

/** One sentence about an error: its message is a key of this table, or its name is that of a browser's own. */
export function wordsOf(error) {
  const known = {
    "no picture": t("This is not a picture that this browser can show: expected JPEG, PNG, WebP, GIF, BMP or AVIF."),
    "too large": t("The picture has more than 50 megapixels: take a smaller one."),
    "too small": t("The picture has fewer than 16 pixels on a side: take a larger one."),
    "no file": t("A file of this page is missing: copy the whole folder."),
    renewed: t("A newer version of this site has been published: load the page again."),
    insecure: t("Browsers give a camera only to pages that come over https or from this machine (localhost): open this page so."),
    framed: t("The camera was not allowed: this page stands in a frame of another one, so open it in a tab of its own."),
    ended: t("The camera has ended: it was unplugged, or the browser took it back."),
    NotAllowedError: t("The camera was not allowed: allow it in the browser's settings for this page."),
    NotFoundError: t("This device has no camera that the page could use."),
    NotReadableError: t("Another program holds the camera: close it and try again."),
  };
  return known[error.message] ?? known[error.name] ?? t("The detector could not run here: {reason}", { reason: error.message });
}

/** What is to be said of truth that is a head's own output. */
export function flattered() {
  return t("What counts as an object here is the one-to-one head's own output, which flatters that head, so no alignment is told: draw your own boxes for a fair comparison.");
}

/** What the network runs on. */
export function deviceWords(device) {
  return device === "webgpu" ? t("graphics processor, WebGPU") : t("processor, WASM");
}
