import { DirectSecp256k1HdWallet } from "@cosmjs/proto-signing";

/** Bech32 prefix of accounts. */
const PREFIX = "open";

/** Who takes part in the story. The contributors' ids name their files in testnet/corpus. */
export const CONTRIBUTORS = ["abraham-lincoln", "theodore-roosevelt", "franklin-d-roosevelt"] as const;
export type ContributorRole = (typeof CONTRIBUTORS)[number];
export const ROLES = [...CONTRIBUTORS, "developer", "user"] as const;
export type Role = (typeof ROLES)[number];

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  "abraham-lincoln": "Abraham Lincoln",
  "theodore-roosevelt": "Theodore Roosevelt",
  "franklin-d-roosevelt": "Franklin D. Roosevelt",
  developer: "the model developer",
  user: "the user",
};

export interface Actor {
  readonly role: Role;
  readonly name: string;
  /** Bech32 account. */
  readonly address: string;
  readonly mnemonic: string;
  readonly wallet: DirectSecp256k1HdWallet;
}

export type Actors = Readonly<Record<Role, Actor>>;

/** A new key for each role, as mnemonics. */
export async function createMnemonics(): Promise<Record<Role, string>> {
  const entries = ROLES.map(async (role) => {
    const wallet = await DirectSecp256k1HdWallet.generate(12, { prefix: PREFIX });
    return [role, wallet.mnemonic] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<Role, string>;
}

async function openActor(role: Role, mnemonic: string | undefined): Promise<Actor> {
  if (mnemonic === undefined) throw new Error(`no key of ${ROLE_NAMES[role]}: start over with "npm start -- --reset"`);
  const wallet = await DirectSecp256k1HdWallet.fromMnemonic(mnemonic, { prefix: PREFIX });
  const [account] = await wallet.getAccounts();
  if (account === undefined) throw new Error(`the mnemonic of ${ROLE_NAMES[role]} gives no account`);
  return { role, name: ROLE_NAMES[role], address: account.address, mnemonic, wallet };
}

/** @throws Error when a role's key is missing. */
export async function openActors(mnemonics: Readonly<Record<string, string>>): Promise<Actors> {
  const entries = ROLES.map(async (role) => [role, await openActor(role, mnemonics[role])] as const);
  return Object.fromEntries(await Promise.all(entries)) as Record<Role, Actor>;
}
