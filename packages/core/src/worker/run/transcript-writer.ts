import type { OutageReporter } from "../../outages/create-outage-reporter.js";
import type { AgentEvent } from "../../ports/agent-runner.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { PubSub } from "../../ports/pub-sub.js";
import type { Transcript } from "../../ports/transcript.js";
import type { JsonObject, JsonValue } from "../../task/json.js";
import type { Lease } from "../../task/lease.js";
import { taskChannel } from "../../task/task-channels.js";
import type { TaskEventDraft } from "../../task/task-event.js";
import { cutText } from "../../text/cap-text.js";
import { redactJson } from "../../text/redact-secrets.js";

/**
 * Maximum number of the agent's lines, and of their characters together; later ones are replaced by one line
 * `transcript:truncated`. The bot's own lines are few and always kept.
 */
const maxAgentEvents = 5000;
const maxAgentCharacters = 16 * 1024 * 1024;
/** Bounds of one line of the agent: its values, how deep they are nested, and the characters that are looked at. */
const maxValues = 1000;
const maxDepth = 16;
const maxReadCharacters = 65_536;
/** Maximum length of one text of it, in UTF-16 units. */
const maxTextCharacters = 4096;
/** How long lines are gathered after a batch was stored, in milliseconds; a line that comes alone is stored at once. */
const gatherMs = 100;
const maxBatch = 200;

/**
 * Writes a run's transcript in batches, so that a chatty agent costs few transactions. A batch that cannot be stored is
 * logged and dropped: the transcript explains, it never decides.
 */
export interface TranscriptWriter {
  /** Adds a line of the bot. */
  write(event: TaskEventDraft): void;
  /**
   * Adds a line of the agent, without secrets and cut to a size: returns it as it was added, or null if there is no more
   * room. The work is bounded before it is done, also for a runner that emits without end.
   */
  writeAgentEvent(event: AgentEvent): AgentEvent | null;
  /** Stores what is pending and ends the transcript; later lines are dropped. Idempotent. */
  close(): Promise<void>;
}

/** Dependencies of {@link createTranscriptWriter}. */
export interface TranscriptWriterDeps {
  readonly transcript: Transcript;
  readonly pubSub: PubSub;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly outages: OutageReporter;
  /** Aborts when the lease is lost: pending lines are dropped then. */
  readonly leaseSignal: AbortSignal;
  /** Returns a text without the run's secrets. */
  readonly redact: (text: string) => string;
}

/** The writer of the run that holds this lease; viewers of the task are notified after each batch. */
export function createTranscriptWriter(
  { transcript, pubSub, clock, logger, outages, leaseSignal, redact }: TranscriptWriterDeps,
  lease: Lease,
): TranscriptWriter {
  let pending: TaskEventDraft[] = [];
  let agentEvents = 0;
  let agentCharacters = 0;
  let isFull = false;
  let isClosed = false;
  let flushing: Promise<void> = Promise.resolve();
  let gathering: AbortController | null = null;
  let storedAtMs = Number.NEGATIVE_INFINITY;

  const store = async (): Promise<void> => {
    while (pending.length > 0 && !leaseSignal.aborted) {
      storedAtMs = clock.monotonicMs();
      const batch = pending.slice(0, maxBatch);
      pending = pending.slice(maxBatch);
      try {
        await transcript.append(lease, batch);
        pubSub.publish(taskChannel(lease.taskId));
      } catch (error) {
        if (!outages.report(error))
          logger.warn({ err: error, lostEvents: batch.length }, "Part of the transcript could not be stored");
      }
    }
  };
  const flush = (): Promise<void> => {
    flushing = flushing.then(store);
    return flushing;
  };
  const add = (event: TaskEventDraft): void => {
    pending.push(event);
    if (gathering) return;
    const own = new AbortController();
    gathering = own;
    void clock.sleep(Math.max(0, storedAtMs + gatherMs - clock.monotonicMs()), own.signal).then(() => {
      gathering = null;
      if (!own.signal.aborted) void flush();
    });
  };

  return {
    write(event) {
      if (!isClosed) add(event);
    },
    writeAgentEvent({ type, data }) {
      if (isClosed || isFull) return null;
      agentEvents += 1;
      const at = clock.now();
      const cut = (text: string): string => shortenTo(maxTextCharacters, redact(text));
      const shown = { type, data: redactJson(bounded(data), cut) };
      agentCharacters += JSON.stringify(shown).length;
      isFull = agentEvents > maxAgentEvents || agentCharacters > maxAgentCharacters;
      if (!isFull) add({ ...shown, at });
      else add({ type: "transcript:truncated", at, data: { maxAgentEvents, maxAgentCharacters } });
      return isFull ? null : shown;
    },
    async close() {
      isClosed = true;
      gathering?.abort();
      await flush();
    },
  };
}

function shortenTo(maxLength: number, text: string): string {
  const note = " [cut]";
  return text.length <= maxLength ? text : `${cutText(text, maxLength - note.length)}${note}`;
}

/** Returns the beginning of a value: no part of it is read that the bounds leave out. */
function bounded(data: JsonObject): JsonObject {
  let values = maxValues;
  let characters = maxReadCharacters;
  const text = (given: string): string => {
    const kept = given.slice(0, characters);
    characters -= kept.length;
    return kept;
  };
  const value = (given: JsonValue, depth: number): JsonValue => {
    values -= 1;
    if (typeof given === "string") return text(given);
    if (typeof given !== "object" || given === null) return given;
    if (depth === maxDepth) return "[deeper]";
    return Array.isArray(given) ? list(given, depth + 1) : object(given as JsonObject, depth + 1);
  };
  const list = (given: readonly JsonValue[], depth: number): JsonValue[] => {
    const kept: JsonValue[] = [];
    for (const each of given) {
      if (values <= 0 || characters <= 0) break;
      kept.push(value(each, depth));
    }
    return kept;
  };
  const object = (given: JsonObject, depth: number): JsonObject => {
    const kept: [string, JsonValue][] = [];
    for (const key in given) {
      if (values <= 0 || characters <= 0) break;
      if (Object.hasOwn(given, key)) kept.push([text(key), value(given[key] ?? null, depth)]);
    }
    return Object.fromEntries(kept);
  };
  return object(data, 0);
}
