// What a device remembers of the lessons: where each stands, its guesses and written words, which are done. Nothing is sent
// anywhere. A frame may forbid storage: then it lasts as long as the page.

const MEMORY_KEY = "dualviz.lessons";

export function createMemory() {
  let held = {};

  function read() {
    try {
      const text = globalThis.localStorage.getItem(MEMORY_KEY);
      const known = text ? JSON.parse(text) : {};
      return typeof known === "object" && known !== null ? known : {};
    } catch {
      return held;
    }
  }
  held = read();

  return {
    /** {step, guesses, written, done, score} of a lesson by its id, or null. */
    of: (id) => held[id] ?? null,
    keep(id, patch) {
      held = { ...read(), ...held };
      held[id] = { ...held[id], ...patch };
      try {
        globalThis.localStorage.setItem(MEMORY_KEY, JSON.stringify(held));
      } catch {
        // kept by this page alone
      }
    },
    get done() {
      return Object.keys(held).filter((id) => held[id]?.done).map(Number);
    },
  };
}
