/** Import rules of design §3, one named rule each. Run by `npm run boundaries`. */
const layer = (name, from, allowed) => ({
  name,
  severity: "error",
  from: { path: from, pathNot: "\\.test\\.ts$" },
  to: { path: "^(chain|modules|node|sidecar|client|testnet|web|bench|scripts)/", pathNot: allowed },
});

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } } },
    layer("primitives-import-nothing", "^chain/primitives/", "^chain/primitives/"),
    layer("crypto-on-primitives", "^chain/crypto/", "^chain/(primitives|crypto)/"),
    layer("codec-on-crypto", "^chain/codec/", "^chain/(primitives|crypto|codec)/"),
    layer("block-on-codec", "^chain/block/", "^chain/(primitives|crypto|codec|block)/"),
    layer("store-on-codec", "^chain/store/", "^chain/(primitives|crypto|codec|store)/"),
    layer("abci-on-block", "^chain/abci/", "^chain/(primitives|block|abci)/"),
    layer("consensus-stands-alone", "^chain/consensus/", "^chain/(primitives|crypto|block|consensus)/"),
    layer("kernel-not-consensus", "^chain/(kernel|attest)/", "^chain/(primitives|crypto|codec|block|store|abci|kernel|attest)/"),
    {
      name: "core-imports-no-world",
      severity: "error",
      comment: "chain/ and modules/ never import node/, sidecar/, client/, node:* or an I/O package",
      from: { path: "^(chain|modules)/", pathNot: "(\\.test\\.ts$|^chain/testkit/)" },
      to: { path: "^(node|sidecar|client|testnet|web|bench|scripts)/" },
    },
    {
      name: "core-imports-no-builtin",
      severity: "error",
      from: { path: "^(chain|modules)/", pathNot: "(\\.test\\.ts$|^chain/testkit/)" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "core-packages",
      severity: "error",
      comment: "the core knows noble and scure, nothing else",
      from: { path: "^(chain|modules)/", pathNot: "(\\.test\\.ts$|^chain/testkit/)" },
      to: { dependencyTypes: ["npm", "npm-dev", "npm-optional"], pathNot: "node_modules/(@noble|@scure)/" },
    },
    {
      name: "modules-import-no-module",
      severity: "error",
      from: { path: "^modules/([^/]+)/", pathNot: "\\.test\\.ts$" },
      to: { path: "^modules/([^/]+)/", pathNot: "^modules/$1/" },
    },
    {
      name: "modules-not-consensus",
      severity: "error",
      from: { path: "^modules/" },
      to: { path: "^chain/consensus/" },
    },
    {
      name: "sidecar-knows-protocol-only",
      severity: "error",
      from: { path: "^sidecar/", pathNot: "\\.test\\.ts$" },
      to: { path: "^(chain|modules|node|client|testnet)/", pathNot: "^(chain/(primitives|crypto|codec)/|modules/[^/]+/rules/)" },
    },
    {
      name: "client-is-pure",
      severity: "error",
      comment: "client/ may use pure rule files of modules, so that a browser recomputes a payout with the validator's code",
      from: { path: "^client/", pathNot: "\\.test\\.ts$" },
      to: { path: "^(chain|modules|node|sidecar|testnet)/", pathNot: "^(chain/(primitives|crypto|codec|block|store/ics23)/|modules/[^/]+/rules/)" },
    },
    {
      name: "node-not-sidecar",
      severity: "error",
      comment: "the sidecar is another process behind a protocol",
      from: { path: "^node/", pathNot: "\\.test\\.ts$" },
      to: { path: "^(sidecar|testnet|bench|web)/" },
    },
    {
      name: "implementations-meet-in-main",
      severity: "error",
      comment: "a service imports another's types.ts or index.ts; only main wires implementations",
      from: { path: "^node/(engine|mempool|sync|p2p|blobs|rpc|grpc|tasks|trainer|indexer)/", pathNot: "(\\.test\\.ts$|/testkit/)" },
      to: {
        dependencyTypesNot: ["type-only"],
        path: "^node/(engine|mempool|sync|p2p|blobs|rpc|grpc|tasks|trainer|indexer|storage)/",
        pathNot: "(^node/$1/|/(types|index)\\.ts$)",
      },
    },
    {
      name: "no-tests-in-product",
      severity: "error",
      from: { pathNot: "(\\.test\\.ts$|^modules/[^/]+/simulate\\.ts$|^test/|/testkit/|^scripts/|^bench/)" },
      to: { path: "(\\.test\\.ts$|^modules/[^/]+/simulate\\.ts$|^chain/testkit/|^test/)" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|proto/gen)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".json"], conditionNames: ["import", "node", "default"], exportsFields: ["exports"] },
  },
};
