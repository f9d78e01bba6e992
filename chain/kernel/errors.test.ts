import { expect } from "chai";
import { SdkError } from "./errors.js";

/** Pinned: (code, text) pairs of cosmossdk.io/errors' root codespace. A diff here is state-breaking. */
const REGISTRY: readonly (readonly [keyof typeof SdkError, number, string])[] = [
  ["TxDecode", 2, "tx parse error"],
  ["InvalidSequence", 3, "invalid sequence"],
  ["Unauthorized", 4, "unauthorized"],
  ["InsufficientFunds", 5, "insufficient funds"],
  ["UnknownRequest", 6, "unknown request"],
  ["InvalidAddress", 7, "invalid address"],
  ["InvalidPubKey", 8, "invalid pubkey"],
  ["UnknownAddress", 9, "unknown address"],
  ["InvalidCoins", 10, "invalid coins"],
  ["OutOfGas", 11, "out of gas"],
  ["MemoTooLarge", 12, "memo too large"],
  ["InsufficientFee", 13, "insufficient fee"],
  ["TooManySignatures", 14, "maximum number of signatures exceeded"],
  ["NoSignatures", 15, "no signatures supplied"],
  ["JsonMarshal", 16, "failed to marshal JSON bytes"],
  ["JsonUnmarshal", 17, "failed to unmarshal JSON bytes"],
  ["InvalidRequest", 18, "invalid request"],
  ["TxInMempoolCache", 19, "tx already in mempool"],
  ["MempoolIsFull", 20, "mempool is full"],
  ["TxTooLarge", 21, "tx too large"],
  ["KeyNotFound", 22, "key not found"],
  ["WrongPassword", 23, "invalid account password"],
  ["InvalidSigner", 24, "tx intended signer does not match the given signer"],
  ["InvalidGasAdjustment", 25, "invalid gas adjustment"],
  ["InvalidHeight", 26, "invalid height"],
  ["InvalidVersion", 27, "invalid version"],
  ["InvalidChainId", 28, "invalid chain-id"],
  ["InvalidType", 29, "invalid type"],
  ["TxTimeoutHeight", 30, "tx timeout height"],
  ["UnknownExtensionOptions", 31, "unknown extension options"],
  ["WrongSequence", 32, "incorrect account sequence"],
  ["PackAny", 33, "failed packing protobuf message to Any"],
  ["UnpackAny", 34, "failed unpacking protobuf message from Any"],
  ["Logic", 35, "internal logic error"],
  ["Conflict", 36, "conflict"],
  ["NotSupported", 37, "feature not supported"],
  ["NotFound", 38, "not found"],
  ["Io", 39, "Internal IO error"],
  ["AppConfig", 40, "error in app.toml"],
  ["InvalidGasLimit", 41, "invalid gas limit"],
  ["TxTimeout", 42, "tx timeout"],
];

describe("kernel errors", () => {
  it("keeps every code and text of the root codespace", () => {
    expect(Object.keys(SdkError)).to.deep.equal(REGISTRY.map(([name]) => name));
    for (const [name, code, text] of REGISTRY) {
      const reject = SdkError[name]();
      expect([reject.codespace, reject.code, reject.message]).to.deep.equal(["sdk", code, text]);
    }
  });

  it("puts the detail before the text, as the SDK wraps errors", () => {
    expect(SdkError.WrongSequence("account sequence mismatch, expected 4, got 3").message).to.equal(
      "account sequence mismatch, expected 4, got 3: incorrect account sequence",
    );
  });
});
