// The pictures that come with the static site: scripts that say their own text, since a page on a disk may read no other file.

const known = (globalThis.dualvizPictures ??= new Map());

/** Take a picture along that this page carries itself. */
export function carry(file, text) {
  known.set(file, text);
}

/** The text of a picture's file, from the site's root on. */
export function textOf(file, root) {
  if (known.has(file)) return Promise.resolve(known.get(file));
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(file, root).href;
    script.onload = () => resolve(known.get(file));
    script.onerror = () => reject(new Error("no file"));
    document.head.append(script);
  });
}
