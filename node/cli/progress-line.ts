/** One line of a terminal that says how far long work is; silent where nobody watches. */
export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

const CLEAR = "\r\u001b[K";

export function createProgressLine(out: Pick<NodeJS.WriteStream, "write" | "isTTY">): ProgressLine {
  let isShown = false;
  return {
    show(text) {
      if (!out.isTTY) return;
      out.write(`${CLEAR}${text}`);
      isShown = true;
    },
    clear() {
      if (isShown) out.write(CLEAR);
      isShown = false;
    },
  };
}
