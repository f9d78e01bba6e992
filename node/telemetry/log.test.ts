import { expect } from "chai";
import { createLogger, silentLogger } from "./log.js";

describe("the node's logger", () => {
  const record = () => {
    const lines: Record<string, unknown>[] = [];
    const texts: string[] = [];
    const destination = {
      write: (line: string) => {
        texts.push(line);
        lines.push(JSON.parse(line) as Record<string, unknown>);
      },
    };
    return { lines, texts, log: createLogger({ level: "info", destination }) };
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

  it("can be silent", () => {
    expect(() => silentLogger().child("x").error("nothing")).not.to.throw();
  });
});
