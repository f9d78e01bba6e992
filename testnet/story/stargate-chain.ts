import { fromBech32, toBech32 } from "@cosmjs/encoding";
import { GasPrice, QueryClient, SigningStargateClient, setupBankExtension, setupStakingExtension } from "@cosmjs/stargate";
import type { BankExtension, StakingExtension } from "@cosmjs/stargate";
import { Comet38Client } from "@cosmjs/tendermint-rpc";
import { setupOpenLedgerExtension } from "../../client/queries.js";
import type { OpenLedgerExtension } from "../../client/queries.js";
import { createRegistry } from "../../client/registry.js";
import { checkDelivered } from "../../client/responses.js";
import { createHttpDoor, createVerifier } from "../../client/verify/index.js";
import type { TrustRoot } from "../../client/verify/index.js";
import type { Actor } from "./actors.js";
import type { StoryChain } from "./chain.js";
import { createGateway } from "./gateway.js";

export interface NodeEndpoints {
  /** http://host:port of RPC and of the blob gateway. */
  readonly rpc: string;
  readonly api: string;
}

/** A fee is charged on what simulation says the gas will be, and half as much again. */
const GAS_MULTIPLIER = 1.5;
const GAS_PRICE = GasPrice.fromString("0.025uopen");
const BROADCAST = { broadcastPollIntervalMs: 300, broadcastTimeoutMs: 90_000 };

/** Longest text taken for an address. CosmJS has no limit by default, which its own decoder refuses. */
const BECH32_LIMIT = 128;

type Queries = QueryClient & BankExtension & StakingExtension & OpenLedgerExtension;

async function readOperators(queries: Queries): Promise<ReadonlyMap<string, string>> {
  const { validators } = await queries.staking.validators("BOND_STATUS_BONDED");
  const named = validators.map(({ operatorAddress, description }) => {
    const { prefix, data } = fromBech32(operatorAddress, BECH32_LIMIT);
    return [toBech32(prefix.replace(/valoper$/, ""), data), description.moniker] as const;
  });
  return new Map(named);
}

/** The chain as an application sees it, through one node, with CosmJS. */
export interface StargateChain extends StoryChain {
  readonly queries: Queries;
  disconnect(): void;
}

/** `trust` is where the proofs of this node must lead. @throws Error when the node does not answer. */
export async function connectChain(endpoints: NodeEndpoints, trust: TrustRoot): Promise<StargateChain> {
  const comet = await Comet38Client.connect(endpoints.rpc);
  const queries = QueryClient.withExtensions(comet, setupBankExtension, setupStakingExtension, setupOpenLedgerExtension);
  const gateway = createGateway(endpoints.api);
  const registry = createRegistry();
  const signers = new Map<string, Promise<SigningStargateClient>>();
  const signer = ({ address, wallet }: Actor): Promise<SigningStargateClient> => {
    const known = signers.get(address);
    if (known !== undefined) return known;
    const options = { registry, gasPrice: GAS_PRICE, ...BROADCAST };
    const created = Promise.resolve(SigningStargateClient.createWithSigner(comet, wallet, options));
    signers.set(address, created);
    return created;
  };
  return {
    queries,
    openledger: queries.openledger,
    verifier: createVerifier({ door: createHttpDoor({ rpc: endpoints.rpc, blobs: endpoints.api }), trust }),
    height: async () => (await comet.status()).syncInfo.latestBlockHeight,
    async send(actor, messages) {
      const client = await signer(actor);
      return checkDelivered(await client.signAndBroadcast(actor.address, [...messages], GAS_MULTIPLIER));
    },
    balance: async (address) => BigInt((await queries.bank.balance(address, "uopen")).amount),
    supply: async () => BigInt((await queries.bank.supplyOf("uopen")).amount),
    operators: () => readOperators(queries),
    hasBlob: (cid) => gateway.has(cid),
    upload: (bytes) => gateway.upload(bytes),
    readBlob: (cid) => gateway.read(cid),
    disconnect: () => comet.disconnect(),
  };
}
