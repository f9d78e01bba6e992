import { expect } from "chai";
import { waitFor } from "./wait.js";

describe("waiting", () => {
  it("goes on as long as there is progress, however slow", async () => {
    let looks = 0;
    const look = (): Promise<number | undefined> => Promise.resolve(++looks === 60 ? looks : undefined);
    expect(await waitFor("the sixtieth look", look, { timeoutMs: 3, everyMs: 1, progress: () => looks })).to.equal(60);
  });

  it("ends with what was waited for and what to do", async () => {
    const never = (): Promise<undefined> => Promise.resolve(undefined);
    const error = await waitFor("nothing", never, { timeoutMs: 3, everyMs: 1, progress: () => 1, advice: "Give up." }).catch((e: unknown) => e);
    expect(String(error)).to.contain("nothing: not within 0 s. Give up.");
  });
});
