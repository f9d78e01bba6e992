/** Why something could not be verified: the text says what, `code` says in which class. */
export type VerifyCode =
  /** The node did not answer, or answered with an error of its own. */
  | "unreachable"
  /** An answer that no honest node gives: not what was asked, or not of its form. */
  | "malformed"
  /** A header, proof or blob that does not lead to what is trusted. */
  | "untrusted"
  /** The node does not have it. */
  | "not-found";

/** Verification came to no result: nothing is said about whether the payout is right. */
export class VerifyFailure extends Error {
  override readonly name = "VerifyFailure";
  readonly code: VerifyCode;

  constructor(code: VerifyCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
