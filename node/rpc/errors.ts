/** JSON-RPC 2.0 errors as CometBFT words them; clients match on the texts in `data` (cosmos-formats.md §1.1). */

const MESSAGES = {
  [-32700]: "Parse error. Invalid JSON",
  [-32600]: "Invalid Request",
  [-32601]: "Method not found",
  [-32602]: "Invalid params",
  [-32603]: "Internal error",
  [-32000]: "Server error",
} as const;

export type RpcCode = keyof typeof MESSAGES;

/** What goes into `error`: code, the message that belongs to it, and the details in `data`. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: RpcCode;
  readonly data: string;

  constructor(code: RpcCode, data: string) {
    super(`${MESSAGES[code]}: ${data}`);
    this.code = code;
    this.data = data;
  }

  toJSON(): { readonly code: number; readonly message: string; readonly data?: string } {
    const head = { code: this.code, message: MESSAGES[this.code] };
    return this.data === "" ? head : { ...head, data: this.data };
  }
}

export const parseError = (data: string): RpcError => new RpcError(-32700, data);
export const invalidRequest = (data: string): RpcError => new RpcError(-32600, data);
export const methodNotFound = (): RpcError => new RpcError(-32601, "");
export const invalidParams = (data: string): RpcError => new RpcError(-32602, data);
/** What a method answers when it cannot: the text is for the caller, and some of it is API. */
export const failed = (data: string): RpcError => new RpcError(-32603, data);
export const serverError = (data: string): RpcError => new RpcError(-32000, data);
