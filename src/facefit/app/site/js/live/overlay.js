/** Boxes and the likeliest expression of each face, over the mirrored picture of the camera. */

export class Overlay {
  constructor() {
    this.element = document.createElement("canvas");
    this.element.setAttribute("aria-hidden", "true");
  }

  /**
   * @param {{width: number, height: number}} frame in whose pixels the boxes are
   * @param {{box: import("../faces/boxes.js").Box, label: string}[]} faces
   */
  draw(frame, faces) {
    const context = this.#cleared();
    const { clientWidth: width, clientHeight: height } = this.element;
    const scale = Math.max(width / frame.width, height / frame.height);
    const [left, top] = [(width - frame.width * scale) / 2, (height - frame.height * scale) / 2];
    for (const { box, label } of faces) {
      const [x0, y0, x1, y1] = box.map((value, i) => (i % 2 ? top : left) + value * scale);
      drawFace(context, width - x1, y0, x1 - x0, y1 - y0, label, width);
    }
  }

  clear() {
    this.#cleared();
  }

  #cleared() {
    const canvas = this.element;
    const ratio = devicePixelRatio;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.round(side * ratio));
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return context;
  }
}

function drawFace(context, x, y, width, height, label, edge) {
  context.lineWidth = 3;
  context.strokeStyle = "#ffffff";
  context.shadowColor = "rgb(0 0 0 / 70%)";
  context.shadowBlur = 3;
  context.beginPath();
  context.roundRect(x, y, width, height, 10);
  context.stroke();
  context.shadowBlur = 0;
  context.font = "650 18px system-ui, sans-serif";
  const room = context.measureText(label).width + 22;
  const left = Math.min(Math.max(x + width / 2 - room / 2, 6), Math.max(edge - room - 6, 6));
  const top = Math.max(y - 38, 6);
  context.fillStyle = "rgb(10 14 16 / 78%)";
  context.beginPath();
  context.roundRect(left, top, room, 32, 16);
  context.fill();
  context.fillStyle = "#ffffff";
  context.textBaseline = "middle";
  context.fillText(label, left + 11, top + 17);
}
