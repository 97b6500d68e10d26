// The address of a stand-alone page holds the laboratory's state.

import { linkQuery, parseLink } from "../engine/knobs.js";

/** The state in the address of a stand-alone page, or null. */
export function readLink({ standalone }) {
  try {
    return standalone && location.hash.length > 1 ? parseLink(location.hash.slice(1)) : null;
  } catch {
    return null;
  }
}

/** Put the state into the address of a stand-alone page. */
export function writeLink({ standalone }, state) {
  if (!standalone) return;
  try {
    history.replaceState(null, "", `#${linkQuery(state)}`);
  } catch {
    // a page opened from a disk may refuse: the link is a convenience there
  }
}
