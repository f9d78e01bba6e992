/**
 * Peers of CometBFT's network from those of ours. Both networks of a node are named by one key (node_key.json): a libp2p
 * peer id holds it, and a CometBFT id is the hash of it. Only the port differs.
 */
import { multiaddr } from "@multiformats/multiaddr";
import { peerIdFromString } from "@libp2p/peer-id";
import { ed25519Address } from "../../chain/crypto/index.js";
import { toHex } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";

/** CometBFT listens so far above the port of libp2p, unless told otherwise. */
export const PORT_OFFSET = 1_000;

/** CometBFT's id of a libp2p peer id. @throws EdgeFailure "config" where that holds no ed25519 key. */
export function cometIdOf(peerId: string): string {
  const parsed = (() => {
    try {
      return peerIdFromString(peerId);
    } catch (cause) {
      throw new EdgeFailure("config", `"${peerId}" is no peer id`, {}, cause);
    }
  })();
  if (parsed.type !== "Ed25519") throw new EdgeFailure("config", `peer ${peerId} has no ed25519 key; name it in cometbft.persistent_peers`);
  return toHex(ed25519Address(parsed.publicKey.raw));
}

/**
 * "/ip4/10.0.0.2/tcp/26656/p2p/12D3Koo..." to "id@10.0.0.2:27656".
 * @throws EdgeFailure "config" naming the peer.
 */
export function cometPeerOf(address: string): string {
  const bad = (why: string, cause?: unknown): EdgeFailure =>
    new EdgeFailure("config", `p2p.persistent_peers: "${address}" ${why}; or set cometbft.persistent_peers`, {}, cause);
  let parts;
  try {
    parts = multiaddr(address).getComponents();
  } catch (cause) {
    throw bad("is no multiaddress", cause);
  }
  const valueOf = (...names: readonly string[]): string | undefined => parts.find(({ name }) => names.includes(name))?.value;
  const host = valueOf("ip4", "ip6", "dns", "dns4", "dns6");
  const port = Number(valueOf("tcp"));
  const peerId = valueOf("p2p");
  if (host === undefined || peerId === undefined || !Number.isInteger(port)) throw bad("needs a host, a TCP port and a peer id");
  return `${cometIdOf(peerId)}@${host.includes(":") ? `[${host}]` : host}:${portAbove(port)}`;
}

/** Where CometBFT listens beside a libp2p port. @throws EdgeFailure "config" where there is no such port. */
export function portAbove(port: number): number {
  if (port + PORT_OFFSET <= 65_535) return port + PORT_OFFSET;
  throw new EdgeFailure("config", `CometBFT would listen ${PORT_OFFSET} above port ${port}, which is no port; set cometbft.p2p_laddr and cometbft.persistent_peers`);
}
