/** How many attempts the task of a run has. */
export interface AllowedAttempts {
  count(): number;
  /** Its work is done and paid for: it gets as many attempts again to be published. */
  extendToPublish(): void;
}

/** A task starts with as many as any other. */
export function createAllowedAttempts(maxAttempts: number): AllowedAttempts {
  let count = maxAttempts;
  return {
    count: () => count,
    extendToPublish() {
      count = maxAttempts * 2;
    },
  };
}
