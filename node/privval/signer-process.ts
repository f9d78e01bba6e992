/** The other side: holds the key, dials the node, and answers what CometBFT's nodes and ours ask of a signer. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Message } from "../../proto/gen/tendermint/privval.js";
import { Proposal as WireProposal, Vote as WireVote } from "../../proto/gen/tendermint/types.js";
import type { LocalSigner } from "../engine/index.js";
import { EdgeFailure, errorText } from "../errors.js";
import type { Logger } from "../telemetry/log.js";
import { FrameReader, encodeFrame, proposalToPrivval, unsignedProposal, unsignedVote, voteToPrivval } from "./wire.js";

export interface SignerProcessOptions {
  /** Of the node's unix socket. */
  readonly path: string;
  readonly chainId: string;
  /** Who asks nothing for so long is hung up on: nodes ping more often. */
  readonly idleMs?: number;
  readonly redialMs?: number;
}

const IDLE_MS = 15_000;
const REDIAL_MS = 500;

/** Serves until the signal fires, dialling again whenever the line is lost. Never rejects. */
export async function runSigner(options: SignerProcessOptions, signer: LocalSigner, log: Logger, signal: AbortSignal): Promise<void> {
  // A node that is away for hours is worth one line.
  let said = "";
  while (!signal.aborted) {
    try {
      await serve(options, signer, log, signal);
      log.warn("the node hung up", { path: options.path });
      said = "";
    } catch (error) {
      const cause = errorText(error);
      if (cause !== said) log.warn("the node cannot be served; it is dialled until it can", { path: options.path, cause });
      said = cause;
    }
    await pause(options.redialMs ?? REDIAL_MS, signal);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}

async function serve(options: SignerProcessOptions, signer: LocalSigner, log: Logger, signal: AbortSignal): Promise<void> {
  const socket = connect(options.path);
  const stop = (): void => void socket.destroy();
  signal.addEventListener("abort", stop);
  try {
    await new Promise<void>((resolve, reject) => {
      const reader = new FrameReader();
      socket.on("connect", () => log.info("connected to the node", { path: options.path }));
      socket.setTimeout(options.idleMs ?? IDLE_MS, () => reject(new EdgeFailure("timeout", "the node asks nothing")));
      socket.on("error", reject);
      socket.on("close", () => resolve());
      socket.on("data", (chunk) => {
        try {
          reader.push(chunk);
          answerAll(socket, reader, (question) => answer(question, options.chainId, signer, log));
        } catch (error) {
          reject(error instanceof Error ? error : new EdgeFailure("malformed", "the node's message"));
        }
      });
    });
  } finally {
    signal.removeEventListener("abort", stop);
    socket.destroy();
  }
}

function answerAll(socket: Socket, reader: FrameReader, answerTo: (question: Message) => Partial<Message>): void {
  for (let question = reader.next(); question !== undefined; question = reader.next()) socket.write(encodeFrame(answerTo(question)));
}

/** The answer to one question; a refusal is an answer too. @throws EdgeFailure "malformed" for what is no question. */
export function answer(question: Message, chainId: string, signer: LocalSigner, log: Logger): Partial<Message> {
  const { pubKeyRequest, signVoteRequest, signProposalRequest, pingRequest } = question;
  if (pingRequest !== undefined) return { pingResponse: {} };
  if (pubKeyRequest !== undefined) {
    const isOurs = pubKeyRequest.chainId === chainId;
    const pubKey = { ed25519: isOurs ? signer.publicKey : undefined, secp256k1: undefined };
    return { pubKeyResponse: { pubKey, error: isOurs ? undefined : refusal(`this signer signs for ${chainId}`) } };
  }
  if (signVoteRequest !== undefined) return { signedVoteResponse: signVote(signVoteRequest, chainId, signer, log) };
  if (signProposalRequest !== undefined) return { signedProposalResponse: signProposal(signProposalRequest, chainId, signer, log) };
  throw new EdgeFailure("malformed", "the node asks nothing that a signer answers");
}

type VoteRequest = NonNullable<Message["signVoteRequest"]>;
type VoteAnswer = NonNullable<Message["signedVoteResponse"]>;
type ProposalRequest = NonNullable<Message["signProposalRequest"]>;
type ProposalAnswer = NonNullable<Message["signedProposalResponse"]>;

const refusal = (description: string) => ({ code: 0, description });
const WRONG_CHAIN = "another chain than this signer's";
const REFUSED = "signing this would be a double sign or a step back";

function signVote({ vote: wire, chainId: asked }: VoteRequest, chainId: string, signer: LocalSigner, log: Logger): VoteAnswer {
  const empty = WireVote.create({});
  if (asked !== chainId || wire === undefined) return { vote: empty, error: refusal(WRONG_CHAIN) };
  try {
    const vote = unsignedVote(wire);
    const signed = signer.signVote(vote, vote.type === "precommit" && vote.blockId !== null);
    if (signed !== null) return { vote: voteToPrivval(signed), error: undefined };
    log.error("refused to sign a vote", { height: vote.height, round: vote.round, type: vote.type });
    return { vote: empty, error: refusal(REFUSED) };
  } catch (error) {
    return { vote: empty, error: refusal(failureText(error, log)) };
  }
}

function signProposal({ proposal: wire, chainId: asked }: ProposalRequest, chainId: string, signer: LocalSigner, log: Logger): ProposalAnswer {
  const empty = WireProposal.create({});
  if (asked !== chainId || wire === undefined) return { proposal: empty, error: refusal(WRONG_CHAIN) };
  try {
    const proposal = unsignedProposal(wire);
    const signed = signer.signProposal(proposal);
    if (signed !== null) return { proposal: proposalToPrivval(signed), error: undefined };
    log.error("refused to sign a proposal", { height: proposal.height, round: proposal.round });
    return { proposal: empty, error: refusal(REFUSED) };
  } catch (error) {
    return { proposal: empty, error: refusal(failureText(error, log)) };
  }
}

function failureText(error: unknown, log: Logger): string {
  log.error("a question cannot be answered", { cause: errorText(error) });
  return "the question cannot be answered";
}
