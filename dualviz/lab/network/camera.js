// The device's camera: opened when asked for, and closed again. Its pictures stay in the page.

const WIDTH = 640;
const HEIGHT = 480;

/**
 * Open the camera that looks away from the user, where there are several.
 *
 * @param onEnd is told when the camera ends by itself: unplugged, or taken back by the browser
 * @param video an element that plays it
 * @returns {video, next(), close()}: `next` waits for its next picture
 * @throws Error whose `message` ("insecure", "framed") or `name` (as getUserMedia's) says why there is none
 */
export async function openCamera(onEnd, video = document.createElement("video")) {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error("insecure");
  const framed = globalThis.self !== globalThis.top;
  if (framed && document.featurePolicy?.allowsFeature("camera") === false) throw new Error("framed");
  const stream = await navigator.mediaDevices
    .getUserMedia({ video: { facingMode: "environment", width: { ideal: WIDTH }, height: { ideal: HEIGHT } } })
    .catch((error) => {
      throw framed && error.name === "NotAllowedError" ? new Error("framed") : error;
    });
  const tracks = stream.getTracks();
  for (const track of tracks) track.addEventListener("ended", onEnd);
  Object.assign(video, { muted: true, playsInline: true, srcObject: stream });
  const camera = {
    video,
    /** Wait for its next picture. */
    next: () => new Promise((resolve) => (video.requestVideoFrameCallback ? video.requestVideoFrameCallback(() => resolve()) : requestAnimationFrame(() => resolve()))),
    close() {
      for (const track of tracks) {
        track.removeEventListener("ended", onEnd);
        track.stop();
      }
      video.srcObject = null;
    },
  };
  await video.play().catch((error) => {
    camera.close();
    throw error;
  });
  return camera;
}
