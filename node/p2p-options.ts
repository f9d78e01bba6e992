/** What the settings say about peers, as the peer-to-peer service takes it. Part of the composition root. */
import type { Home } from "./config/home.js";
import type { NodeSettings } from "./config/settings.js";
import type { HostPort } from "./config/table.js";
import type { DiscoveryOptions, Identity, P2pOptions } from "./p2p/index.js";

export interface P2pSources {
  readonly home: Pick<Home, "addressBook">;
  readonly settings: Pick<NodeSettings, "p2p">;
  readonly identity: Identity;
  readonly chainId: string;
}

export function p2pOptions({ home, settings: { p2p }, identity, chainId }: P2pSources): P2pOptions {
  return {
    identity,
    chainId,
    listen: [multiaddrOf(p2p)],
    persistentPeers: p2p.persistentPeers,
    unconditionalPeerIds: p2p.unconditionalPeerIds,
    privatePeerIds: p2p.privatePeerIds,
    limits: { maxInboundPeers: p2p.maxInboundPeers, maxOutboundPeers: p2p.maxOutboundPeers },
    ...(p2p.allowedPeerIds.length === 0 ? {} : { allow: p2p.allowedPeerIds }),
    ...(p2p.pex ? { discovery: discoveryOf(p2p, home.addressBook, identity) } : {}),
  };
}

function discoveryOf(p2p: NodeSettings["p2p"], bookPath: string, { peerId }: Identity): DiscoveryOptions {
  const { seeds, seedMode: isSeed, addrBookStrict: isStrict, externalAddress } = p2p;
  const external = externalAddress === undefined ? {} : { externalAddress: `${multiaddrOf(externalAddress)}/p2p/${peerId}` };
  return { seeds, isSeed, isStrict, bookPath, ...external };
}

function multiaddrOf({ host, port }: HostPort): string {
  return `/${host.includes(":") ? "ip6" : "ip4"}/${host}/tcp/${port}`;
}
