import type { WeightedVoteOption } from "../../../proto/gen/cosmos/gov/v1.js";
import { VoteOption } from "../../../proto/gen/cosmos/gov/v1.js";
import { DEC_ONE, DEC_ZERO, Reject, addDec, parseDec } from "../../../chain/primitives/index.js";
import type { Dec } from "../../../chain/primitives/index.js";
import { GovError } from "../errors.js";

/** The four answers, in the numbers of the wire: yes, abstain, no, no with veto. */
export const OPTIONS = [1, 2, 3, 4] as const;

/** Answer -> how much of the voter's power goes to it. The weights sum to one. */
export type Weights = ReadonlyMap<number, Dec>;

/** The SDK's name of an answer, or the number of one it does not know. */
export function optionName(option: number): string {
  switch (option) {
    case VoteOption.VOTE_OPTION_UNSPECIFIED:
      return "VOTE_OPTION_UNSPECIFIED";
    case VoteOption.VOTE_OPTION_YES:
      return "VOTE_OPTION_YES";
    case VoteOption.VOTE_OPTION_ABSTAIN:
      return "VOTE_OPTION_ABSTAIN";
    case VoteOption.VOTE_OPTION_NO:
      return "VOTE_OPTION_NO";
    case VoteOption.VOTE_OPTION_NO_WITH_VETO:
      return "VOTE_OPTION_NO_WITH_VETO";
    default:
      return option.toString();
  }
}

function isOption(option: number): boolean {
  return option >= 1 && option <= 4;
}

/** The whole of a vote for one answer. @throws Reject gov/7 on an answer that does not exist. */
export function single(option: number): readonly WeightedVoteOption[] {
  if (!isOption(option)) throw GovError.InvalidVote(optionName(option));
  return [{ option, weight: "1.000000000000000000" }];
}

function weightOf({ option, weight }: WeightedVoteOption): Dec {
  const text = `option:${optionName(option)} weight:"${weight.slice(0, 100)}" `;
  try {
    const parsed = parseDec(weight);
    if (isOption(option) && parsed > 0n && parsed <= DEC_ONE) return parsed;
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
  }
  throw GovError.InvalidVote(text);
}

/**
 * The weights of a vote: each answer at most once, each weight above zero, together one.
 *
 * @throws Reject gov/7 otherwise, sdk/18 on no answer at all.
 */
export function parseWeights(options: readonly WeightedVoteOption[]): Weights {
  const [first] = options;
  if (first === undefined) throw new Reject("sdk", 18, "null: invalid request");
  const weights = new Map<number, Dec>();
  let total = DEC_ZERO;
  for (const each of options) {
    const weight = weightOf(each);
    if (weights.has(each.option)) throw GovError.InvalidVote("duplicated vote option");
    weights.set(each.option, weight);
    total = addDec(total, weight);
  }
  if (total > DEC_ONE) throw GovError.InvalidVote("total weight overflow 1.00");
  if (total < DEC_ONE) throw GovError.InvalidVote("total weight lower than 1.00");
  return weights;
}

/** The vote as the event shows it: the SDK's JSON of the options. */
export function formatOptions(options: readonly WeightedVoteOption[]): string {
  return `[${options.map(({ option, weight }) => `{"option":${option},"weight":"${weight}"}`).join(",")}]`;
}
