import { expect } from "chai";
import type { Application } from "../../chain/abci/index.js";
import { Fault } from "../../chain/primitives/index.js";
import { createMemoryKv } from "../../chain/store/index.js";
import { txOf } from "../engine/testkit/cluster.js";
import { createSequenceApp } from "../engine/testkit/sequence-app.js";
import { createLocalConnection } from "./local.js";

describe("the application on the thread of its caller", () => {
  it("executes calls in the order in which they are made", async () => {
    const connection = createLocalConnection(createSequenceApp(createMemoryKv()));
    const answers = await Promise.all([0, 2, 1].map((n) => connection.checkTx({ tx: txOf("a", n), kind: "new" })));
    expect(answers.map((a) => a.code)).to.deep.equal([0, 32, 0]);
  });

  it("rejects with what the application threw, and never throws itself", async () => {
    const app: Application = createSequenceApp(createMemoryKv());
    app.commit = () => {
      throw new Fault("broken");
    };
    const asked = createLocalConnection(app).commit();
    const error: unknown = await asked.catch((e: unknown) => e);
    expect(error).to.be.instanceOf(Fault);
  });
});
