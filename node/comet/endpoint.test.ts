import { expect } from "chai";
import { chooseEndpoint, formatEndpoint, freePort, parseEndpoint } from "./endpoint.js";

describe("addresses between CometBFT and us", () => {
  it("are written as they are read", () => {
    for (const text of ["tcp://127.0.0.1:26658", "unix:///tmp/a.sock", "tcp://[::1]:1", "tcp://val.example:65535"]) {
      expect(formatEndpoint(parseEndpoint(text, "x"))).to.equal(text);
    }
  });

  it("are refused by name otherwise", () => {
    for (const text of ["", "unix://", "unix://relative", "tcp://host", "tcp://host:65536", "grpc://h:1", "tcp://h:-1"]) {
      expect(() => parseEndpoint(text, "cometbft.abci_laddr"), text).to.throw("cometbft.abci_laddr must look like");
    }
  });

  it("are a socket in the home, or a port of loopback when the socket's path would be too long", async () => {
    expect(await chooseEndpoint("", "x", "/tmp/rpc.sock")).to.deep.equal({ kind: "unix", path: "/tmp/rpc.sock" });
    const far = await chooseEndpoint("", "x", `/tmp/${"deep/".repeat(30)}rpc.sock`);
    expect(far).to.include({ kind: "tcp", host: "127.0.0.1" });
    expect(await chooseEndpoint("tcp://10.0.0.1:7", "x", "/tmp/rpc.sock")).to.deep.equal({ kind: "tcp", host: "10.0.0.1", port: 7 });
  });

  it("find a free port", async () => {
    expect(await freePort()).to.be.within(1_024, 65_535);
  });
});
