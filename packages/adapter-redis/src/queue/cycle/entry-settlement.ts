import { wellFormedJson } from "../well-formed-json.js";

/** What a holder does with its entry, on its way to Redis. */
export interface EntrySettlement {
  /**
   * `return` gives back what nobody has begun: nothing happened to it. `recover` does so with all that calls in doubt claimed
   * and did not hand out.
   */
  readonly kind: "complete" | "extend" | "retry" | "bury" | "return" | "recover";
  /** The lease: `<token>|<task id>`; empty to `recover`. */
  readonly member: string;
  /** Empty when the record could not be read. */
  readonly threadId: string;
  /** Microseconds to extend by or to delay for; the reason; or the JSON list of `[token, …ids that were handed out]`. */
  readonly value: string | number;
  readonly resolve: (isHeld: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** A settlement of the cycle's own, which nobody waits for. */
export function unawaited(
  kind: EntrySettlement["kind"],
  member: string,
  value: string | number,
  reject: () => void = () => {},
): EntrySettlement {
  return { kind, member, threadId: "", value, resolve: () => {}, reject };
}

/** Whether it frees a place of its holder. */
export function freesPlace({ kind }: EntrySettlement): boolean {
  return kind === "complete" || kind === "retry" || kind === "bury";
}

/** The settlements as the cycle script takes them: a list costs less than each of its elements as an argument. */
export function settlementArguments(
  completed: readonly EntrySettlement[],
  others: readonly EntrySettlement[],
): (string | number)[] {
  return [
    wellFormedJson([completed.map(({ member }) => member), completed.map(({ threadId }) => threadId)]),
    ...others.flatMap(({ kind, member, threadId, value }) => [kind, member, threadId, value]),
  ];
}
