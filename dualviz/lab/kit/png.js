// What a PNG says of itself: text chunks behind its header, in UTF-8, as Python's figures have them.

const HEADER = 33; // bytes of the signature and of the chunk that must stand first
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  return rest;
});

/** A PNG's bytes with a text under each key ("Title", "Description", …); an empty text is left out. */
export function withTexts(bytes, texts) {
  const chunks = Object.entries(texts).filter(([, words]) => words).map(([key, words]) => textChunk(key, words));
  const parts = [bytes.subarray(0, HEADER), ...chunks, bytes.subarray(HEADER)];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** One iTXt chunk: length, kind, keyword, no compression, no language, the text, check sum. */
function textChunk(key, words) {
  const content = new TextEncoder().encode(`iTXt${key}\0\0\0\0\0${words}`);
  const chunk = new Uint8Array(content.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, content.length - 4);
  chunk.set(content, 4);
  view.setUint32(4 + content.length, checkSum(content));
  return chunk;
}

function checkSum(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = TABLE[(sum ^ byte) & 255] ^ (sum >>> 8);
  return ~sum >>> 0;
}
