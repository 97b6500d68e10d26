// A component's state, kept by the page: Streamlit takes components down and mounts them again without Python's knowledge.

/** The state kept for a room's component of this key, if it is of this payload and revision of the seed; else null. */
export function keptState(room, key, id, rev) {
  const held = globalThis.dualvizKept?.get(`${room} ${key}`);
  return held && held.id === id && held.rev === rev ? held.state : null;
}

/** Let the page keep it; a component without a key is nobody's to find again. */
export function keepState(room, key, id, rev, state) {
  if (key === undefined) return;
  globalThis.dualvizKept ??= new Map();
  globalThis.dualvizKept.set(`${room} ${key}`, { rev, id, state });
}
