import { expect } from "chai";
import { StringValue } from "../../proto/gen/google/protobuf.js";
import { createScratchContext } from "../testkit/scratch-context.js";
import { toAddress, utf8 } from "../primitives/index.js";
import { event } from "./events.js";
import { SdkError } from "./errors.js";
import { createMessageRunner } from "./message-runner.js";
import { messageRoute } from "./module.js";
import type { Module } from "./module.js";
import { createRouter } from "./router.js";

const SIGNER = toAddress(new Uint8Array(20).fill(3));
const KEY = utf8("k");

/** Writes what it is told, and refuses "bad" after having written it. */
const writer: Module = {
  name: "writer",
  queries: [],
  invariants: [],
  tasks: [],
  genesis: { defaults: () => ({}), init: () => [], export: () => ({}) },
  messages: [
    messageRoute({
      request: StringValue,
      response: StringValue,
      parse: (wire) => wire.value,
      signers: () => [SIGNER],
      handle(ctx, value) {
        ctx.store("writer").set(KEY, utf8(value));
        ctx.emit(event("written", { value }));
        if (value === "bad") throw SdkError.InvalidRequest("bad");
        return { value: `${value}!` };
      },
    }),
  ],
};

const runner = createMessageRunner(() => createRouter([writer]));
const message = (value: string) => ({ typeUrl: "/google.protobuf.StringValue", value: StringValue.encode({ value }) });

describe("messages run outside of transactions", () => {
  it("keeps what a successful one wrote, and hands its events back", () => {
    const ctx = createScratchContext();
    const { response, events } = runner.run(ctx, runner.parse(message("good")));
    expect(StringValue.decode(response.value).value).to.equal("good!");
    expect(ctx.store("writer").get(KEY)).to.deep.equal(utf8("good"));
    expect(events.map((e) => e.type)).to.deep.equal(["written"]);
    expect(ctx.events).to.deep.equal([]);
  });

  it("leaves nothing of a rejected one", () => {
    const ctx = createScratchContext();
    expect(() => runner.run(ctx, runner.parse(message("bad")))).to.throw("bad");
    expect(ctx.store("writer").get(KEY)).to.equal(undefined);
    expect(ctx.events).to.deep.equal([]);
  });

  it("names who must allow it, and refuses what nobody handles", () => {
    expect(runner.parse(message("x")).signers).to.deep.equal([SIGNER]);
    expect(() => runner.parse({ typeUrl: "/no.Such", value: new Uint8Array(0) })).to.throw("no message handler found for /no.Such");
  });
});
