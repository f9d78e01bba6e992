import type { Tape, Value } from "./tape.js";

/** tokens[t] row of `table`, for models whose positions are not learned. Gradients are scattered in token order. */
export function embedTokens(tape: Tape, table: Value, tokens: Int32Array): Value {
  const { cols } = table;
  const out = new Float32Array(tokens.length * cols);
  tokens.forEach((token, i) => out.set(table.data.subarray(token * cols, (token + 1) * cols), i * cols));
  return tape.result({ rows: tokens.length, cols, data: out }, [table], (gradient) => {
    const spread = new Float32Array(table.data.length);
    tokens.forEach((token, i) => {
      for (let c = 0; c < cols; c++) spread[token * cols + c] = (spread[token * cols + c] as number) + (gradient[i * cols + c] as number);
    });
    table.accumulate(spread);
  });
}
