export { identityFromSeed, loadIdentity, loadOrCreateIdentity } from "./identity.js";
export type { Identity } from "./identity.js";
export { createP2p } from "./host.js";
export { DEFAULT_LIMITS } from "./options.js";
export { isPeerId, parsePeerAddress } from "./peer-address.js";
export type { DiscoveryOptions, P2pDeps, P2pLimits, P2pOptions } from "./options.js";
export type {
  Channel,
  ChannelOptions,
  FlowStats,
  MessageHandler,
  P2p,
  P2pStats,
  PeerId,
  PeerInfo,
  PeerListener,
  RateLimit,
  RequestHandler,
  RequestOptions,
  Requests,
  Topic,
  TopicOptions,
  Verdict,
} from "./types.js";
