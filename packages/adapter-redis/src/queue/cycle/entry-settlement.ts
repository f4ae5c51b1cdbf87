import { wellFormedJson } from "../well-formed-json.js";

/** What a holder does with its entry, on its way to Redis. */
export interface EntrySettlement {
  /** `return` gives back what nobody has begun: nothing happened to it. */
  readonly kind: "complete" | "extend" | "retry" | "bury" | "return";
  /** The lease: `<token>|<task id>`. */
  readonly member: string;
  /** Empty when the record could not be read. */
  readonly threadId: string;
  /** Microseconds to extend by or to delay for, or the reason. */
  readonly value: string | number;
  readonly resolve: (isHeld: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** The settlements as the cycle script takes them: a list costs less than each of its elements as an argument. */
export function settlementArguments(
  completed: readonly EntrySettlement[],
  others: readonly EntrySettlement[],
): (string | number)[] {
  return [
    wellFormedJson(completed.map(({ member }) => member)),
    wellFormedJson(completed.map(({ threadId }) => threadId)),
    ...others.flatMap(({ kind, member, threadId, value }) => [kind, member, threadId, value]),
  ];
}
