import { expect } from "chai";
import fc from "fast-check";
import { compareTemplates, matchPath, parsePathTemplate } from "./path-template.js";

const match = (template: string, path: string): Record<string, string> | undefined => {
  const found = matchPath(parsePathTemplate(template), path.slice(1).split("/").map(decodeURIComponent));
  return found && Object.fromEntries(found.map((v) => [v.field.join("."), v.text]));
};

describe("path templates", () => {
  it("fit paths of as many segments, and name what stands for the variables", () => {
    expect(match("/a/{x}/b/{y}", "/a/1/b/2")).to.deep.equal({ x: "1", y: "2" });
    expect(match("/a/b", "/a/b")).to.deep.equal({});
    for (const path of ["/a/1/b", "/a/1/b/2/3", "/a/1/c/2", "/A/1/b/2"]) {
      expect(match("/a/{x}/b/{y}", path), path).to.equal(undefined);
    }
  });

  it("give a variable with ** all that is left, slashes and all", () => {
    const template = "/cosmos/bank/v1beta1/denoms_metadata/{denom=**}";
    expect(match(template, "/cosmos/bank/v1beta1/denoms_metadata/ibc/AB/c")).to.deep.equal({
      denom: "ibc/AB/c",
    });
    expect(match(template, "/cosmos/bank/v1beta1/denoms_metadata/uopen")).to.deep.equal({ denom: "uopen" });
    expect(match(template, "/cosmos/bank/v1beta1/denoms_metadata")).to.equal(undefined);
  });

  it("keep an encoded slash inside its segment", () => {
    expect(match("/owners/{denom}", "/owners/ibc%2FAB")).to.deep.equal({ denom: "ibc/AB" });
  });

  it("never take an empty segment for a variable", () => {
    expect(match("/a/{x}", "/a/")).to.equal(undefined);
    expect(match("/a/{x=**}", "/a/")).to.equal(undefined);
  });

  it("reach into sub-messages by dotted names", () => {
    expect(match("/a/{x.y}", "/a/1")).to.deep.equal({ "x.y": "1" });
  });

  it("sort with literals before variables before the rest", () => {
    const sorted = ["/b/{x=**}", "/b/{height}", "/b/latest", "/b/latest/more"];
    const templates = sorted.map(parsePathTemplate);
    expect([...templates].reverse().sort(compareTemplates)).to.deep.equal([
      templates[3],
      templates[2],
      templates[1],
      templates[0],
    ]);
  });

  it("are refused when they are none of ours", () => {
    for (const bad of ["a/b", "/a//b", "/a/{x=**}/b", "/a/{X}", "/a/{x=b/*}", "/a/{x", "/a b"])
      expect(() => parsePathTemplate(bad), bad).to.throw("path template");
  });

  it("find again every text that was put in", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(text, text, (x, y) => {
        const found = matchPath(parsePathTemplate("/a/{x}/{y}"), ["a", x, y]);
        expect(found?.map((v) => v.text)).to.deep.equal([x, y]);
      }),
    );
  });
});
