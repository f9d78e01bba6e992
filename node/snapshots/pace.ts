/** Long work on a thread that others need: short slices, and rests in between. */
import { REST, SLICE_MS } from "./options.js";

export interface Pace {
  /** Resolves at once while the slice lasts, afterwards when the rest is over. */
  breathe(): Promise<void> | undefined;
}

/** @param rest times the work that is rested; 0 only lets others run in between */
export function createPace(rest: number = REST): Pace {
  let since = performance.now();
  return {
    breathe() {
      const worked = performance.now() - since;
      if (worked < SLICE_MS) return undefined;
      return new Promise((resolve) => {
        const resume = (): void => {
          since = performance.now();
          resolve();
        };
        if (rest === 0) setImmediate(resume);
        else setTimeout(resume, worked * rest);
      });
    },
  };
}
