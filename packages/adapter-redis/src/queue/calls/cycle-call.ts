import type { QueueEntry } from "@agentbot/core";
import { microseconds, wellFormedJson } from "../queue-record.js";
import type { ScriptRunner } from "../script-runner.js";
import type { RedisScript } from "../scripts/redis-script.js";
import type { ClaimTerms } from "./claims.js";
import { type CycleReply, type LeasedEntry, readCycleReply } from "./cycle-reply.js";
import { type Settlement, unawaited } from "./settlement.js";

/** One call that claims. */
export interface CycleCall {
  readonly script: RedisScript;
  /** Maximum number of entries to claim. */
  readonly want: number;
  readonly terms: ClaimTerms;
  /** Arguments that follow those that all such scripts share. */
  readonly args: readonly (string | number)[];
  /** The entry that the call adds, if it is only one. */
  readonly added?: QueueEntry | undefined;
}

/** Sends calls that claim, each under a token of its own. */
export interface CycleCaller {
  /** Rejects with AgentBotError `QUEUE_UNAVAILABLE`. */
  call(call: CycleCall): Promise<CycleReply>;
  /** The settlement, if any, that returns to the queue what unconfirmed calls claimed. */
  takeUnconfirmed(): readonly Settlement[];
}

export interface CycleCallerOptions {
  readonly runScript: ScriptRunner;
  /** Names this process among the leases. */
  readonly workerId: string;
  /** Absent for any number. */
  readonly installationConcurrency?: number | undefined;
  readonly buriedLimit: number;
  /** Called with entries whose answer came when their claims had already failed. */
  readonly onLate: (leased: readonly LeasedEntry[]) => void;
  /** Called when a call succeeded that may have run twice: {@link CycleCaller.takeUnconfirmed} has something to settle. */
  readonly onUnconfirmed: () => void;
}

export function createCycleCaller(options: CycleCallerOptions): CycleCaller {
  const { runScript, workerId, installationConcurrency, buriedLimit, onLate, onUnconfirmed } = options;
  const unconfirmed = createUnconfirmedClaims();
  let callCount = 0;

  return {
    async call({ script, want, terms, args, added }) {
      const token = `${workerId}.${callCount++}`;
      let isUnconfirmed = false;
      const shared = [
        token,
        want,
        microseconds(terms.leaseMs),
        terms.kind ?? "",
        installationConcurrency ?? 0,
        buriedLimit,
      ];
      try {
        const answer = await runScript({
          script,
          args: [...shared, ...args],
          onLate: (late) => onLate(readCycleReply(late, token, added).leased),
          onUnconfirmed: () => {
            isUnconfirmed = want > 0;
          },
        });
        const reply = readCycleReply(answer, token, added);
        if (isUnconfirmed) {
          unconfirmed.add(token, reply.leased, terms.leaseMs);
          onUnconfirmed();
        }
        return reply;
      } catch (error) {
        if (isUnconfirmed) unconfirmed.add(token, [], terms.leaseMs);
        throw error;
      }
    },
    takeUnconfirmed: unconfirmed.take,
  };
}

/**
 * Calls whose answer was lost, or that ran twice: what they claimed and did not hand out is returned to the queue. Nothing is
 * sent for that alone while Redis cannot be reached: it goes along with the next call, and with the one after if that fails.
 */
interface UnconfirmedClaims {
  add(token: string, handedOut: readonly LeasedEntry[], leaseMs: number): void;
  take(): readonly Settlement[];
}

interface UnconfirmedCall {
  readonly token: string;
  readonly handedOutIds: readonly string[];
  /** When its leases have ended, by `performance.now()`: then there is nothing left to return. */
  readonly endsAtMs: number;
}

function createUnconfirmedClaims(): UnconfirmedClaims {
  let calls: UnconfirmedCall[] = [];
  return {
    add(token, handedOut, leaseMs) {
      const handedOutIds = handedOut.map(({ entry }) => entry.id);
      calls.push({ token, handedOutIds, endsAtMs: performance.now() + leaseMs });
    },
    take() {
      const nowMs = performance.now();
      const taken = calls.filter(({ endsAtMs }) => endsAtMs > nowMs);
      calls = [];
      if (taken.length === 0) return [];
      const value = wellFormedJson(taken.map(({ token, handedOutIds }) => [token, ...handedOutIds]));
      return [unawaited("recover", "", value, () => calls.push(...taken))];
    },
  };
}
