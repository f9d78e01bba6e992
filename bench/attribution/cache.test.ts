import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCache } from "./cache.js";
import { collect, collectBackwards } from "./ground-truth.js";

describe("cache of retrainings", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "attribution-cache-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("makes each recipe once, in whatever process", async () => {
    let made = 0;
    const jobs = [1, 2, 3].map((s) => ({
      recipe: { s },
      make: () => {
        made += 1;
        return Float64Array.of(s, s / 3);
      },
    }));
    await collectBackwards(jobs, openCache(folder), () => made < 2);
    expect(made).to.equal(2);
    const first = await collect(jobs, openCache(folder));
    expect(made).to.equal(3);
    expect(await collect(jobs, openCache(folder))).to.deep.equal(first);
    expect([...(first[2] ?? [])]).to.deep.equal([3, 1]);
    expect(made).to.equal(3);
  });

  it("keeps what JSON holds, and numbers that are none", async () => {
    const cache = openCache(folder);
    const make = () => ({ mean: Number.NaN, list: [1, Number.NaN] });
    await cache.json({ a: 1 }, make);
    expect(await cache.json({ a: 1 }, () => ({ mean: 0, list: [] as number[] }))).to.deep.equal(make());
  });
});
