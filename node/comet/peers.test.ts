import { expect } from "chai";
import fc from "fast-check";
import { EdgeFailure } from "../errors.js";
import { identityFromSeed } from "../p2p/identity.js";
import { cometIdOf, cometPeerOf, portAbove } from "./peers.js";

describe("CometBFT's peers out of ours", () => {
  it("have the id that CometBFT gives the same node key", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const { peerId, nodeId } = identityFromSeed(seed);
        expect(cometIdOf(peerId)).to.equal(nodeId);
      }),
      { numRuns: 20 },
    );
  });

  it("listen a thousand ports above, under the same name", () => {
    const { peerId, nodeId } = identityFromSeed(new Uint8Array(32).fill(7));
    expect(cometPeerOf(`/ip4/127.0.0.1/tcp/26656/p2p/${peerId}`)).to.equal(`${nodeId}@127.0.0.1:27656`);
    expect(cometPeerOf(`/dns4/val.example.org/tcp/1/p2p/${peerId}`)).to.equal(`${nodeId}@val.example.org:1001`);
    expect(cometPeerOf(`/ip6/::1/tcp/26656/p2p/${peerId}`)).to.equal(`${nodeId}@[::1]:27656`);
  });

  it("are refused with the setting's name when they cannot be derived", () => {
    const { peerId } = identityFromSeed(new Uint8Array(32).fill(7));
    for (const bad of ["", "nonsense", "/ip4/127.0.0.1/tcp/26656", `/p2p/${peerId}`, `/ip4/127.0.0.1/udp/9/p2p/${peerId}`, "/ip4/1.2.3.4/tcp/1/p2p/QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N"]) {
      expect(() => cometPeerOf(bad), bad).to.throw(EdgeFailure);
    }
    expect(() => portAbove(64_536)).to.throw("no port");
    expect(portAbove(64_535)).to.equal(65_535);
  });
});
