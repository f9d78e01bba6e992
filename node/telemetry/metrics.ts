/**
 * Counters, gauges and histograms, and their text exposition for Prometheus, format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). Small enough to be our own: no library is needed for it.
 */
import { Fault } from "../../chain/primitives/index.js";

export interface MetricSpec {
  /** Base units as suffix: `_seconds`, `_bytes`; `_total` for counters of our own. */
  readonly name: string;
  readonly help: string;
  /** Names of labels, in the order in which values are given. */
  readonly labels?: readonly string[];
}

export interface HistogramSpec extends MetricSpec {
  /** Upper bounds, ascending; +Inf is added. */
  readonly buckets: readonly number[];
}

export interface Counter {
  add(amount: number, ...labels: readonly string[]): void;
  /** For a count that is kept elsewhere and never falls. */
  set(total: number, ...labels: readonly string[]): void;
}

export interface Gauge {
  set(value: number, ...labels: readonly string[]): void;
}

export interface Histogram {
  observe(value: number, ...labels: readonly string[]): void;
}

/** Sets of label values of one metric; whatever comes beyond is counted together as "other". */
export const MAX_SERIES = 128;

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Go's `prometheus.DefBuckets`. */
export const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** So many bounds from `low` to `high` at equal ratios, as Go's ExponentialBucketsRange. */
export function exponentialBuckets(low: number, high: number, count: number): readonly number[] {
  const factor = (high / low) ** (1 / (count - 1));
  return Array.from({ length: count }, (_, i) => low * factor ** i);
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

function formatNumber(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

interface Pair {
  readonly name: string;
  readonly value: string;
}

function line(name: string, pairs: readonly Pair[], value: number): string {
  const labels = pairs.map((p) => `${p.name}="${escapeLabel(p.value)}"`).join(",");
  return `${name}${labels === "" ? "" : `{${labels}}`} ${formatNumber(value)}`;
}

/** One metric with all its series. */
abstract class Family<S> {
  readonly spec: MetricSpec;
  abstract readonly type: "counter" | "gauge" | "histogram";
  readonly #series = new Map<string, { readonly labels: readonly string[]; state: S }>();

  constructor(spec: MetricSpec) {
    this.spec = spec;
  }

  protected abstract fresh(): S;
  protected abstract lines(pairs: readonly Pair[], state: S): string[];

  protected change(labels: readonly string[], change: (state: S) => S): void {
    const names = this.spec.labels ?? [];
    if (labels.length !== names.length) throw new Fault("a metric with the wrong labels", { metric: this.spec.name });
    const key = labels.join("\u0000");
    const known = this.#series.get(key);
    if (known !== undefined) known.state = change(known.state);
    else if (this.#series.size < MAX_SERIES || names.length === 0) this.#series.set(key, { labels, state: change(this.fresh()) });
    else this.#other(names.map(() => "other"), change);
  }

  #other(labels: readonly string[], change: (state: S) => S): void {
    const key = labels.join("\u0000");
    const other = this.#series.get(key) ?? { labels, state: this.fresh() };
    other.state = change(other.state);
    this.#series.set(key, other);
  }

  text(constant: readonly Pair[]): string {
    const { name, help, labels = [] } = this.spec;
    const series = [...this.#series.values()].flatMap(({ labels: values, state }) =>
      this.lines([...constant, ...labels.map((label, i) => ({ name: label, value: values[i] ?? "" }))], state),
    );
    return [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${this.type}`, ...series].join("\n");
  }
}

class PlainFamily extends Family<number> implements Counter, Gauge {
  readonly type: "counter" | "gauge";

  constructor(spec: MetricSpec, type: "counter" | "gauge") {
    super(spec);
    this.type = type;
    if ((spec.labels ?? []).length === 0) this.change([], () => 0);
  }

  add(amount: number, ...labels: readonly string[]): void {
    this.change(labels, (total) => total + amount);
  }

  set(value: number, ...labels: readonly string[]): void {
    this.change(labels, () => value);
  }

  protected fresh(): number {
    return 0;
  }

  protected lines(pairs: readonly Pair[], value: number): string[] {
    return [line(this.spec.name, pairs, value)];
  }
}

interface Buckets {
  readonly counts: number[];
  sum: number;
  count: number;
}

class HistogramFamily extends Family<Buckets> implements Histogram {
  readonly type = "histogram";
  readonly #bounds: readonly number[];

  constructor({ buckets, ...spec }: HistogramSpec) {
    super(spec);
    this.#bounds = buckets;
    if ((spec.labels ?? []).length === 0) this.change([], (state) => state);
  }

  observe(value: number, ...labels: readonly string[]): void {
    this.change(labels, (state) => {
      const at = this.#bounds.findIndex((bound) => value <= bound);
      if (at >= 0) state.counts[at] = (state.counts[at] ?? 0) + 1;
      state.sum += value;
      state.count++;
      return state;
    });
  }

  protected fresh(): Buckets {
    return { counts: this.#bounds.map(() => 0), sum: 0, count: 0 };
  }

  protected lines(pairs: readonly Pair[], { counts, sum, count }: Buckets): string[] {
    const { name } = this.spec;
    let below = 0;
    const bucket = (bound: number, value: number): string =>
      line(`${name}_bucket`, [...pairs, { name: "le", value: formatNumber(bound) }], value);
    const lines = this.#bounds.map((bound, i) => bucket(bound, (below += counts[i] ?? 0)));
    return [...lines, bucket(Infinity, count), line(`${name}_sum`, pairs, sum), line(`${name}_count`, pairs, count)];
  }
}

/** All metrics of a node. */
export class Registry {
  readonly #constant: readonly Pair[];
  readonly #families = new Map<string, Family<number> | Family<Buckets>>();
  readonly #samplers: (() => void)[] = [];

  /** @param constant labels that every series carries */
  constructor(constant: Readonly<Record<string, string>> = {}) {
    this.#constant = Object.entries(constant).map(([name, value]) => ({ name, value }));
  }

  counter(spec: MetricSpec): Counter {
    return this.#register(new PlainFamily(spec, "counter"));
  }

  gauge(spec: MetricSpec): Gauge {
    return this.#register(new PlainFamily(spec, "gauge"));
  }

  histogram(spec: HistogramSpec): Histogram {
    return this.#register(new HistogramFamily(spec));
  }

  /** Called before each exposition, for what is read rather than counted. */
  onScrape(sample: () => void): void {
    this.#samplers.push(sample);
  }

  text(): string {
    for (const sample of this.#samplers) sample();
    return `${[...this.#families.values()].map((family) => family.text(this.#constant)).join("\n")}\n`;
  }

  #register<F extends Family<number> | Family<Buckets>>(family: F): F {
    const { name, labels = [] } = family.spec;
    const isBad = !NAME.test(name) || labels.some((label) => !LABEL.test(label) || label === "le") || this.#families.has(name);
    if (isBad) throw new Fault("a metric with a bad or taken name", { name });
    this.#families.set(name, family);
    return family;
  }
}
