// The only ambient names the deterministic core may use beyond ES2023. Both are pure and exist in Node and browsers.
declare class TextEncoder {
  encode(input: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label: "utf-8", options: { fatal: true; ignoreBOM: true });
  decode(input: Uint8Array): string;
}
