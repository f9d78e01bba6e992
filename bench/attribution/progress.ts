/** Progress goes to stderr: stdout carries results only. */
const began = performance.now();

export function progress(text: string): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  process.stderr.write(`[${seconds.padStart(5)} s] ${text}\n`);
}
