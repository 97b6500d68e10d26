// One frame: what changes is marked and asks for the browser's next frame; there everything marked is drawn once. Python
// hears of the state only when the hand lets go, and only of a state that has been drawn.

const RELEASE_PAUSE = 90; // milliseconds in which several releases become one message
const FRAMES_KEPT = 2000;

/**
 * @param names what can be marked; at first all of it is.
 * @param paint draws one frame, given {name: whether it is marked}.
 * @param tally {renders, lastMs, frames}: how many frames there were and how long each took, in milliseconds.
 */
export function createFrame(names, paint, tally) {
  const dirty = Object.fromEntries(names.map((name) => [name, true]));
  let asked = 0;
  let open = false;

  function draw() {
    asked = 0;
    const start = performance.now();
    paint(dirty);
    for (const name of names) dirty[name] = false;
    tally.renders += 1;
    tally.lastMs = performance.now() - start;
    tally.frames.push(tally.lastMs);
    if (tally.frames.length > FRAMES_KEPT) tally.frames.shift();
  }

  function mark(...marked) {
    for (const name of marked) dirty[name] = true;
    if (open && !asked) asked = requestAnimationFrame(draw);
  }

  return {
    mark,
    markAll: () => mark(...names),
    /** From here on a mark asks for a frame: there is something to draw. */
    open() {
      open = true;
    },
    /** Draw at once what waits for the next frame. */
    now() {
      cancelAnimationFrame(asked);
      draw();
    },
    stop: () => cancelAnimationFrame(asked),
    get waits() {
      return asked !== 0;
    },
  };
}

/** What tells of the state when the hand lets go: `send()` a moment after the last release, once no frame waits. */
export function createRelease(frame, send) {
  let timer = 0;
  function release() {
    clearTimeout(timer);
    timer = setTimeout(() => (frame.waits ? release() : tell()), RELEASE_PAUSE);
  }
  function tell() {
    timer = 0;
    send();
  }
  /** Send at once what was let go, if anything waits to be. */
  function settle() {
    if (!timer) return;
    clearTimeout(timer);
    if (frame.waits) frame.now();
    tell();
  }
  return { release, settle, stop: () => clearTimeout(timer) };
}
