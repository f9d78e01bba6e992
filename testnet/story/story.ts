import { waitFor } from "../wait.js";
import type { Actors } from "./actors.js";
import type { StoryChain } from "./chain.js";
import type { StoryOptions } from "./options.js";

/** What every part of the story has at hand. */
export interface Story {
  readonly chain: StoryChain;
  readonly actors: Actors;
  readonly options: StoryOptions;
  readonly signal: AbortSignal;
  /** Says what is happening now, within a stage. */
  readonly note: (text: string) => void;
}

/** Waits as long as the story's patience lasts, and anew from each step of `progress` on. */
export function waitInStory<T>(story: Story, what: string, look: () => Promise<T | undefined>, progress?: () => number): Promise<T> {
  const advice = 'Look into the logs of the validators and sidecars; "npm start" goes on from here.';
  return waitFor(what, look, { timeoutMs: story.options.patienceMs, signal: story.signal, advice, ...(progress && { progress }) });
}

/** The first page is all there is: a story's lists are short. */
export const FIRST_PAGE = { key: new Uint8Array(0), offset: 0n, limit: 100n, countTotal: false, reverse: false } as const;
