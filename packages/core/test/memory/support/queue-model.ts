import type { ClaimRequest, QueueEntry, QueueStats } from "@agentbot/core";

interface ModelEntry {
  readonly entry: QueueEntry;
  readonly rank: number;
  state: "waiting" | "delayed" | "claimed" | "buried";
  untilMs: number;
  waitingSinceMs: number;
  claim: number;
}

/** The queue as its contract reads: one list in order of arrival, searched from the start by every call. */
export function createQueueModel(agingMs: number, installationConcurrency: number) {
  let entries: ModelEntry[] = [];
  let nowMs = 0;
  let lastClaim = 0;

  const wait = (entry: ModelEntry, sinceMs: number): void => {
    entry.state = "waiting";
    entry.waitingSinceMs = sinceMs;
  };

  const setAside = (entry: ModelEntry, delayMs: number): void => {
    if (delayMs <= 0) wait(entry, nowMs);
    else {
      entry.state = "delayed";
      entry.untilMs = nowMs + delayMs;
    }
  };

  const isHead = (entry: ModelEntry): boolean =>
    entries.find((one) => one.state !== "buried" && one.entry.lane === entry.entry.lane) === entry;

  const isAllowed = ({ entry: { kind, installationId } }: ModelEntry): boolean => {
    const isCounted = ({ state, entry }: ModelEntry): boolean =>
      state === "claimed" && entry.kind === "task" && entry.installationId === installationId;
    return kind === "command" || entries.filter(isCounted).length < installationConcurrency;
  };

  const heldBy = (claim: number): ModelEntry | undefined =>
    entries.find((entry) => entry.state === "claimed" && entry.claim === claim);

  const claimNext = ({ kind, leaseMs }: Pick<ClaimRequest, "kind" | "leaseMs">): ModelEntry | undefined => {
    const [first] = entries
      .filter((entry) => entry.state === "waiting" && isHead(entry) && isAllowed(entry))
      .filter(({ entry }) => kind === undefined || entry.kind === kind)
      .toSorted((one, other) => one.rank - other.rank);
    if (first) Object.assign(first, { state: "claimed", claim: ++lastClaim, untilMs: nowMs + leaseMs });
    return first;
  };

  return {
    advance(durationMs: number): void {
      nowMs += durationMs;
      for (const entry of entries) {
        if ((entry.state === "delayed" || entry.state === "claimed") && entry.untilMs <= nowMs)
          wait(entry, entry.untilMs);
      }
    },
    enqueue(entry: QueueEntry): void {
      const isSame = (one: ModelEntry): boolean => one.entry.id === entry.id;
      if (entries.some((one) => isSame(one) && one.state !== "buried")) return;
      entries = entries.filter((one) => !isSame(one));
      const rank = nowMs + entry.priority * agingMs;
      const added: ModelEntry = { entry, rank, state: "waiting", untilMs: 0, waitingSinceMs: nowMs, claim: 0 };
      setAside(added, entry.delayMs);
      entries.push(added);
    },
    claim(request: Pick<ClaimRequest, "kind" | "limit" | "leaseMs">) {
      const claimed: { readonly id: string; readonly claim: number }[] = [];
      while (claimed.length < request.limit) {
        const next = claimNext(request);
        if (!next) break;
        claimed.push({ id: next.entry.id, claim: next.claim });
      }
      return claimed;
    },
    extend(claim: number, leaseMs: number): boolean {
      const held = heldBy(claim);
      if (held) held.untilMs = nowMs + leaseMs;
      return held !== undefined;
    },
    release(claim: number, delayMs: number): void {
      const held = heldBy(claim);
      if (held) setAside(held, delayMs);
    },
    bury(claim: number): void {
      const held = heldBy(claim);
      if (held) held.state = "buried";
    },
    complete(claim: number): void {
      entries = entries.filter((entry) => entry !== heldBy(claim));
    },
    cancel(id: string): boolean {
      const known = entries.find(({ entry, state }) => entry.id === id && state !== "claimed");
      entries = entries.filter((entry) => entry !== known);
      return known !== undefined;
    },
    stats(): QueueStats {
      const count = (state: ModelEntry["state"]): number => entries.filter((entry) => entry.state === state).length;
      const since = entries.filter(({ state }) => state === "waiting").map(({ waitingSinceMs }) => waitingSinceMs);
      return {
        waiting: count("waiting"),
        delayed: count("delayed"),
        claimed: count("claimed"),
        buried: count("buried"),
        oldestWaitingMs: since.length === 0 ? null : nowMs - Math.min(...since),
      };
    },
  };
}
