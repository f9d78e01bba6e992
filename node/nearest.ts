/** Guesses what was meant: for "did you mean". */

/** How many letters two texts differ in, roughly. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const [above = 0, left = 0, corner = 0] = [row[j + 1], next[j], row[j]];
      next.push(Math.min(above + 1, left + 1, corner + (a[i] === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The choice that looks most like `text`; empty where there is none. `text` counts up to 100 letters. */
export function nearest(text: string, choices: readonly string[]): string {
  const word = text.slice(0, 100);
  return choices.toSorted((a, b) => distance(a, word) - distance(b, word))[0] ?? "";
}
