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

/** The settlements as the cycle script takes them, completed ones first and shorter. */
export function settlementArguments(
  completed: readonly EntrySettlement[],
  others: readonly EntrySettlement[],
): (string | number)[] {
  const args: (string | number)[] = [completed.length];
  for (const { member, threadId } of completed) args.push(member, threadId);
  for (const { kind, member, threadId, value } of others) args.push(kind, member, threadId, value);
  return args;
}
