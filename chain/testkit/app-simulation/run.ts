import { buildGenesis } from "../../../modules/genesis.js";
import { createModules } from "../../../modules/app.js";
import { silentSource } from "../../attest/index.js";
import { Reject, equalBytes, toHeight, toHex, toUopen, toVotingPower } from "../../primitives/index.js";
import type { ExecTxResult, FinalizeBlockResponse, Misbehavior, ValidatorUpdate } from "../../abci/index.js";
import { ed25519Address } from "../../crypto/index.js";
import { createMessageRunner, moduleTypes } from "../../kernel/index.js";
import { createRouter } from "../../kernel/router.js";
import { TEST_GENESIS_TIME, createTestChain } from "../chain.js";
import type { BlockFacts, TestChain } from "../chain.js";
import { seededDraw } from "../draw.js";
import type { Draw } from "../draw.js";
import { createSigner } from "../signer.js";
import type { Signer } from "../signer.js";
import { testKey } from "../validators.js";
import { VOTING_PARAMS, createVotingChain } from "../voting-chain.js";
import { simulatedSource } from "./answers.js";
import { drawParams } from "./params.js";
import { drawTransaction } from "./traffic.js";
import type { Factory } from "../draw.js";

/**
 * The whole application under random accounts and messages, good and bad, with validators that miss blocks, sign twice, and whose sidecars
 * err; every invariant of every module after each block. A run follows from its seed alone.
 */

export interface Simulation {
  readonly seed: number;
  readonly blocks: number;
  /** Factories by module. */
  readonly factories: readonly (readonly Factory[])[];
  /** Whether genesis has parameters drawn within what each module allows. */
  readonly drawsParams?: boolean;
  /** Whether half of the messages are of the factories in turn, so that none waits for luck; slower. */
  readonly takesTurns?: boolean;
  /** What to make of the genesis of this simulation. */
  readonly prepare?: (state: State) => State;
  /** Stands around each block: what is asked of the chain before, and what becomes of the answer. */
  readonly around?: (chain: TestChain, txs: readonly Uint8Array[], run: () => FinalizeBlockResponse) => FinalizeBlockResponse;
}

export interface SimulationReport {
  /** Hex of the app hash of each block. */
  readonly appHashes: readonly string[];
  /** Messages that were sent by type URL, and those that governance tried to carry out. */
  readonly sent: ReadonlyMap<string, number>;
  /** Of them the successful ones. */
  readonly succeeded: ReadonlyMap<string, number>;
  /** Transactions by "codespace/code"; "/0" are those that succeeded. */
  readonly codes: ReadonlyMap<string, number>;
  /** Modules whose drawn parameters were taken. */
  readonly drawn: readonly string[];
  readonly chain: TestChain;
}

const VALIDATORS = 4;
/** Keys that validators may have who come later. */
export const SIMULATED_KEYS = 10;
const ACCOUNTS = 8;

/** In order: first the operators of genesis. */
export const simulatedAccounts: readonly Signer[] = Array.from({ length: ACCOUNTS }, (_, i) => createSigner(`simulated ${i}`));

/** app_state: module -> its genesis document. */
export type State = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function genesis(): State {
  const validators = simulatedAccounts.slice(0, VALIDATORS).map(({ address }, i) => {
    return { operator: address, publicKey: testKey(i).publicKey, power: BigInt(100 - i), moniker: `v${i}` };
  });
  const accounts = simulatedAccounts.map(({ address }) => ({ address, amount: toUopen(5_000_000_000n), from: "community" as const }));
  return buildGenesis({ time: TEST_GENESIS_TIME, validators, accounts }) as State;
}

function start(appState: State) {
  const { modules, accounts, fees, feeGrants, attest } = createModules(silentSource);
  const chain = createTestChain({ modules, accounts, fees, feeGrants, attest, appState, params: VOTING_PARAMS });
  return { modules, chain, accounts };
}

function isTaken(appState: State): boolean {
  try {
    start(appState);
    return true;
  } catch (error) {
    if (error instanceof Reject) return false;
    throw error;
  }
}

/** Parameters of one module after the other, kept where genesis takes them; up to four tries each. */
function withDrawnParams(base: State, draw: Draw): { readonly state: State; readonly drawn: readonly string[] } {
  const { modules } = start(base);
  const drawn: string[] = [];
  let state = base;
  for (const { name, genesis: route } of modules) {
    const own = state[name] ?? (route.defaults() as State[string]);
    for (let tries = 0; tries < 4 && own["params"] !== undefined && !drawn.includes(name); tries++) {
      const candidate = { ...state, [name]: { ...own, params: drawParams(own["params"], draw) } };
      if (!isTaken(candidate)) continue;
      state = candidate;
      drawn.push(name);
    }
  }
  return { state, drawn };
}

/** Up to a third of the power, less one, may be away; validators have weeks in which they are, unless others left and they are needed. */
function createAbsence(draw: Draw, set: () => readonly ValidatorUpdate[]) {
  let away: readonly string[] = [];
  const fits = (address: string): boolean => {
    const of = (list: readonly ValidatorUpdate[]): bigint => list.reduce((sum, v) => sum + v.power, 0n);
    // A damaged message may have named a key that nobody has: its validator never votes.
    const isMute = ({ publicKey }: ValidatorUpdate): boolean => !KEYS.some((k) => equalBytes(k.publicKey, publicKey));
    return of(set().filter((v) => isMute(v) || toHex(addressOf(v.publicKey)) === address)) * 3n < of(set());
  };
  return {
    isAbsent: (_: bigint, address: Uint8Array) => away.includes(toHex(address)) && fits(toHex(address)),
    turn(): void {
      if (draw(12) > 0) return;
      const candidate = set()[draw(Math.max(1, set().length))];
      const address = candidate && toHex(addressOf(candidate.publicKey));
      away = address !== undefined && fits(address) && draw(3) > 0 ? [address] : [];
    },
  };
}

const KEYS = Array.from({ length: SIMULATED_KEYS }, (_, i) => testKey(i));

function addressOf(publicKey: Uint8Array): Uint8Array {
  return KEYS.find((k) => equalBytes(k.publicKey, publicKey))?.address ?? ed25519Address(publicKey);
}

/** Now and then somebody has signed two blocks of a recent height. */
function drawFacts(chain: TestChain, set: readonly ValidatorUpdate[], draw: Draw): BlockFacts {
  const proposer = set.length === 0 ? new Uint8Array(20) : addressOf(set[draw(set.length)]?.publicKey ?? new Uint8Array(0));
  const height = chain.height() - BigInt(draw(3));
  const accused = KEYS[draw(SIMULATED_KEYS)];
  if (draw(40) > 0 || height < 1n || accused === undefined) return { proposer };
  const totalVotingPower = toVotingPower(set.reduce((sum, v) => sum + v.power, 0n));
  const power = set.find((v) => equalBytes(v.publicKey, accused.publicKey))?.power ?? 10n;
  const validator = { address: accused.address, power: toVotingPower(power) };
  const misbehavior: Misbehavior = { kind: "duplicate-vote", validator, height: toHeight(height), time: chain.time(), totalVotingPower };
  return { proposer, misbehavior: [misbehavior] };
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}

/** Type URLs of a transaction's messages, from its events. */
function actionsOf({ events }: ExecTxResult): string[] {
  const messages = events.filter((e) => e.type === "message").flatMap((e) => e.attributes);
  return messages.filter(({ key }) => key === "action").map(({ value }) => value);
}

interface Proposals {
  readonly gov: { readonly proposals: readonly { readonly status: string; readonly messages: readonly { readonly "@type": string }[] }[] };
}

/** What passed and was done, or could not be done: none of it stands in the events of a transaction. */
function countProposals(state: unknown, { sent, succeeded }: { readonly sent: Map<string, number>; readonly succeeded: Map<string, number> }): void {
  for (const { status, messages } of (state as Proposals).gov.proposals) {
    const isDone = status === "PROPOSAL_STATUS_PASSED";
    for (const message of isDone || status === "PROPOSAL_STATUS_FAILED" ? messages : []) {
      count(sent, message["@type"]);
      if (isDone) count(succeeded, message["@type"]);
    }
  }
}

/** @throws Fault with the sentence of an invariant that broke, or of a hook that rejected. */
export function runSimulation({ seed, blocks, factories, drawsParams = false, takesTurns = false, prepare, around = (_chain, _txs, run) => run() }: Simulation): SimulationReport {
  const draw = seededDraw(seed);
  const base = prepare?.(genesis()) ?? genesis();
  const { state, drawn } = drawsParams ? withDrawnParams(base, draw) : { state: base, drawn: [] };
  const { chain, modules, accounts } = start(state);
  const [sent, succeeded, codes] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()];
  const traffic = {
    modules: factories,
    signers: simulatedAccounts,
    runner: createMessageRunner(() => createRouter(modules)),
    types: moduleTypes(modules),
    onMessage: (typeUrl: string) => count(sent, typeUrl),
    ...(takesTurns ? { turns: new Map<Factory, number>() } : {}),
  };
  const voters = KEYS.map((key) => ({ key, source: simulatedSource(key.address, chain.read) }));
  const initial = KEYS.slice(0, VALIDATORS).map(({ publicKey }, i) => ({ publicKey, power: toVotingPower(BigInt(100 - i)) }));
  const absence = createAbsence(draw, () => voting.validators());
  const voting = createVotingChain(chain, voters, initial, absence.isAbsent);
  const appHashes: string[] = [];
  for (let i = 0; i < blocks; i++) {
    absence.turn();
    if (draw(10) === 0) chain.wait(BigInt(draw(100_000)));
    const used = new Map<string, bigint>();
    const next = ({ text, address }: Signer): bigint => {
      const sequence = used.get(text) ?? accounts.find(chain.read(), address)?.sequence ?? 0n;
      used.set(text, sequence + 1n);
      return sequence;
    };
    const txs = Array.from({ length: draw(10) }, () => drawTransaction(traffic, chain, next, draw));
    const facts = drawFacts(chain, voting.validators(), draw);
    const { txResults, appHash } = around(chain, txs, () => voting.nextBlock(txs, facts));
    appHashes.push(toHex(appHash));
    for (const { codespace, code } of txResults) count(codes, `${codespace}/${code}`);
    for (const action of txResults.filter((r) => r.code === 0).flatMap(actionsOf)) count(succeeded, action);
  }
  countProposals(chain.app.exportGenesis(), { sent, succeeded });
  return { appHashes, sent, succeeded, codes, drawn, chain };
}
