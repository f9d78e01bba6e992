/** Virtual time in milliseconds; events at the same time run in the order in which they were scheduled. */
export interface Scheduler {
  now(): number;
  after(delayMs: number, run: () => void): void;
  /** Runs the earliest event; false when none is left. */
  runNext(): boolean;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** A binary heap. */
export function createScheduler(): Scheduler {
  const heap: Entry[] = [];
  let time = 0;
  let order = 0;
  return {
    now: () => time,
    after(delayMs, run) {
      heap.push({ at: time + delayMs, order: order++, run });
      siftUp(heap);
    },
    runNext() {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined) return false;
      if (heap.length > 0) siftDown(heap, last);
      time = first.at;
      first.run();
      return true;
    },
  };
}

function siftUp(heap: Entry[]): void {
  let i = heap.length - 1;
  const entry = heap[i] as Entry;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!isBefore(entry, heap[parent] as Entry)) break;
    heap[i] = heap[parent] as Entry;
    i = parent;
  }
  heap[i] = entry;
}

function siftDown(heap: Entry[], entry: Entry): void {
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child++;
    if (!isBefore(heap[child] as Entry, entry)) break;
    heap[i] = heap[child] as Entry;
    i = child;
  }
  heap[i] = entry;
}
