// A drawn box follows what lay in it by its pixels alone, so that neither head has a say in what counts as an object.

const SAMPLES = 16; // along a side of the patch that is compared
const REACH = 20; // pixels a box may move from one picture to the next
const COARSE = 4;
const RENEWED = 0.15; // share of the newest picture in what is looked for: light and shape may change slowly
const ALIKE = 0.6; // of the patch's own contrast: a place that differs by more is another thing

/**
 * Follows a box over the pictures of a stream; its size stays.
 *
 * @param picture {rgba, width, height} that the box was drawn on
 * @param box xyxy in pixels of the picture
 * @returns next(picture) → the box where it is now; where nothing like it is near, it stays
 */
export function createPatch(picture, box) {
  let shift = [0, 0];
  const at = ([dx, dy]) => [box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy];
  const wanted = lightIn(picture, box);
  const contrast = wanted.reduce((sum, value) => sum + Math.abs(value), 0);

  return function next(now) {
    let best = { by: shift, off: Infinity };
    const search = ([x, y], reach, step) => {
      for (let dy = -reach; dy <= reach; dy += step) {
        for (let dx = -reach; dx <= reach; dx += step) {
          const by = [x + dx, y + dy];
          if (!inside(at(by), now)) continue;
          const off = difference(lightIn(now, at(by)), wanted) + 1e-6 * Math.hypot(dx, dy); // a tie stays nearest
          if (off < best.off) best = { by, off };
        }
      }
    };
    search(shift, REACH, COARSE);
    search(best.by, COARSE - 1, 1);
    if (best.off > ALIKE * contrast) return at(shift);
    shift = best.by;
    lightIn(now, at(shift)).forEach((value, i) => (wanted[i] += RENEWED * (value - wanted[i])));
    return at(shift);
  };
}

/** Green light on a grid over a box, less its mean. */
function lightIn({ rgba, width, height }, [x1, y1, x2, y2]) {
  const light = new Float32Array(SAMPLES * SAMPLES);
  let sum = 0;
  for (let i = 0; i < SAMPLES; i += 1) {
    const y = Math.min(height - 1, Math.max(0, Math.round(y1 + ((i + 0.5) / SAMPLES) * (y2 - y1) - 0.5)));
    for (let j = 0; j < SAMPLES; j += 1) {
      const x = Math.min(width - 1, Math.max(0, Math.round(x1 + ((j + 0.5) / SAMPLES) * (x2 - x1) - 0.5)));
      const value = rgba[4 * (y * width + x) + 1];
      light[i * SAMPLES + j] = value;
      sum += value;
    }
  }
  const mean = sum / light.length;
  return light.map((value) => value - mean);
}

function difference(one, other) {
  let sum = 0;
  for (let i = 0; i < one.length; i += 1) sum += Math.abs(one[i] - other[i]);
  return sum;
}

/** Whether the middle of a box lies in the picture. */
function inside([x1, y1, x2, y2], { width, height }) {
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  return x >= 0 && y >= 0 && x <= width && y <= height;
}
