/** Where progress goes: one live line on a terminal, plain lines elsewhere. */
export interface Progress {
  stage(title: string): void;
  note(text: string): void;
  height(height: number): void;
  /** Ends the stage and keeps its line. */
  done(seconds: number): void;
  /** A line of its own. */
  print(text: string): void;
  stop(): void;
}

export interface Terminal {
  readonly isTTY: boolean;
  readonly columns: number;
  write(text: string): void;
}

export interface ProgressOptions {
  readonly terminal: Terminal;
  readonly quiet: boolean;
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
}

const CLEAR = "\r\u001b[2K";

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`.padStart(8);
}

export function createProgress({ terminal, quiet, now }: ProgressOptions): Progress {
  const startedAt = now();
  let title = "";
  let text = "";
  let at = 0;
  const isLive = terminal.isTTY && !quiet;
  const line = (): string => {
    const parts = [seconds(now() - startedAt), `block ${at}`.padEnd(9), title, text].filter((part) => part !== "");
    return parts.join("  ").slice(0, Math.max(20, terminal.columns - 1));
  };
  const draw = (): void => {
    if (isLive && title !== "") terminal.write(`${CLEAR}${line()}`);
  };
  const keep = (content: string): void => terminal.write(`${isLive ? CLEAR : ""}${content}\n`);
  return {
    stage(next) {
      title = next;
      text = "";
      if (!isLive && !quiet) keep(line());
      draw();
    },
    note(next) {
      if (next === text) return;
      text = next;
      if (!isLive && !quiet) keep(line());
      draw();
    },
    height(next) {
      at = next;
      draw();
    },
    done(took) {
      text = `done in ${took.toFixed(1)} s`;
      if (!quiet) keep(line());
      title = "";
    },
    print(content) {
      keep(content);
      draw();
    },
    stop() {
      if (isLive && title !== "") terminal.write("\n");
      title = "";
    },
  };
}
