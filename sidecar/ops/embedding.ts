import type { Tape, Value } from "./tape.js";

/** tokens[t] row of `table` plus positions[t] row of `places`. Gradients are scattered in token order: fixed bits. */
export function embed(tape: Tape, table: Value, places: Value, at: { tokens: Int32Array; positions: Int32Array }): Value {
  const { tokens, positions } = at;
  const cols = table.cols;
  const out = new Float32Array(tokens.length * cols);
  for (let i = 0; i < tokens.length; i++) {
    const t = (tokens[i] as number) * cols;
    const p = (positions[i] as number) * cols;
    for (let c = 0; c < cols; c++) out[i * cols + c] = (table.data[t + c] as number) + (places.data[p + c] as number);
  }
  return tape.result({ rows: tokens.length, cols, data: out }, [table, places], (gradient) => {
    if (table.wanted) table.accumulate(scatter(gradient, tokens, table));
    if (places.wanted) places.accumulate(scatter(gradient, positions, places));
  });
}

function scatter(gradient: Float32Array, index: Int32Array, table: Value): Float32Array {
  const { cols } = table;
  const out = new Float32Array(table.data.length);
  for (let i = 0; i < index.length; i++) {
    const to = (index[i] as number) * cols;
    for (let c = 0; c < cols; c++) out[to + c] = (out[to + c] as number) + (gradient[i * cols + c] as number);
  }
  return out;
}
