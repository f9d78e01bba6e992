import { message } from "../../../client/messages.js";
import { responseOf } from "../../../client/responses.js";
import { MsgClaimRewards, MsgClaimRewardsResponse, RecordStatus } from "../../../proto/gen/openledger/attribution/v1.js";
import { InferenceStatus, MsgRequestInference, MsgRequestInferenceResponse } from "../../../proto/gen/openledger/openlora/v1.js";
import type { Inference } from "../../../proto/gen/openledger/openlora/v1.js";
import type { Role } from "../actors.js";
import { FIRST_PAGE, waitInStory } from "../story.js";
import type { Story } from "../story.js";
import type { Question } from "../options.js";

async function findAsked(story: Story): Promise<ReadonlyMap<string, Inference>> {
  const user = story.actors.user.address;
  const { inferences } = await story.chain.openledger.openlora.inferences({ user, pagination: FIRST_PAGE });
  return new Map(inferences.map((inference) => [inference.clientNonce, inference]));
}

/** The question is paid for; its nonce keeps it from being asked, and paid, twice. */
async function ask(story: Story, adapterId: bigint, question: Question): Promise<bigint> {
  const { user } = story.actors;
  const { prompt, maxTokens, nonce } = question;
  const sent = await story.chain.send(user, [
    message(MsgRequestInference, {
      user: user.address,
      adapterId,
      prompt,
      maxTokens,
      sampling: story.options.sampling,
      maxFee: story.options.maxFee.toString(),
      clientNonce: nonce,
    }),
  ]);
  return responseOf(sent, MsgRequestInferenceResponse).inferenceId;
}

/** Ids of the questions, in the order of the options. */
export async function ensureAsked(story: Story, adapterId: bigint): Promise<bigint[]> {
  const asked = await findAsked(story);
  const ids: bigint[] = [];
  for (const question of story.options.questions) {
    ids.push(asked.get(question.nonce)?.id ?? (await ask(story, adapterId, question)));
  }
  return ids;
}

const PHASES: Readonly<Record<number, string>> = {
  [InferenceStatus.INFERENCE_STATUS_PENDING]: "the validators are computing the answer",
  [InferenceStatus.INFERENCE_STATUS_ANSWERED]: "the answer is agreed, attribution is being computed",
  [InferenceStatus.INFERENCE_STATUS_SETTLED]: "settled",
};

/** The validators agree on answer and attribution, and the fee is paid out. */
export async function awaitSettlement(story: Story, inferenceId: bigint): Promise<Inference> {
  return waitInStory(story, `settlement of question ${inferenceId}`, async () => {
    const { inference } = await story.chain.openledger.openlora.inference({ inferenceId });
    if (inference.status === InferenceStatus.INFERENCE_STATUS_REFUNDED) {
      throw new Error(`question ${inferenceId} was refunded: too few sidecars answered. Look into the sidecars' logs.`);
    }
    story.note(`question ${inferenceId}: ${PHASES[inference.status] ?? "unknown"}`);
    return inference.status === InferenceStatus.INFERENCE_STATUS_SETTLED ? inference : undefined;
  });
}

/** Nobody objects within the dispute window, and what the record pays can be claimed. */
export async function awaitFinal(story: Story, inferenceId: bigint): Promise<void> {
  await waitInStory(story, `the dispute window of question ${inferenceId}`, async () => {
    const { record } = await story.chain.openledger.attribution.record({ inferenceId });
    story.note(`question ${inferenceId}: open to dispute until height ${record.finalHeight}`);
    return record.status === RecordStatus.RECORD_STATUS_FINAL ? record : undefined;
  });
}

/** Everyone in the story who has earned takes it out. Returns uopen by role, without those who had nothing to take. */
export async function claimAll(story: Story): Promise<ReadonlyMap<Role, bigint>> {
  const claims = Object.values(story.actors).map(async (actor): Promise<readonly [Role, bigint]> => {
    const { amount } = await story.chain.openledger.attribution.accrued({ account: actor.address });
    if (BigInt(amount) === 0n) return [actor.role, 0n];
    const sent = await story.chain.send(actor, [message(MsgClaimRewards, { account: actor.address })]);
    return [actor.role, BigInt(responseOf(sent, MsgClaimRewardsResponse).amount)];
  });
  return new Map((await Promise.all(claims)).filter(([, amount]) => amount > 0n));
}
