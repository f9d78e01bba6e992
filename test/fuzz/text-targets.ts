/** Texts from clients, operators and files: requests, addresses, amounts, times, queries, settings, documents. */
import type { JsonValue } from "../../chain/codec/index.js";
import { formatAddress, formatDecimal, parseAddress, parseDecimal, parseDuration, parseJsonBytes, parseRfc3339 } from "../../chain/codec/index.js";
import { decodeEvidence } from "../../chain/block/index.js";
import { cometVectors } from "../../chain/testkit/comet-vectors.js";
import { parseCoins } from "../../chain/kernel/coins.js";
import { parseBase64, parseDec, parseHex, parseUtf8, utf8 } from "../../chain/primitives/index.js";
import { createSigner } from "../../chain/testkit/signer.js";
import { parseAbciAddress } from "../../node/abci-server/address.js";
import { parseCid } from "../../node/blobs/block.js";
import { parseCoinsArgument } from "../../node/cli/coins-argument.js";
import { parseTxJson } from "../../node/cli/tx/tx-json.js";
import { parseClientSettings } from "../../node/config/client-settings.js";
import { parseGenesis } from "../../node/config/genesis.js";
import { parseSettings } from "../../node/config/settings.js";
import { clusterGenesis } from "../../node/engine/testkit/cluster.js";
import { formatKeyFile, parseKeyFile } from "../../node/engine/key-file.js";
import { parseQuery } from "../../node/indexer/query.js";
import { formatArmor, parseArmor } from "../../node/keyring/ascii-armor.js";
import { parsePersistentPeer } from "../../node/p2p/reconnect.js";
import { answer } from "../../node/rpc/dispatch.js";
import { evidenceJson } from "../../node/rpc/json-chain.js";
import { parseEvidenceJson } from "../../node/rpc/json-evidence.js";
import { parseLogLevels } from "../../node/telemetry/log-levels.js";
import { silentLogger } from "../../node/telemetry/log.js";
import type { FuzzTarget } from "./target.js";

const { text: address } = createSigner("alice");

const target = (name: string, from: FuzzTarget["from"], seeds: readonly string[], parse: (text: string) => unknown): FuzzTarget => ({
  ...{ name, from, form: "text", seeds: seeds.map(utf8) },
  run: async (bytes) => {
    await parse(parseUtf8(bytes));
  },
});

async function call(text: string): Promise<void> {
  const dispatcher = { call: () => Promise.resolve(null), isQueued: () => false, maxBatch: 10, log: silentLogger() };
  const said = await answer(text, dispatcher);
  if (said.text !== undefined) JSON.parse(said.text);
}

const request = '{"jsonrpc":"2.0","id":1,"method":"abci_query","params":{"path":"/a","data":"AB","height":"5","prove":true}}';
const duplicate = cometVectors.evidence.map(({ bytes }) => decodeEvidence(parseHex(bytes)))[0];
const evidence = duplicate === undefined ? "" : JSON.stringify(evidenceJson(duplicate));
const armour = formatArmor({ type: "TENDERMINT PRIVATE KEY", headers: { kdf: "argon2", salt: "00" }, body: new Uint8Array(60) });
const transaction = '{"body":{"messages":[{"@type":"/cosmos.bank.v1beta1.MsgSend","from_address":"a","to_address":"b","amount":[]}],"memo":""},"auth_info":{"signer_infos":[],"fee":{"amount":[],"gas_limit":"1","payer":"","granter":""}},"signatures":[]}';

export const TEXT_TARGETS: readonly FuzzTarget[] = [
  target("JSON-RPC request", "client", [request, `[${request},${request}]`, '{"method":"status","id":"x"}'], call),
  target("JSON", "client", [request, evidence, "[1,2,{}]"], (text) => parseJsonBytes(utf8(text), 1_000_000)),
  target("evidence by RPC", "client", [evidence], (text) => parseEvidenceJson(parseJsonBytes(utf8(text), 1_000_000) as JsonValue)),
  target("bech32 address", "client", [address], (text) => formatAddress(parseAddress(text))),
  target("decimal", "client", ["0.100000000000000000", "-1", "123456789012345678901234567890.5"], (text) => parseDec(text)),
  target("decimal of JSON", "client", ["0.1", "-12.000000000000000001"], (text) => formatDecimal(parseDecimal(text))),
  target("coins", "client", ["1000000"], (amount) => parseCoins([{ denom: "uopen", amount }])),
  target("coins of the command line", "client", ["1000uopen", "5OPEN"], parseCoinsArgument),
  target("time", "client", ["2026-11-21T16:00:00.123456789Z", "0001-01-01T00:00:00Z"], parseRfc3339),
  target("duration", "client", ["1.5s", "-315576000000s"], parseDuration),
  target("hex and base64", "client", ["00ff", "AQI="], (text) => [parseHex(text), parseBase64(text)]),
  target("event query", "client", ["tm.event='NewBlock' AND tx.height>5 AND a.b CONTAINS 'x' AND c EXISTS", "tx.time >= TIME 2026-01-01T00:00:00Z"], parseQuery),
  target("content id", "peer", ["bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"], parseCid),
  target("peer address", "client", ["/ip4/127.0.0.1/tcp/26656/p2p/12D3KooWKoB7xEMYiLMLQTkVK9zRwmEMWWvdBmDrJqhcZ6cXxMzE"], parsePersistentPeer),
  target("ABCI address", "client", ["tcp://127.0.0.1:26658", "unix:///tmp/a.sock"], parseAbciAddress),
  target("genesis", "client", [clusterGenesis([10n, 10n])], parseGenesis),
  target("config.toml", "client", ["moniker = 'a'\n[rpc]\nladdr = 'tcp://127.0.0.1:26657'\n[p2p]\npersistent_peers = []\n"], (config) => parseSettings({ config, app: "" })),
  target("app.toml", "client", ["keep_recent = 5\n[grpc]\nenable = true\naddress = '127.0.0.1:9090'\n"], (app) => parseSettings({ config: "", app })),
  target("client.toml", "client", ["node = 'tcp://127.0.0.1:26657'\n"], (text) => parseClientSettings(text)),
  target("log levels", "client", ["info", "engine:debug,*:error"], parseLogLevels),
  target("transaction in a file", "client", [transaction], (text) => parseTxJson(text, "a file")),
  target("validator key", "disk", [formatKeyFile(new Uint8Array(32).fill(7))], parseKeyFile),
  target("armoured key", "client", [armour], parseArmor),
];
