// A picture as the network sees it: resized to its longer side, grey borders up to whole strides, RGB in 0..1, channel by channel.
// The twin of dualviz/pictures/images.py: the same sizes and the same pixels, for it
// rounds where OpenCV does: one value of a picture off by one level moves a box of a wide picture by most of a pixel.

const PAD_GREY = 114; // the value YOLO models are trained with around the picture
const LEAST_PART = 1e-3; // of a pixel, as OpenCV's

/** Pixels (RGBA, a Uint8 array of width × height × 4) → {input Float32Array 3 × H × W, height, width, gain, pad: [left, top]}.
 *  @param size network pixels of the longer side  @param stride what both sides of the input are multiples of */
export function letterbox(rgba, width, height, size, stride) {
  const gain = size / Math.max(width, height);
  const inner = [Math.max(1, roundEven(width * gain)), Math.max(1, roundEven(height * gain))];
  const [wide, high] = inner.map((side) => Math.ceil(side / stride) * stride);
  const pad = [Math.floor((wide - inner[0]) / 2), Math.floor((high - inner[1]) / 2)];
  const pixels = resized(rgba, width, height, ...inner, gain < 0.5);
  const area = wide * high;
  const input = new Float32Array(3 * area).fill(PAD_GREY / 255);
  for (let y = 0; y < inner[1]; y += 1) {
    for (let x = 0; x < inner[0]; x += 1) {
      const from = 3 * (y * inner[0] + x);
      const to = (y + pad[1]) * wide + x + pad[0];
      for (let c = 0; c < 3; c += 1) input[c * area + to] = pixels[from + c] / 255;
    }
  }
  return { input, width: wide, height: high, gain, pad };
}

/** RGB of another size: by the four nearest pixels, or below half size by the mean of all that fall into one. */
export function resized(rgba, width, height, wide, high, averaged) {
  if (wide === width && high === height) return withoutAlpha(rgba);
  const scales = [1 / (wide / width), 1 / (high / height)];
  if (averaged && scales.every(isWhole)) return wholeMeans(rgba, width, wide, high, scales);
  const weights = averaged ? shares : neighbours;
  const across = weights(width, wide);
  const down = weights(height, high);
  const rows = averaged ? new Float32Array(3 * wide * height) : new Float64Array(3 * wide * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < wide; x += 1) {
      for (let c = 0; c < 3; c += 1) {
        let sum = 0;
        for (const [from, weight] of across[x]) {
          const part = weight * rgba[4 * (y * width + from) + c];
          sum = averaged ? Math.fround(sum + Math.fround(part)) : sum + part;
        }
        rows[3 * (y * wide + x) + c] = sum;
      }
    }
  }
  const pixels = new Uint8ClampedArray(3 * wide * high); // it rounds
  const line = 3 * wide;
  for (let y = 0; y < high; y += 1) {
    for (let i = 0; i < line; i += 1) {
      let sum = 0;
      if (averaged) for (const [from, weight] of down[y]) sum = Math.fround(sum + Math.fround(weight * rows[from * line + i]));
      else sum = wholeSum(down[y], rows, line, i);
      pixels[y * line + i] = sum;
    }
  }
  return pixels;
}

/** Means of whole blocks of pixels: a sum of whole numbers, multiplied once. */
function wholeMeans(rgba, width, wide, high, scales) {
  const [blockWide, blockHigh] = scales.map(Math.round);
  const share = Math.fround(1 / (blockWide * blockHigh));
  const pixels = new Uint8ClampedArray(3 * wide * high);
  for (let y = 0; y < high; y += 1) {
    for (let x = 0; x < wide; x += 1) {
      for (let c = 0; c < 3; c += 1) {
        let sum = 0;
        for (let dy = 0; dy < blockHigh; dy += 1) {
          for (let dx = 0; dx < blockWide; dx += 1) sum += rgba[4 * ((y * blockHigh + dy) * width + x * blockWide + dx) + c];
        }
        const halves = blockWide === 2 && blockHigh === 2; // OpenCV rounds those up
        pixels[3 * (y * wide + x) + c] = halves ? Math.floor((sum + 2) / 4) : Math.fround(sum * share);
      }
    }
  }
  return pixels;
}

function isWhole(scale) {
  return Math.abs(scale - Math.round(scale)) < Number.EPSILON;
}

function withoutAlpha(rgba) {
  const pixels = new Uint8ClampedArray((3 * rgba.length) / 4);
  for (let i = 0, to = 0; i < rgba.length; i += 4) for (let c = 0; c < 3; c += 1) pixels[to++] = rgba[i + c];
  return pixels;
}

/** Two rows by weights of 1/2048, cut off where OpenCV's whole numbers are. */
function wholeSum(pair, rows, line, i) {
  let sum = 2;
  for (const [from, weight] of pair) sum += Math.floor((weight * Math.floor(rows[from * line + i] / 16)) / 65536);
  return Math.floor(sum / 4);
}

/** Per new pixel the two nearest old ones with their weights in 1/2048; pixel centres lie at halves, at the border both are one. */
function neighbours(before, after) {
  const scale = 1 / (after / before);
  return Array.from({ length: after }, (_, i) => {
    const place = Math.fround((i + 0.5) * scale - 0.5);
    const first = Math.floor(place);
    const share = Math.fround(place - first);
    const ones = [1 - share, share].map((part) => roundEven(2048 * part));
    return ones.map((weight, k) => [Math.min(before - 1, Math.max(0, first + k)), weight]);
  });
}

/** Per new pixel the old ones it covers, each by the part of it that is covered; a part below a thousandth is left out. */
function shares(before, after) {
  const scale = 1 / (after / before);
  return Array.from({ length: after }, (_, i) => {
    const start = i * scale;
    const end = start + scale;
    const span = Math.min(scale, before - start);
    const last = Math.min(Math.floor(end), before - 1);
    const first = Math.min(Math.ceil(start), last);
    const covered = [];
    if (first - start > LEAST_PART) covered.push([first - 1, Math.fround((first - start) / span)]);
    for (let from = first; from < last; from += 1) covered.push([from, Math.fround(1 / span)]);
    if (end - last > LEAST_PART) covered.push([last, Math.fround(Math.min(end - last, 1, span) / span)]);
    return covered;
  });
}

/** Halves go to the even number, as in Python. */
function roundEven(value) {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 ? below + 1 : below;
}
