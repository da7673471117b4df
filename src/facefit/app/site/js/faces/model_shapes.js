/**
 * The proposal network for images of any size, from one file.
 *
 * A `.tflite` file has fixed shapes, but the weights of a network of convolutions fit any image. The shapes are plain
 * numbers in the file (flatbuffers), so that they can be written anew: every side of the file's own image, and what the
 * layers make of it, is replaced by what they make of the other image.
 */

const TABLE = {
  model: { subgraphs: 2, buffers: 4 },
  subgraph: { tensors: 0 },
  tensor: { shape: 0, buffer: 2 },
  buffer: { data: 0 },
};

/**
 * @param {Uint8Array} file the proposal network for an image with odd sides, so that its pooling pads
 * @param {number} height
 * @param {number} width
 * @returns {Uint8Array} a copy for images of that size
 */
export function withImageSize(file, height, width) {
  const copy = file.slice();
  const view = new DataView(copy.buffer);
  const computed = shapes(view);
  const own = { height: view.getInt32(computed[0] + 4, true), width: view.getInt32(computed[0] + 8, true) };
  const rows = pairs(own.height, height);
  const columns = pairs(own.width, width);
  for (const shape of computed) {
    for (const [place, sides] of [
      [shape + 4, rows],
      [shape + 8, columns],
    ]) {
      const side = sides.get(view.getInt32(place, true));
      if (side === undefined) throw new RangeError("the proposal network has other layers than this page knows");
      view.setInt32(place, side, true);
    }
  }
  return copy;
}

/** Sides after the image, its first convolution, pooling, and two more convolutions, all without padding. */
function sides(image) {
  const pooled = Math.ceil((image - 2) / 2);
  return [image, image - 2, pooled, pooled - 2, pooled - 4];
}

function pairs(from, to) {
  const target = sides(to);
  return new Map(sides(from).map((side, i) => [side, target[i]]));
}

/** Where the shapes (1, h, w, c) of tensors without data lie, the input's first. */
function shapes(view) {
  const model = view.getUint32(0, true);
  const buffers = vector(view, field(view, model, TABLE.model.buffers));
  const [subgraph] = vector(view, field(view, model, TABLE.model.subgraphs));
  const found = [];
  for (const tensor of vector(view, field(view, subgraph, TABLE.subgraph.tensors))) {
    const place = field(view, tensor, TABLE.tensor.buffer);
    const buffer = buffers[place ? view.getUint32(place, true) : 0];
    const shape = follow(view, field(view, tensor, TABLE.tensor.shape));
    const rank = view.getUint32(shape, true);
    if (rank === 4 && !field(view, buffer, TABLE.buffer.data)) found.push(shape + 4);
  }
  return found;
}

/** Place of a field of a table, or 0 if the table leaves it out. */
function field(view, table, index) {
  const layout = table - view.getInt32(table, true);
  const entry = 4 + 2 * index;
  const offset = entry < view.getUint16(layout, true) ? view.getUint16(layout + entry, true) : 0;
  return offset && table + offset;
}

function follow(view, place) {
  return place + view.getUint32(place, true);
}

/** Tables of a vector of tables. */
function vector(view, place) {
  const start = follow(view, place);
  return Array.from({ length: view.getUint32(start, true) }, (_, i) => follow(view, start + 4 + 4 * i));
}
