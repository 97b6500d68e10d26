// Where a lesson stands, in the address of a page that has no Python behind it.

/** {lesson, …} as the address says, or null where it names no lesson. */
export function readHash() {
  try {
    const link = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    return link.lesson ? link : null;
  } catch {
    return null;
  }
}

export function writeHash(link) {
  try {
    history.replaceState(null, "", `#${new URLSearchParams(link)}`);
  } catch {
    // a page in a closed frame may refuse: the link is a convenience there
  }
}
