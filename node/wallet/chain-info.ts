/** What wallets and explorers must know of a chain to offer it: Keplr's ChainInfo (which Leap and Cosmostation read too) and ping.pub's chain file. */
import { ACCOUNT_PREFIX, CONSENSUS_PREFIX, OPERATOR_PREFIX } from "../../chain/codec/index.js";

/** Coin type of Cosmos accounts in BIP 44 paths. */
const COIN_TYPE = 118;
const OPEN = { coinDenom: "OPEN", coinMinimalDenom: "uopen", coinDecimals: 6 } as const;
/** On the REST server; see handler.ts. */
const LOGO_PATH = "/wallet/logo.svg";
/** Keplr refuses longer ones. */
const MAX_NAME = 30;

export interface WalletChain {
  readonly chainId: string;
  readonly name: string;
  /** URLs that the wallet can reach. */
  readonly rpc: string;
  readonly rest: string;
  /** Millionths of a uopen per unit of gas that this node asks for. */
  readonly gasPriceMicro: bigint;
}

/** Uopen per unit of gas: what is asked for, half as much again, and four times. A node that asks for nothing still gets a little, for other nodes may ask. */
function gasPrices(micro: bigint): { readonly low: number; readonly average: number; readonly high: number } {
  const low = Number(micro) / 1_000_000;
  const base = low === 0 ? 0.001 : low;
  return { low, average: round(base * 1.5), high: round(base * 4) };
}

/** Six digits, since floats of wallets are printed. */
function round(price: number): number {
  return Math.round(price * 1_000_000) / 1_000_000;
}

/** The argument of `keplr.experimentalSuggestChain`. */
export function keplrChainInfo({ chainId, name, rpc, rest, gasPriceMicro }: WalletChain): Readonly<Record<string, unknown>> {
  return {
    chainId,
    chainName: name.slice(0, MAX_NAME),
    chainSymbolImageUrl: `${rest}${LOGO_PATH}`,
    rpc,
    rest,
    bip44: { coinType: COIN_TYPE },
    bech32Config: {
      bech32PrefixAccAddr: ACCOUNT_PREFIX,
      bech32PrefixAccPub: `${ACCOUNT_PREFIX}pub`,
      bech32PrefixValAddr: OPERATOR_PREFIX,
      bech32PrefixValPub: `${OPERATOR_PREFIX}pub`,
      bech32PrefixConsAddr: CONSENSUS_PREFIX,
      bech32PrefixConsPub: `${CONSENSUS_PREFIX}pub`,
    },
    currencies: [OPEN],
    feeCurrencies: [{ ...OPEN, gasPriceStep: gasPrices(gasPriceMicro) }],
    stakeCurrency: OPEN,
    features: [],
  };
}

/** A file of ping.pub's `chains/` folder. */
export function pingPubChain({ chainId, name, rpc, rest, gasPriceMicro }: WalletChain): Readonly<Record<string, unknown>> {
  return {
    chain_name: "openledger",
    chain_id: chainId,
    pretty_name: name,
    api: [rest],
    rpc: [rpc],
    snapshot_provider: "",
    sdk_version: "0.53.0",
    coin_type: COIN_TYPE.toString(),
    // For the 200,000 units of gas that the page assumes.
    min_tx_fee: ((gasPriceMicro * 200_000n + 999_999n) / 1_000_000n).toString(),
    addr_prefix: ACCOUNT_PREFIX,
    logo: `${rest}${LOGO_PATH}`,
    theme_color: "#2f5fd0",
    assets: [{ base: OPEN.coinMinimalDenom, symbol: OPEN.coinDenom, exponent: OPEN.coinDecimals.toString(), coingecko_id: "", logo: `${rest}${LOGO_PATH}` }],
  };
}
