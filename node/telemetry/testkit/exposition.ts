/** A strict reader of Prometheus' text format 0.0.4. Tests only. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ReadFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: Sample[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)/gy;

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let end = 0;
  LABEL.lastIndex = 0;
  for (let found = LABEL.exec(text); found !== null; found = LABEL.exec(text)) {
    const [, name = "", value = ""] = found;
    if (Object.hasOwn(labels, name)) throw new Error(`label ${name} twice`);
    labels[name] = value.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
    end = LABEL.lastIndex;
    if (end === text.length) break;
  }
  if (end !== text.length) throw new Error(`labels that cannot be read: ${text}`);
  return labels;
}

function numberOf(text: string): number {
  if (text === "+Inf") return Infinity;
  if (text === "-Inf") return -Infinity;
  const value = Number(text);
  if (text === "" || (Number.isNaN(value) && text !== "NaN")) throw new Error(`no number: ${text}`);
  return value;
}

function belongs(sample: string, { name, type }: ReadFamily): boolean {
  if (type === "histogram") return [`${name}_bucket`, `${name}_sum`, `${name}_count`].includes(sample);
  return sample === name;
}

function checkHistogram({ name, samples }: ReadFamily): void {
  const series = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = JSON.stringify(Object.entries(sample.labels).filter(([label]) => label !== "le"));
    series.set(key, [...(series.get(key) ?? []), sample]);
  }
  for (const all of series.values()) {
    const buckets = all.filter((s) => s.name === `${name}_bucket`);
    const count = all.find((s) => s.name === `${name}_count`)?.value;
    const bounds = buckets.map((b) => numberOf(b.labels["le"] ?? ""));
    const isSorted = bounds.every((b, i) => i === 0 || b > (bounds[i - 1] ?? Infinity));
    const isCumulative = buckets.every((b, i) => i === 0 || b.value >= (buckets[i - 1]?.value ?? Infinity));
    if (!isSorted || !isCumulative || bounds.at(-1) !== Infinity || buckets.at(-1)?.value !== count) throw new Error(`bad histogram ${name}`);
    if (!all.some((s) => s.name === `${name}_sum`)) throw new Error(`no sum of ${name}`);
  }
}

/** @throws Error on whatever Prometheus would not take, or would take for something else. */
export function readExposition(text: string): ReadonlyMap<string, ReadFamily> {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const families = new Map<string, ReadFamily>();
  let help: { readonly name: string; readonly text: string } | undefined;
  let current: ReadFamily | undefined;
  const seen = new Set<string>();
  for (const line of text.slice(0, -1).split("\n")) {
    const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === "HELP") help = { name, text: rest };
    else if (keyword === "TYPE") {
      if (help?.name !== name || families.has(name)) throw new Error(`${name} is described twice, or not at all`);
      current = { name, help: help.text, type: rest, samples: [] };
      families.set(name, current);
    } else {
      const [, sample = "", labels = "", value = ""] = SAMPLE.exec(line) ?? [];
      if (current === undefined || !belongs(sample, current)) throw new Error(`a sample without its metric: ${line}`);
      if (seen.has(`${sample}{${labels}}`)) throw new Error(`twice: ${line}`);
      seen.add(`${sample}{${labels}}`);
      current.samples.push({ name: sample, labels: labelsOf(labels), value: numberOf(value) });
    }
  }
  for (const family of families.values()) if (family.type === "histogram") checkHistogram(family);
  return families;
}
