import { expect } from "chai";
import fc from "fast-check";
import { parsePeerAddress } from "./peer-address.js";
import { testPeerId } from "./testkit/hosts.js";

const ID = testPeerId(1);
const at = (host: string, port: number | string = 26656): string => `${host}/tcp/${port}/p2p/${ID}`;

describe("a peer's address", () => {
  it("says who is there, on which host, and who is likely to control such hosts", () => {
    const read = parsePeerAddress(at("/ip4/8.8.4.4"));
    expect(read).to.include({ id: ID, host: "8.8.4.4", port: 26656, group: "4:8.8", isRoutable: true, text: at("/ip4/8.8.4.4") });
    expect(parsePeerAddress(at("/ip6/2a00:1450::1"))).to.include({ group: "6:42.0.20.80", isRoutable: true });
  });

  for (const host of ["127.0.0.1", "10.1.2.3", "192.168.0.9", "172.31.0.1", "169.254.9.9", "0.0.0.0", "224.0.0.1", "100.64.0.1", "198.19.255.255", "255.255.255.255", "203.0.113.5"]) {
    it(`of ${host} is nobody's but the local network's`, () => {
      expect(parsePeerAddress(at(`/ip4/${host}`))).to.include({ isRoutable: false, group: `local:${host.split(".").slice(0, 3).join(".")}` });
    });
  }

  for (const host of ["::1", "fe80::1", "fd00::1", "2001:db8::1", "2002:a00::1", "::", "2001::1"]) {
    it(`of ${host} is nobody's but the local network's`, () => {
      expect(parsePeerAddress(at(`/ip6/${host}`))).to.include({ isRoutable: false });
    });
  }

  for (const host of ["172.32.0.1", "100.128.0.1", "198.20.0.1", "11.0.0.1", "223.255.255.255"]) {
    it(`of ${host} may be anywhere`, () => expect(parsePeerAddress(at(`/ip4/${host}`))).to.include({ isRoutable: true }));
  }

  for (const [why, text] of [
    ["a name", at("/dns4/example.org")],
    ["no peer id", "/ip4/8.8.8.8/tcp/26656"],
    ["another transport", `/ip4/8.8.8.8/udp/26656/quic-v1/p2p/${ID}`],
    ["a relay", `/ip4/8.8.8.8/tcp/1/p2p/${ID}/p2p-circuit/p2p/${ID}`],
    ["port 0", at("/ip4/8.8.8.8", 0)],
    ["a port beyond all ports", at("/ip4/8.8.8.8", 65_536)],
    ["a port with zeros before it", at("/ip4/8.8.8.8", "080")],
    ["bytes that are none", at("/ip4/8.8.8.256")],
    ["an IPv6 host as IPv4", at("/ip4/::1")],
    ["IPv4 in disguise", at("/ip6/::ffff:8.8.8.8")],
    ["an IPv6 host not in its shortest form", at("/ip6/2a00:0:0:0:0:0:0:1")],
    ["an id of another kind", "/ip4/8.8.8.8/tcp/1/p2p/QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N"],
    ["an id that decodes to nothing", `/ip4/8.8.8.8/tcp/1/p2p/12D3KooW${"z".repeat(44)}`],
    ["a line break", `${at("/ip4/8.8.8.8")}\n`],
    ["a megabyte", at("/ip4/8.8.8.8").padEnd(1_000_000, "1")],
  ] as const) {
    it(`is refused with ${why}`, () => expect(parsePeerAddress(text)).to.equal(undefined));
  }

  it("is read or refused, never more, whatever the text", () => {
    const nearly = fc.string().map((host) => at(`/ip6/${host}`));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), nearly, fc.ipV6().map((host) => at(`/ip6/${host}`))), (text) => {
        const read = parsePeerAddress(text);
        expect(read === undefined || read.text === text).to.equal(true);
      }),
    );
  });
});
