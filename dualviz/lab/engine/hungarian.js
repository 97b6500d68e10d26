// One anchor an object such that the sum of the metrics is largest, as DETR matches (Kuhn 1955, by shortest augmenting paths):
// what top-1 is compared with. As dualviz/assignment (hungarian), which has the last word.

/** Column of each row such that the sum of `value(row, column)` is largest, no column twice; −1 for a row that is best left
 *  without. Values are at least 0; a 0 is never taken. */
export function hungarian(value, rows, columns) {
  const width = Math.max(rows, columns);
  const cost = (row, column) => (column < columns ? -value(row, column) : 0);
  const rowPrice = new Float64Array(rows + 1);
  const columnPrice = new Float64Array(width + 1);
  const owner = new Int32Array(width + 1); // row (from 1) that holds a column (from 1); 0: free
  const before = new Int32Array(width + 1);
  for (let row = 1; row <= rows; row += 1) {
    owner[0] = row;
    let column = 0;
    const least = new Float64Array(width + 1).fill(Infinity);
    const reached = new Uint8Array(width + 1);
    while (owner[column]) {
      reached[column] = 1;
      const holder = owner[column];
      let step = Infinity;
      let next = 0;
      for (let j = 1; j <= width; j += 1) {
        if (reached[j]) continue;
        const reduced = cost(holder - 1, j - 1) - rowPrice[holder] - columnPrice[j];
        if (reduced < least[j]) [least[j], before[j]] = [reduced, column];
        if (least[j] < step) [step, next] = [least[j], j];
      }
      for (let j = 0; j <= width; j += 1) {
        if (reached[j]) {
          rowPrice[owner[j]] += step;
          columnPrice[j] -= step;
        } else least[j] -= step;
      }
      column = next;
    }
    while (column) {
      owner[column] = owner[before[column]];
      column = before[column];
    }
  }
  const chosen = new Int32Array(rows).fill(-1);
  for (let j = 1; j <= columns; j += 1) if (owner[j] && value(owner[j] - 1, j - 1) > 0) chosen[owner[j] - 1] = j - 1;
  return chosen;
}
