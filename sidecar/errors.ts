import { defineErrors } from "../chain/primitives/index.js";

/** Codespace `sidecar`. Numbers are never reused: node/ and the gRPC service match on them. */
export const SidecarError = defineErrors("sidecar", {
  InvalidRequest: { code: 2, text: "invalid sidecar request" },
  BadModel: { code: 3, text: "model files cannot be used" },
  BadAdapter: { code: 4, text: "adapter files cannot be used" },
  BadTangents: { code: 5, text: "tangents cannot be used" },
  BadCheckpoint: { code: 6, text: "checkpoint cannot be used" },
  BaseNotLoaded: { code: 7, text: "base model is not loaded" },
  AdapterNotLoaded: { code: 8, text: "adapter is not loaded" },
  TangentsNotLoaded: { code: 9, text: "tangents are not loaded" },
  CorpusNotLoaded: { code: 10, text: "corpus is not loaded" },
  TooLong: { code: 11, text: "sequence exceeds the model's context" },
  NotFinite: { code: 12, text: "a computation left the finite numbers" },
  Cancelled: { code: 13, text: "cancelled by the caller" },
  Disposed: { code: 14, text: "runtime is closed" },
});
