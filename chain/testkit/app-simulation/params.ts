import { oneOf } from "../draw.js";
import type { Draw } from "../draw.js";

/** Parameters that governance could have set: each number of `params` multiplied by a drawn factor. Whether a module takes them is for its own checks to say. */

const FACTORS: readonly (readonly [bigint, bigint])[] = [[1n, 1n], [1n, 1n], [0n, 1n], [1n, 1000n], [1n, 10n], [1n, 2n], [2n, 1n], [10n, 1n]];
const NUMBER = /^(\d+)(\.\d+)?(s?)$/;

function scaled(text: string, draw: Draw): string {
  const [, whole = "0", fraction = "", unit = ""] = NUMBER.exec(text) ?? [];
  const [by, per] = oneOf(draw, FACTORS);
  const digits = fraction.length - 1;
  if (fraction === "") return `${(BigInt(whole) * by) / per}${unit}`;
  const value = ((BigInt(whole + fraction.slice(1)) * by) / per).toString().padStart(digits + 1, "0");
  return `${value.slice(0, -digits)}.${value.slice(-digits)}${unit}`;
}

/** The same shape with other numbers; about one in three is changed. */
export function drawParams(json: unknown, draw: Draw): unknown {
  if (Array.isArray(json)) return json.map((item: unknown) => drawParams(item, draw));
  if (typeof json === "object" && json !== null) {
    return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, drawParams(value, draw)]));
  }
  if (draw(3) > 0) return json;
  if (typeof json === "number") return Number(scaled(json.toString(), draw));
  return typeof json === "string" && NUMBER.test(json) ? scaled(json, draw) : json;
}
