import type { DeliverySearch, TaskSearch } from "@agentbot/core";

/** A kind of search, and different searches of it: the same one over and over would measure a cache. */
export interface SearchCase<Search> {
  readonly name: string;
  readonly search: (round: number) => Search;
}

/** Words that some tasks have, and words that few have. */
export interface SearchWords {
  readonly some: readonly string[];
  readonly few: readonly string[];
}

const pick = (list: readonly string[], round: number): string => list[round % list.length] ?? "";
const repository = (place: number): string => `octocat/hello-${place}`;
const filters: readonly SearchCase<TaskSearch>[] = [
  { name: "status: most tasks", search: () => ({ status: "succeeded" }) },
  { name: "status: few tasks", search: () => ({ status: "running" }) },
  { name: "provider: most tasks", search: () => ({ provider: "acme" }) },
  { name: "provider: few tasks", search: () => ({ provider: "rare" }) },
  { name: "provider: no task", search: () => ({ provider: "none" }) },
  { name: "repository: large", search: (round) => ({ repository: repository(round % 3) }) },
  { name: "repository: small", search: (round) => ({ repository: repository(300 + round) }) },
  { name: "trigger: most tasks", search: () => ({ trigger: "mention" }) },
  { name: "trigger: few tasks", search: () => ({ trigger: "alert" }) },
  { name: "actor: busy", search: (round) => ({ actor: `person-${round % 5}` }) },
  { name: "actor: rare", search: (round) => ({ actor: `person-${1500 + round}` }) },
  { name: "thread", search: (round) => ({ threadId: `thread-${1000 + round * 100}` }) },
];

const texts = ({ some, few }: SearchWords): readonly SearchCase<TaskSearch>[] => [
  { name: "text: a word of many tasks", search: () => ({ text: "flaky" }) },
  { name: "text: two words of many tasks", search: () => ({ text: "flaky build" }) },
  { name: "text: a word of some tasks", search: (round) => ({ text: pick(some, round) }) },
  { name: "text: a word of few tasks", search: (round) => ({ text: pick(few, round) }) },
  {
    name: "text: two words of some tasks",
    search: (round) => ({ text: `${pick(some, round)} ${pick(some, round + 7)}` }),
  },
  { name: "text: the beginning of words", search: () => ({ text: "fla" }) },
  { name: "text: one letter", search: () => ({ text: "f" }) },
  { name: "text: an unknown word", search: (round) => ({ text: `unheard${round}` }) },
];

const combinations = ({ some }: SearchWords): readonly SearchCase<TaskSearch>[] => [
  { name: "status and trigger", search: () => ({ status: "cancelled", trigger: "alert" }) },
  { name: "status and repository", search: (round) => ({ status: "failed", repository: repository(round) }) },
  { name: "actor and provider", search: (round) => ({ actor: `person-${round}`, provider: "rare" }) },
  { name: "text and repository", search: (round) => ({ text: "flaky", repository: repository(300 + round) }) },
  { name: "text and status", search: (round) => ({ text: pick(some, round), status: "cancelled" }) },
  { name: "common text and few tasks", search: () => ({ text: "the", provider: "rare" }) },
  {
    name: "all but the thread",
    search: (round) => ({
      ...{ status: "succeeded", provider: "acme", repository: repository(round % 10), trigger: "mention" },
      ...{ actor: `person-${round % 10}`, text: "test" },
    }),
  },
];

/** Every search of tasks that is measured. */
export function taskSearchCases(words: SearchWords): readonly SearchCase<TaskSearch>[] {
  return [{ name: "no filter", search: () => ({}) }, ...filters, ...texts(words), ...combinations(words)];
}

/** Every search of deliveries that is measured. */
export const deliverySearchCases: readonly SearchCase<DeliverySearch>[] = [
  { name: "no filter", search: () => ({}) },
  { name: "provider: most deliveries", search: () => ({ provider: "acme" }) },
  { name: "provider: few deliveries", search: () => ({ provider: "rare" }) },
  { name: "status: most deliveries", search: () => ({ status: "ignored" }) },
  { name: "status: some deliveries", search: () => ({ status: "accepted" }) },
  { name: "status: few deliveries", search: () => ({ status: "duplicate" }) },
  { name: "status and provider", search: () => ({ status: "duplicate", provider: "rare" }) },
  { name: "external id", search: (round) => ({ externalId: `external-${1 + round * 500}` }) },
];
