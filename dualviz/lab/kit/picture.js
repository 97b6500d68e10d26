// The picture as the canvases need it: decoded once, in colour and nearly grey for what stands under heat.

import { keptLayer } from "./ink.js";

/** Decode the payload's picture once: {colour, grey} canvases of the size it was sent in. */
export async function readPicture({ picture }) {
  const bitmap = await createImageBitmap(new Blob([picture.bytes], { type: picture.type }));
  const { width, height } = bitmap;
  const colour = keptLayer(width, height, 1, (context) => context.drawImage(bitmap, 0, 0, width, height));
  const grey = keptLayer(width, height, 1, (context) => {
    context.drawImage(bitmap, 0, 0, width, height);
    const data = context.getImageData(0, 0, width, height);
    const pixels = data.data;
    for (let i = 0; i < pixels.length; i += 4) {
      const light = 0.299 * pixels[i] + 0.587 * pixels[i + 1] + 0.114 * pixels[i + 2];
      for (let c = 0; c < 3; c += 1) pixels[i + c] = 18 + 0.86 * (light + 0.12 * (pixels[i + c] - light));
    }
    context.putImageData(data, 0, 0);
  });
  return { colour, grey };
}
