import { compareBytes } from "../../primitives/index.js";
import type { Entry } from "../types.js";
import { Leaf, leftOf, resolve, rightOf } from "./node.js";
import type { Child, Inner, Node, NodeSource } from "./node.js";

/** Reading a tree: nothing here changes anything but references into nodes. */

/** The leaf at or beside `key`: its neighbour where the key is absent. O(height). */
export function leafNear(root: Node, key: Uint8Array, source: NodeSource): Leaf {
  let node = root;
  while (!(node instanceof Leaf)) {
    node = compareBytes(key, node.key) < 0 ? leftOf(node, source) : rightOf(node, source);
  }
  return node;
}

/** One step from the root towards a leaf. */
export interface Step {
  readonly node: Inner;
  readonly goesLeft: boolean;
}

/** The leaf as `leafNear` finds it, with the way to it from the root. */
export function pathToLeaf(root: Node, key: Uint8Array, source: NodeSource): { leaf: Leaf; steps: Step[] } {
  const steps: Step[] = [];
  let node = root;
  while (!(node instanceof Leaf)) {
    const goesLeft = compareBytes(key, node.key) < 0;
    steps.push({ node, goesLeft });
    node = goesLeft ? leftOf(node, source) : rightOf(node, source);
  }
  return { leaf: node, steps };
}

/** What to walk over, and in which direction. */
export interface Span {
  readonly start?: Uint8Array | undefined;
  readonly end?: Uint8Array | undefined;
  readonly reverse: boolean;
}

function includes(span: Span, key: Uint8Array): boolean {
  if (span.start !== undefined && compareBytes(key, span.start) < 0) return false;
  return span.end === undefined || compareBytes(key, span.end) < 0;
}

/** Entries of the span in order; forks outside it are not loaded. `check` runs before each step. */
export function* walk(
  root: Child | undefined,
  span: Span,
  source: NodeSource,
  check: () => void,
): Generator<Entry> {
  const stack: Node[] = root === undefined ? [] : [resolve(root, source)];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    check();
    if (node instanceof Leaf) {
      if (includes(span, node.key)) yield [node.key, node.value];
      continue;
    }
    const goesLeft = span.start === undefined || compareBytes(span.start, node.key) < 0;
    const goesRight = span.end === undefined || compareBytes(span.end, node.key) > 0;
    if (span.reverse && goesLeft) stack.push(leftOf(node, source));
    if (goesRight) stack.push(rightOf(node, source));
    if (!span.reverse && goesLeft) stack.push(leftOf(node, source));
  }
}
