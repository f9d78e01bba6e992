/** How often a child looks whether its parent is still there, beside watching its standard input. */
const LOOK_MS = 1_000;

/**
 * Calls `onGone` once when the process that started this one is gone: its end of our standard input closes, or we were
 * handed to another parent. Only a process that was started with a pipe for that purpose watches its input.
 */
export function watchParent(onGone: () => void): () => void {
  const parent = process.ppid;
  let isOver = false;
  const gone = (): void => {
    if (isOver) return;
    stop();
    onGone();
  };
  const timer = setInterval(() => {
    if (process.ppid !== parent) gone();
  }, LOOK_MS);
  timer.unref();
  const stop = (): void => {
    isOver = true;
    clearInterval(timer);
    process.stdin.off("end", gone).off("close", gone).pause();
  };
  process.stdin.on("end", gone).on("close", gone).on("error", gone).resume();
  return stop;
}
