/** The front camera, and in words why there is none. */

const REASONS = {
  NotAllowedError: "The camera is not allowed. Allow it for this page in the browser's settings, then try again.",
  NotFoundError: "This device has no camera.",
  NotReadableError: "Another app uses the camera. Close it, then try again.",
  OverconstrainedError: "This device has no camera that fits.",
};
const INSECURE =
  "Browsers give the camera only to pages from this device or over https. Start facefit app with --https, or with --adb for a phone on a cable.";

/** The camera in use; tells by the event "end" that something else than `close` took it away. */
export class Camera extends EventTarget {
  #stream;

  constructor(stream) {
    super();
    this.#stream = stream;
    for (const track of stream.getTracks()) track.addEventListener("ended", () => this.dispatchEvent(new Event("end")));
  }

  /** Asks for the camera, which is on from then on. Rejects with a sentence. */
  static async open() {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error(INSECURE);
    const wanted = { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 } };
    try {
      return new Camera(await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false }));
    } catch (error) {
      throw new Error(REASONS[error.name] ?? `The camera does not start (${error.message}).`);
    }
  }

  /** Shows its picture; where that fails it is closed. Rejects with a sentence. @param {HTMLVideoElement} video */
  async show(video) {
    video.srcObject = this.#stream;
    try {
      await video.play();
    } catch (error) {
      this.close();
      throw new Error(`The camera's picture does not start (${error.message}).`);
    }
  }

  close() {
    for (const track of this.#stream.getTracks()) track.stop();
  }
}

/** Waits for the next frame of a video. @param {HTMLVideoElement} video */
export function nextFrame(video) {
  return new Promise((resolve) => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(() => resolve());
    else requestAnimationFrame(() => resolve());
  });
}

/** The present frame, shrunk to a long side. @param {HTMLVideoElement} video */
export function frameOf(video, longSide) {
  const scale = Math.min(1, longSide / Math.max(video.videoWidth, video.videoHeight));
  const resizeWidth = Math.round(video.videoWidth * scale);
  const resizeHeight = Math.round(video.videoHeight * scale);
  return createImageBitmap(video, { resizeWidth, resizeHeight, resizeQuality: "medium" });
}
