import { expect } from "chai";
import * as fc from "fast-check";
import { SeenCache } from "./seen-cache.js";

describe("the cache of what was seen", () => {
  it("holds the last so many keys, whatever is added again or taken out", () => {
    const steps = fc.array(fc.tuple(fc.constantFrom("add", "delete"), fc.integer({ min: 0, max: 12 })), { maxLength: 200 });
    const property = fc.property(fc.integer({ min: 1, max: 8 }), steps, (size, list) => {
      const cache = new SeenCache(size);
      let model: string[] = [];
      for (const [what, number] of list) {
        const key = `${number}`;
        const wasThere = model.includes(key);
        model = model.filter((k) => k !== key);
        if (what === "delete") cache.delete(key);
        else {
          expect(cache.add(key)).to.equal(!wasThere);
          model = [...model, key].slice(-size);
        }
        for (let k = 0; k <= 12; k++) expect(cache.has(`${k}`), `${k}`).to.equal(model.includes(`${k}`));
      }
    });
    fc.assert(property, { numRuns: 300 });
  });
});
