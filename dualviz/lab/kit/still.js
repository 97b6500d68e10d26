// What is taken away: a picture with title and settings written inside, twice as fine.

/** A canvas with a title above a drawing and a caption below, as a PNG blob. */
export function captioned(still, title, caption, ink, ratio) {
  const margin = 24 * ratio;
  const size = 14 * ratio;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  context.font = `${size}px ${ink.font}`;
  const lines = brokenInto(context, caption, still.width);
  canvas.width = still.width + 2 * margin;
  canvas.height = still.height + 2 * margin + size * (2.4 + 1.45 * lines.length);
  context.fillStyle = ink.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = ink.text;
  context.textBaseline = "top";
  context.font = `600 ${size * 1.2}px ${ink.font}`;
  context.fillText(title, margin, margin * 0.8);
  context.drawImage(still, margin, margin + size * 1.6);
  context.font = `${size}px ${ink.font}`;
  lines.forEach((line, i) => context.fillText(line, margin, margin + size * (2.3 + 1.45 * i) + still.height));
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function brokenInto(context, words, width) {
  const lines = [""];
  for (const word of words.split(" ")) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (context.measureText(longer).width > width && lines[lines.length - 1]) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** Hand a file to the reader. */
export function handOver(blob, file) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
