/** A mean loss in nats per token as a whole number of millionths; halves round up. */
export function microNats(loss: number): number {
  return Math.floor(loss * 1_000_000 + 0.5);
}
