// A PMTiles file with one tile of the whole world, all of it earth: enough to see that a map stands on it.
const varint = (value) => {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
};
const field = (number, content) => [...varint(number * 8 + 2), ...varint(content.length), ...content];
const whole = (number, value) => [...varint(number * 8), ...varint(value)];

/** A Mapbox vector tile (version 2.1): one layer, one square as large as the tile. */
function tile() {
  const square = [9, 0, 0, 26, 8192, 0, 0, 8192, 8191, 0, 15].flatMap(varint);
  const feature = [...whole(3, 3), ...field(4, square)];
  return field(3, [...whole(15, 2), ...field(1, [...Buffer.from('earth')]), ...field(2, feature), ...whole(5, 4096)]);
}

/** PMTiles, version 3: header, one directory, metadata, the tile; nothing compressed. */
export function streets() {
  const [content, metadata] = [Buffer.from(tile()), Buffer.from('{"vector_layers":[{"id":"earth","fields":{}}]}')];
  const directory = Buffer.from([1, 0, 1, content.length, 1].flatMap(varint));
  const header = Buffer.alloc(127);
  header.write('PMTiles', 0, 'latin1');
  header[7] = 3;
  const starts = [127, 127 + directory.length, 127 + directory.length + metadata.length];
  const places = [starts[0], directory.length, starts[1], metadata.length, 0, 0, starts[2], content.length, 1, 1, 1];
  places.forEach((value, at) => header.writeBigUInt64LE(BigInt(value), 8 + 8 * at));
  // Clustered; no compression, twice; vector tiles; only the first level.
  Buffer.from([1, 1, 1, 1, 0, 0]).copy(header, 96);
  [-1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000].forEach((degrees, at) => header.writeInt32LE(degrees, 102 + 4 * at));
  return Buffer.concat([header, directory, metadata, content]);
}
