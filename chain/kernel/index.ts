export type { AccountView, Accounts, FeeGrants, Fees, GrantedFee, TxParams } from "./accounts-port.js";
export type { GasPrice } from "./ante.js";
export { requiredFee } from "./ante.js";
export { createApplication } from "./application.js";
export type { ApplicationOptions, KernelApplication } from "./application.js";
export { NO_ATTESTATION } from "./attest-port.js";
export type { AttestHooks } from "./attest-port.js";
export { GOV, GOV_AUTHORITY, checkAuthority, updateParamsRoute } from "./authority.js";
export type { UpdateParamsSpec } from "./authority.js";
export { formatUopen, parseCoins, toCoins } from "./coins.js";
export type { CoinText } from "./coins.js";
export { CONSENSUS_STORE, PARAMS_QUERY, changeParams, currentParams, lastBlock, storeNames } from "./consensus-state.js";
export type { BeginContext, BlockInfo, Context, ReadContext, TxContext } from "./context.js";
export { SdkError } from "./errors.js";
export { event, withAttribute } from "./events.js";
export { genesisRoute } from "./genesis-route.js";
export { MAX_NESTED_MESSAGES, createMessageRunner } from "./message-runner.js";
export type { MessageRunner, RunnableMessage } from "./message-runner.js";
export { messageRoute, queryRoute } from "./module.js";
export type {
  GenesisRoute,
  GenesisSpec,
  Invariant,
  MessageRoute,
  MessageSpec,
  Module,
  ParsedMessage,
  QueryRoute,
} from "./module.js";
export { failureOf } from "./outcome.js";
export { ED25519_URL, MULTISIG_URL, SECP256K1_URL, parseAccountKey } from "./public-keys.js";
export type { AccountKey, MultisigKey } from "./public-keys.js";
export { grpcCodeOf } from "./query.js";
export type { GrpcCode } from "./query.js";
export { createRouter } from "./router.js";
export type { Router } from "./router.js";
export type { SignModeHandler, SignerData } from "./sign-modes.js";
export { readDirectSignature } from "./direct-signature.js";
export type { DirectSignature } from "./direct-signature.js";
export type { SignatureFacts } from "./good-signatures.js";
export { parseSignatureData, toBitArray } from "./signature-data.js";
export type { SignatureData } from "./signature-data.js";
export type { StateStore } from "./state-port.js";
export type { Transaction } from "./transaction.js";
export { KEY_TYPES, moduleTypes } from "./type-registry.js";
