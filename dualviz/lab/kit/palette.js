// One meaning, one colour: Okabe and Ito's, on a light and a dark ground. The same values as in dualviz/charts/palette.py; a
// test holds the two together, and the sheets kit/ground.css and detections/room.css with them.

export const PALETTE = {
  light: { many: "#0072B2", one: "#D55E00", lost: "#5f5f5f", faint: "#555555" },
  dark: { many: "#56B4E9", one: "#E69F00", lost: "#b8b8b8", faint: "#b8b8b8" },
};
export const LIGHT_CASING = "#ffffff"; // of the two that every mark on a picture has; truth is drawn in it
export const DARK_CASING = "#111111";
export const DUPLICATE_INK = "#CC79A7";
export const DUPLICATE_PLATE = "#7c2a5f"; // the same below light words
export const FLAG_PLATE = "#ffe27a"; // of an object that ends without a positive or is missed
export const PLATE = "rgba(255,255,255,.85)"; // below words on a picture
export const FAINT_PLATE = "rgba(255,255,255,.72)";
export const ARROW_INK = "#222222"; // from a box to the one that suppresses it
export const REMOVED_INK = "#b00020"; // crosses over what a setting would remove

/** Cividis, 16 stops of Matplotlib's table (CC0): even in lightness, and the same for colour-blind eyes. */
export const CIVIDIS =
  "00224e002e6c1e3a6f35456c47516c575d6d666970757575848279948e77a59c74b7a96ec8b866dbc75aeed649fee838";
export const HEAT_OPACITY = [120, 235]; // of 255, at the least and the most

/** Blue, white, red for what is pushed up, left alone, pushed down: [share of the scale, RGBA]; nothing is nearly clear. */
export const PUSH_STOPS = [
  [0, 0, 90, 170, 0.95], [0.2, 70, 150, 215, 0.85], [0.45, 235, 243, 250, 0.5], [0.5, 255, 255, 255, 0.2],
  [0.55, 252, 238, 235, 0.5], [0.8, 230, 100, 75, 0.85], [1, 175, 25, 30, 0.95],
];
