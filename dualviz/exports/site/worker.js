// The network in a worker, so that the page stays awake: loaded when first asked for, it answers with both heads' raw outputs.
// It runs on the graphics processor (WebGPU) where there is one, else, or where that fails, on the processor (WASM).

const loaded = new Map(); // runtime → its module, with its binary
const sessions = new Map();
let devices = null; // what is tried, best first
let queue = Promise.resolve(); // a session answers one picture at a time

/** Fetch a file and tell how many of its bytes are here. */
async function fetched(address, tell) {
  const answer = await fetch(address);
  if (answer.status === 409) throw new Error("renewed"); // by the service worker
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const reader = answer.body.getReader();
  const parts = [];
  let here = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    here += value.length;
    tell(here);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** Whether there is a graphics processor that is one: some browsers offer an imitation, slower than WASM. */
async function hasGraphics() {
  try {
    const adapter = await navigator.gpu?.requestAdapter();
    return Boolean(adapter) && !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter);
  } catch {
    return false;
  }
}

async function sessionOf(device, runtime, { model, bytes }, tell) {
  const key = `${device} ${model}`;
  if (!sessions.has(key)) {
    const here = { model: 0, runtime: 0 };
    const whole = bytes + (loaded.has(device) ? 0 : runtime.bytes);
    const hear = (part) => (count) => {
      here[part] = count;
      tell((here.model + here.runtime) / whole);
    };
    const load = async () => {
      const [ort, binary] = await Promise.all([import(`./${runtime.module}`), fetched(runtime.binary, hear("runtime"))]);
      Object.assign(ort.env.wasm, { numThreads: 1, wasmBinary: binary });
      loaded.set(device, ort);
    };
    const [weights] = await Promise.all([fetched(model, hear("model")), loaded.has(device) ? null : load()]);
    sessions.set(key, await loaded.get(device).InferenceSession.create(weights, { executionProviders: [device] }));
  }
  return sessions.get(key);
}

async function seen(device, { detector, runtimes, box }, tell) {
  const session = await sessionOf(device, runtimes[device], detector, tell);
  const began = performance.now();
  const { Tensor } = loaded.get(device);
  const output = await session.run({ picture: new Tensor("float32", box.input, [1, 3, box.height, box.width]) });
  const heads = ["one2many", "one2one"].map((head) => ({ sides: output[`${head}_sides`].data, scores: output[`${head}_scores`].data }));
  return { heads, device, milliseconds: performance.now() - began };
}

async function answer(data) {
  const tell = (share) => self.postMessage({ id: data.id, share });
  devices ??= data.runtimes.webgpu && (await hasGraphics()) ? ["webgpu", "wasm"] : ["wasm"];
  for (;;) {
    try {
      const said = await seen(devices[0], data, tell);
      return self.postMessage({ id: data.id, ...said }, said.heads.flatMap(({ sides, scores }) => [sides.buffer, scores.buffer]));
    } catch (error) {
      if (devices.length === 1) return self.postMessage({ id: data.id, error: String(error?.message ?? error) });
      devices.shift();
    }
  }
}

self.onmessage = ({ data }) => {
  queue = queue.then(() => answer(data));
};
