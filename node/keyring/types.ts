import type { KeyRecord } from "./record.js";

/** Named keys of one folder. Every method but `has` may ask for the passphrase, once. */
export interface Keyring {
  /** Where its files lie. */
  readonly dir: string;
  /** Whether something is kept under this name; needs no passphrase. */
  has(name: string): boolean;
  /** By name, in byte order. @throws EdgeFailure as `get`. */
  list(): Promise<readonly KeyRecord[]>;
  /**
   * @throws EdgeFailure "not-found"; "config" when the passphrase is wrong; "malformed" when the file was changed by
   * something else than this program.
   */
  get(name: string): Promise<KeyRecord>;
  /** Keeps a key; at most one of many that race for a name wins. @throws EdgeFailure "config" when the name is taken. */
  add(record: KeyRecord): Promise<void>;
  /** @throws EdgeFailure "not-found". */
  remove(name: string): Promise<void>;
  /** @throws EdgeFailure "not-found"; "config" when `to` is taken. */
  rename(from: string, to: string): Promise<void>;
}

/** Asks for the passphrase of a keyring; `isNew`: it does not exist yet, so a person is asked twice. */
export type AskPassphrase = (isNew: boolean) => Promise<string>;
