import { expect } from "chai";
import { parseLogLevels } from "./log-levels.js";
import { createLogger, silentLogger } from "./log.js";

describe("the node's logger", () => {
  const record = (text = "info") => {
    const lines: Record<string, unknown>[] = [];
    const texts: string[] = [];
    const destination = {
      write: (line: string) => {
        texts.push(line);
        lines.push(JSON.parse(line) as Record<string, unknown>);
      },
    };
    return { lines, texts, log: createLogger({ levels: parseLogLevels(text), destination }) };
  };

  it("prints bigints as decimals and bytes as hex, beside a constant message", () => {
    const { lines, log } = record();
    log.info("block committed", { height: 7n, appHash: Uint8Array.of(0xab, 1) });
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ msg: "block committed", height: "7", appHash: "ab01" });
  });

  it("names the service on each line of a child, and joins nested names", () => {
    const { lines, texts, log } = record();
    log.child("p2p").child("gossip").warn("peer banned");
    expect(texts[0]?.split('"service"')).to.have.length(2);
    expect(lines[0]).to.include({ service: "p2p.gossip", msg: "peer banned" });
  });

  it("keeps the cause of an error", () => {
    const { lines, log } = record();
    log.error("flush failed", { error: new Error("outer", { cause: new Error("disk full") }) });
    expect(JSON.stringify(lines[0])).to.include("disk full");
  });

  it("drops lines below its level", () => {
    const { lines, log } = record();
    log.debug("vote received", { round: 0 });
    expect(lines).to.deep.equal([]);
  });

  it("logs each service at the level of the first entry that names it, or a service around it", () => {
    const { lines, log } = record("engine:debug, p2p.gossip:silent, p2p:error, *:warn");
    log.child("engine").debug("seen");
    log.child("engine").child("wal").debug("seen too");
    log.child("p2p").warn("not seen");
    log.child("p2p").error("an error");
    log.child("p2p").child("gossip").error("not seen");
    log.child("rpc").info("not seen");
    log.child("rpc").warn("a warning");
    log.info("not seen");
    expect(lines.map((l) => l["msg"])).to.deep.equal(["seen", "seen too", "an error", "a warning"]);
  });

  it("refuses levels that are none, naming those that are", () => {
    for (const text of ["", "loud", "p2p:", ":info", "p2p:info:debug", "*:info,*:debug", "a b:info"]) {
      expect(() => parseLogLevels(text), text).to.throw("log_level");
    }
  });

  it("can be silent", () => {
    expect(() => silentLogger().child("x").error("nothing")).not.to.throw();
  });
});
