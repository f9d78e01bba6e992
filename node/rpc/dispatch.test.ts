import { expect } from "chai";
import type { JsonValue } from "../../chain/codec/index.js";
import { silentLogger } from "../telemetry/log.js";
import { answer } from "./dispatch.js";
import type { RpcRequest } from "./dispatch.js";

/** What is being answered, and how much of it at the same time. */
function counted(isQueued: (method: string) => boolean) {
  const order: string[] = [];
  let [now, most] = [0, 0];
  const call = async ({ method, id }: RpcRequest): Promise<JsonValue> => {
    order.push(`${method} ${id}`);
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now--;
    return id;
  };
  const dispatcher = { call, isQueued, maxBatch: 10, log: silentLogger() };
  return { order, most: () => most, dispatcher };
}

const batch = (...methods: readonly string[]): string =>
  JSON.stringify(methods.map((method, id) => ({ jsonrpc: "2.0", id, method, params: {} })));

describe("a batch of requests", () => {
  it("is answered one by one", async () => {
    const { order, most, dispatcher } = counted(() => false);
    const { text = "" } = await answer(batch("a", "b", "c"), dispatcher);
    expect(most()).to.equal(1);
    expect(order).to.deep.equal(["a 0", "b 1", "c 2"]);
    expect((JSON.parse(text) as { id: number }[]).map(({ id }) => id)).to.deep.equal([0, 1, 2]);
  });

  it("waits together where the methods have a queue of their own, and every other one waits for all before it", async () => {
    const { order, most, dispatcher } = counted((method) => method === "queued");
    const { text = "" } = await answer(batch("queued", "queued", "plain", "queued"), dispatcher);
    expect(most()).to.equal(2);
    expect(order).to.deep.equal(["queued 0", "queued 1", "plain 2", "queued 3"]);
    expect((JSON.parse(text) as { result: number }[]).map(({ result }) => result)).to.deep.equal([0, 1, 2, 3]);
  });
});
