// The address of a page that stands alone: what it says, by name, and the same with another state in it.

/** What an address says, of its query and, over it, of its fragment. @param given anything that has `search` and `hash` */
export function askedFor(given = location) {
  return Object.fromEntries([...new URLSearchParams(given.search), ...new URLSearchParams(given.hash.slice(1))]);
}

/** Put what an address says into the address bar, behind "#". */
export function writeAddress(said) {
  try {
    history.replaceState(null, "", `${location.pathname}#${new URLSearchParams(said)}`);
  } catch {
    // a page opened from a disk, or in a closed frame, may refuse: the link is a convenience there
  }
}

/** A link that differs from this page's address only behind "#" opens like any other. */
export function followAddress() {
  addEventListener("hashchange", () => location.reload());
}
