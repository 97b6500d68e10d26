// The network in a worker, so that the page stays awake: loaded when first asked for, it answers with both heads' raw outputs.

import * as ort from "./runtime/ort.wasm.bundle.min.mjs";

const sessions = new Map();
ort.env.wasm.numThreads = 1;

/** Fetch a file and tell how far it is. */
async function fetched(address, whole, tell) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const reader = answer.body.getReader();
  const parts = [];
  let here = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    here += value.length;
    tell(here / whole);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function sessionOf({ model, bytes, runtime, runtimeBytes }, tell) {
  if (!sessions.has(model)) {
    const shares = [0, 0];
    const hear = (i) => (share) => {
      shares[i] = share;
      tell((shares[0] * bytes + shares[1] * runtimeBytes) / (bytes + runtimeBytes));
    };
    const wanted = [fetched(model, bytes, hear(0))];
    if (!ort.env.wasm.wasmBinary) wanted.push(fetched(runtime, runtimeBytes, hear(1)));
    else shares[1] = 1;
    const [weights, binary] = await Promise.all(wanted);
    if (binary) ort.env.wasm.wasmBinary = binary;
    sessions.set(model, await ort.InferenceSession.create(weights, { executionProviders: ["wasm"] }));
  }
  return sessions.get(model);
}

self.onmessage = async ({ data: { id, detector, box } }) => {
  try {
    const session = await sessionOf(detector, (share) => self.postMessage({ id, share }));
    const began = performance.now();
    const picture = new ort.Tensor("float32", box.input, [1, 3, box.height, box.width]);
    const output = await session.run({ picture });
    const heads = ["one2many", "one2one"].map((head) => ({ sides: output[`${head}_sides`].data, scores: output[`${head}_scores`].data }));
    const milliseconds = performance.now() - began;
    self.postMessage({ id, heads, milliseconds }, heads.flatMap(({ sides, scores }) => [sides.buffer, scores.buffer]));
  } catch (error) {
    self.postMessage({ id, error: String(error?.message ?? error) });
  }
};
