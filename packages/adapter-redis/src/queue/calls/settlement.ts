import type { ClaimedEntry } from "@agentbot/core";
import { shortenText } from "@agentbot/core/adapter";
import { microseconds, wellFormedJson } from "../queue-record.js";
import type { LeasedEntry } from "./cycle-reply.js";

/** A change of a claimed entry, on its way to Redis. */
export interface Settlement {
  /**
   * `return` gives back an entry that no worker has begun, as if it had never been claimed. `recover` does so with all that
   * unconfirmed calls claimed and did not hand out.
   */
  readonly kind: "complete" | "extend" | "release" | "bury" | "return" | "recover";
  /** The lease: `<token>|<id>`; empty to `recover`. */
  readonly member: string;
  /** Empty if the record could not be read. */
  readonly lane: string;
  /** Microseconds to extend by or to delay for; the reason; or the JSON list of `[token, …ids that were handed out]`. */
  readonly value: string | number;
  readonly resolve: (isHeld: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** A settlement that no caller waits for. */
export function unawaited(
  kind: Settlement["kind"],
  member: string,
  value: string | number,
  reject: () => void = () => {},
): Settlement {
  return { kind, member, lane: "", value, resolve: () => {}, reject };
}

/** True if the worker that held the entry can claim another one. */
export function freesPlace({ kind }: Settlement): boolean {
  return kind === "complete" || kind === "release" || kind === "bury";
}

/** The settlements as arguments of the cycle script: one list costs less than each of its elements as an argument. */
export function settlementArguments(
  completed: readonly Settlement[],
  others: readonly Settlement[],
): (string | number)[] {
  return [
    wellFormedJson([completed.map(({ member }) => member), completed.map(({ lane }) => lane)]),
    ...others.flatMap(({ kind, member, lane, value }) => [kind, member, lane, value]),
  ];
}

/** Maximum length of a reason, in characters: enough to say why, since a whole log does not belong in Redis. */
const maxReasonLength = 500;

/** The holder's side of a leased entry. The lease is its authority; Redis decides whether it still stands. */
export function claimedEntry({ entry, member }: LeasedEntry, settle: (settlement: Settlement) => void): ClaimedEntry {
  const { lane } = entry;
  let givenUp: Promise<void> | null = null;

  // An entry is given up once; only a failure to give it up can be repeated.
  const giveUp = (kind: Settlement["kind"], value: string | number): Promise<void> => {
    givenUp ??= new Promise((onSettled, onFailed) => {
      const resolve = (): void => onSettled();
      const reject = (error: unknown): void => {
        givenUp = null;
        onFailed(error);
      };
      settle({ kind, member, lane, value, resolve, reject });
    });
    return givenUp;
  };

  return {
    entry,
    extend: (leaseMs) =>
      new Promise((resolve, reject) => {
        settle({ kind: "extend", member, lane, value: microseconds(leaseMs), resolve, reject });
      }),
    complete: () => giveUp("complete", 0),
    release: (delayMs) => giveUp("release", microseconds(delayMs)),
    bury: (reason) => giveUp("bury", shortenText(reason, maxReasonLength)),
  };
}
