import { expect } from "chai";
import fc from "fast-check";
import { MAX_SERIES, Registry, exponentialBuckets } from "./metrics.js";
import { readExposition } from "./testkit/exposition.js";

describe("metrics", () => {
  it("are written as Prometheus reads them", () => {
    const registry = new Registry({ chain_id: "c-1" });
    registry.counter({ name: "requests_total", help: "Requests.", labels: ["route", "status"] }).add(2, "/x", "ok");
    registry.gauge({ name: "height", help: "Height." }).set(7);
    const times = registry.histogram({ name: "time_seconds", help: "Time.", buckets: [0.1, 1] });
    for (const t of [0.05, 0.1, 0.5, 9]) times.observe(t);
    expect(registry.text()).to.equal(
      `${[
        "# HELP requests_total Requests.",
        "# TYPE requests_total counter",
        'requests_total{chain_id="c-1",route="/x",status="ok"} 2',
        "# HELP height Height.",
        "# TYPE height gauge",
        'height{chain_id="c-1"} 7',
        "# HELP time_seconds Time.",
        "# TYPE time_seconds histogram",
        'time_seconds_bucket{chain_id="c-1",le="0.1"} 2',
        'time_seconds_bucket{chain_id="c-1",le="1"} 3',
        'time_seconds_bucket{chain_id="c-1",le="+Inf"} 4',
        'time_seconds_sum{chain_id="c-1"} 9.65',
        'time_seconds_count{chain_id="c-1"} 4',
      ].join("\n")}\n`,
    );
  });

  it("come back from a parser as they went in, whatever labels and values", () => {
    const value = fc.oneof(fc.integer({ min: 0 }), fc.double({ noNaN: true }), fc.constantFrom(Infinity, -Infinity));
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { maxLength: 8 }), fc.array(value, { minLength: 8, maxLength: 8 }), (labels, values) => {
        const registry = new Registry();
        const gauge = registry.gauge({ name: "g", help: 'any "help"\\\n', labels: ["of"] });
        labels.forEach((label, i) => gauge.set(values[i] ?? 0, label));
        const samples = readExposition(registry.text()).get("g")?.samples ?? [];
        expect(samples.map((s) => [s.labels["of"], s.value])).to.deep.equal(labels.map((label, i) => [label, (values[i] ?? 0) + 0]));
      }),
    );
  });

  it("never grow without bound: what is too much is counted together", () => {
    const registry = new Registry();
    const counter = registry.counter({ name: "c", help: "C.", labels: ["who"] });
    for (let i = 0; i < 10 * MAX_SERIES; i++) counter.add(1, `visitor ${i}`);
    const samples = readExposition(registry.text()).get("c")?.samples ?? [];
    expect(samples).to.have.length(MAX_SERIES + 1);
    expect(samples.find((s) => s.labels["who"] === "other")?.value).to.equal(9 * MAX_SERIES);
  });

  it("refuse names that Prometheus would not take, names taken, and the wrong number of labels", () => {
    const registry = new Registry();
    const help = "H.";
    registry.gauge({ name: "a", help });
    for (const name of ["a", "1a", "a-b", "", "ä"]) expect(() => registry.gauge({ name, help }), name).to.throw("name");
    expect(() => registry.gauge({ name: "b", help, labels: ["le"] })).to.throw("name");
    expect(() => registry.gauge({ name: "d", help }).set(1, "x")).to.throw("labels");
  });

  it("have Go's exponential bounds", () => {
    expect(exponentialBuckets(0.1, 100, 8).map((b) => b.toFixed(4))).to.deep.equal(["0.1000", "0.2683", "0.7197", "1.9307", "5.1795", "13.8950", "37.2759", "100.0000"]);
  });
});

describe("the parser of the tests", () => {
  it("takes nothing that is not the format", () => {
    const bad = ["", "a 1", "a 1\n", "# HELP a x\n# TYPE a gauge\nb 1\n", "# HELP a x\n# TYPE a gauge\na{b=1} 1\n", "# HELP a x\n# TYPE a gauge\na x\n",
      "# HELP a x\n# TYPE a gauge\na 1\na 1\n", '# HELP a x\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n'];
    for (const text of bad) expect(() => readExposition(text), JSON.stringify(text)).to.throw();
  });
});
